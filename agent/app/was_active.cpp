// SPDX-License-Identifier: Apache-2.0
#include "agent/app/was_active.hpp"

#include <algorithm>

namespace slewd::app {
namespace {

std::optional<bool> by_unit(const rules::Target& target, const Observations& seen) {
  const auto unit = seen.units.find(target.name);
  if (unit == seen.units.end()) return std::nullopt;
  const std::string& state = unit->second.state;
  // A unit that is starting should be active.
  if (state == "active" || state == "reloading" || state == "activating") return true;
  if (state == "inactive" || state == "failed" || state == "absent") return false;
  // It is being stopped, perhaps for a restart: the wanted state is unknown.
  return std::nullopt;
}

std::optional<bool> by_probes(const rules::Target& target, const Observations& seen) {
  std::optional<bool> serves;
  for (const rules::ProbeSpec& spec : target.probes) {
    const auto probe = std::ranges::find(seen.probes, spec.name, &rules::ProbeView::name);
    if (probe == seen.probes.end() || probe->state == rules::ProbeState::unknown)
      return std::nullopt;
    const bool ok = probe->state == rules::ProbeState::ok;
    if (serves && *serves != ok) return std::nullopt;
    serves = ok;
  }
  return serves;
}

}  // namespace

std::optional<bool> was_active(const rules::Target& target, const Observations& seen) {
  if (target.unit.empty()) return by_probes(target, seen);
  // A target with its own stop command may run without systemd.
  const auto unit = seen.units.find(target.name);
  const bool absent = unit != seen.units.end() && unit->second.state == "absent";
  if (absent && target.command(rules::Verb::stop) != nullptr) return by_probes(target, seen);
  return by_unit(target, seen);
}

}  // namespace slewd::app
