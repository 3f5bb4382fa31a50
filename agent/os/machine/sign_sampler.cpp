// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/sign_sampler.hpp"

#include <algorithm>

#include <unistd.h>

#include "base/duration.hpp"
#include "base/text.hpp"

namespace slewd::os {
namespace {

long positive(long number, long otherwise) { return number > 0 ? number : otherwise; }

std::string described(const core::HostClock& host) {
  return format_rounded(host.ahead) + " ahead of the wall clock, uncertainty " +
         format_rounded(host.uncertainty);
}

WitnessReport report_of(std::string name, const std::optional<Error>& error, std::string detail) {
  if (!error) return {std::move(name), WitnessState::ok, std::move(detail)};
  return {std::move(name), state_of(*error), error->describe()};
}

}  // namespace

std::string_view to_string(WitnessState state) {
  switch (state) {
    case WitnessState::ok:
      return "ok";
    case WitnessState::absent:
      return "absent";
    case WitnessState::refused:
      return "refused";
    case WitnessState::failing:
      break;
  }
  return "failing";
}

WitnessState state_of(const Error& error) {
  switch (error.code()) {
    case ErrorCode::not_found:
    case ErrorCode::unsupported:
      return WitnessState::absent;
    case ErrorCode::permission:
      return WitnessState::refused;
    default:
      return WitnessState::failing;
  }
}

SignSampler::SignSampler(const core::Clock& clock, const KernelFolders& folders)
    : host_(clock, folders.sysfs, folders.dev),
      clocksource_file_(folders.sysfs +
                        "/devices/system/clocksource/clocksource0/current_clocksource"),
      stat_file_(folders.proc + "/stat"),
      steal_(positive(::sysconf(_SC_CLK_TCK), 100)) {
  signs_.host = host_.last();
  read_clocksource();
  read_steal();
}

void SignSampler::tick(bool host_wanted) {
  host_.look(host_wanted);
  signs_.host = host_.last();
  read_clocksource();
  read_steal();
}

void SignSampler::read_clocksource() {
  if (const auto text = clocksource_file_.read()) signs_.clocksource = std::string(trim(*text));
}

void SignSampler::read_steal() {
  const auto text = stat_file_.read();
  const auto ticks = text ? parse_steal(*text) : std::nullopt;
  // Counting the processors costs more than all the rest of a tick, and only an increase needs it.
  if (!ticks || ticks == steal_ticks_) return;
  steal_ticks_ = ticks;
  signs_.steal = steal_.add(*ticks, positive(::sysconf(_SC_NPROCESSORS_ONLN), 1));
}

std::vector<WitnessReport> SignSampler::describe() const {
  std::vector<WitnessReport> reports;
  const auto& host = host_.last();
  reports.push_back(report_of("ptp", host_.ptp_error(),
                              host_.ptp_name() + ": " + (host ? described(*host) : "")));
  reports.push_back(
      report_of("rtc", host_.battery_error(), host_.battery() ? described(*host_.battery()) : ""));
  const bool source = !signs_.clocksource.empty();
  reports.push_back({"clocksource", source ? WitnessState::ok : WitnessState::absent,
                     source ? signs_.clocksource : "clock source unknown"});
  const bool steal = signs_.steal.has_value();
  reports.push_back({"steal", steal ? WitnessState::ok : WitnessState::absent,
                     steal ? format_rounded(*signs_.steal) + " per processor since boot"
                           : "the kernel does not report stolen time"});
  return reports;
}

}  // namespace slewd::os
