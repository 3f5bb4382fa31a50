// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/units/unit_bus.hpp"

#include <algorithm>
#include <utility>

#include <systemd/sd-bus.h>

#include "base/limits.hpp"
#include "rules/unit_name.hpp"

namespace slewd::remedy {

UnitBus::UnitBus(os::Reactor& reactor, BusOpener opener, Listener on_change,
                 UnitAuthority::OnAbsent on_absent)
    : on_change_(std::move(on_change)),
      connection_(reactor, std::move(opener),
                  {.ready =
                       [this] {
                         watch_.on_ready();
                         jobs_.on_ready();
                         authority_.on_ready();
                       },
                   .lost =
                       [this](const std::string& why) {
                         watch_.on_lost();
                         jobs_.on_lost(why);
                       },
                   .signal =
                       [this](sd_bus_message* message) {
                         jobs_.on_signal(message);
                         sd_bus_message_rewind(message, 1);
                         watch_.on_signal(message);
                       },
                   .settled = [this] { settle(); }}),
      jobs_(reactor, connection_),
      watch_(reactor, connection_),
      authority_(connection_, std::move(on_absent)) {}

void UnitBus::act(std::uint64_t id, rules::Verb verb, const std::string& unit, Nanos timeout,
                  Done done) {
  jobs_.act(id, verb, unit, timeout, std::move(done));
}

void UnitBus::abandon(std::uint64_t id) { jobs_.abandon(id); }

void UnitBus::protect(std::vector<std::string> units) { jobs_.protect(std::move(units)); }

Result<void> UnitBus::watch(const std::vector<std::string>& units) {
  std::vector<std::string> once;
  for (const std::string& unit : units) {
    if (const auto why = rules::why_no_unit(unit)) return fail(ErrorCode::invalid, *why);
    if (std::ranges::find(once, unit) == once.end()) once.push_back(unit);
  }
  if (once.size() > limits::kWatchedUnits)
    return fail(ErrorCode::limit, "more than " + std::to_string(limits::kWatchedUnits) +
                                      " units to watch: " + std::to_string(once.size()));
  watch_.configure(once);
  watching_ = !once.empty();
  keep_connection();
  return {};
}

void UnitBus::expect_acts(bool expected) {
  authority_.expect(expected);
  keep_connection();
}

void UnitBus::keep_connection() { connection_.keep(watching_ || authority_.expected()); }

void UnitBus::settle() {
  watch_.report_changes(on_change_);
  jobs_.report_ends();
}

}  // namespace slewd::remedy
