#include "rules/gates.hpp"

#include <algorithm>
#include <array>

#include "base/duration.hpp"

namespace slewd::rules {
namespace {

using Reason = std::optional<std::string>;

std::string rounded(Nanos left) { return format(std::chrono::ceil<std::chrono::seconds>(left)); }

Reason paused(const GateInput& input) {
  if (!input.paused) return std::nullopt;
  return "paused: " + std::string(input.paused_reason);
}

Reason busy(const GateInput& input) {
  if (input.busy_with.empty()) return std::nullopt;
  return std::string(input.busy_with);
}

Reason cooldown(const GateInput& input) {
  if (!input.cool_until || input.now >= *input.cool_until) return std::nullopt;
  return "cool-down for another " + rounded(*input.cool_until - input.now);
}

Reason budget(const GateInput& input) {
  const auto recent = std::ranges::count_if(
      input.decisions, [&](MonoTime decided) { return input.now - decided < 1h; });
  if (recent < input.limits.per_hour) return std::nullopt;
  return std::to_string(recent) + " of " + std::to_string(input.limits.per_hour) +
         " decisions of this hour are spent";
}

struct GateRow {
  Gate gate;
  Reason (*ask)(const GateInput&);
};
constexpr std::array<GateRow, 4> kOrder{{{Gate::paused, paused},
                                         {Gate::busy, busy},
                                         {Gate::cooldown, cooldown},
                                         {Gate::budget, budget}}};

}  // namespace

std::optional<ClosedGate> first_closed_gate(const GateInput& input) {
  for (const GateRow& row : kOrder)
    if (Reason reason = row.ask(input); reason) return ClosedGate{row.gate, std::move(*reason)};
  return std::nullopt;
}

}  // namespace slewd::rules
