// SPDX-License-Identifier: Apache-2.0
#include "agent/config/check_config.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "agent/config/config.hpp"
#include "agent/config/contradictions.hpp"
#include "agent/core/discipline/w32time_profile.hpp"
#include "base/duration.hpp"
#include "rules/files/chain_time.hpp"

namespace slewd::app {
namespace {

std::string json_seconds(std::chrono::seconds time) {
  return "\"" + std::to_string(time.count()) + "s\"";
}

std::string reason(const core::CoreConfig& config, const W32timeFault& fault) {
  std::string text = "phase.special_poll_interval gives a sample each " +
                     format(*config.phase.special_poll_interval) +
                     ", but with phase.legacy_timer_driven the phase advances each " +
                     format(config.poll.minimum) + " too,\nby poll.min. After a sample that is " +
                     format(config.phase.large_phase_offset) +
                     " or more off (phase.large_phase_offset) ";
  if (fault.last_refused > std::chrono::seconds(0))
    text += "samples are rejected for " + format(Nanos(fault.last_refused)) + "; then ";
  return text + "time alone leads\nfrom Spike to Unset at " + format(Nanos(fault.unset_at)) +
         ", to Hold at " + format(Nanos(fault.hold_at)) + " and to Sync at " +
         format(Nanos(fault.sync_at)) + ". The next sample arrives at " +
         format(Nanos(fault.next_sample)) + ",\nin Sync, and is a spike again.\n";
}

std::string cure(const core::CoreConfig& config, const W32timeCure& cure) {
  switch (cure.kind) {
    case W32timeCureKind::shorten_special_poll:
      return "a shorter interval, so that a sample comes before Sync:\n     \"phase\": "
             "{\"special_poll_interval\": " +
             json_seconds(cure.settings.poll_interval()) + "}\n";
    case W32timeCureKind::raise_min_poll: {
      const std::chrono::seconds minimum = cure.settings.internal_interval();
      const bool higher = minimum > config.poll.maximum;
      return "a longer poll.min, so that Sync cannot come before the next sample:\n     "
             "\"poll\": {\"min\": " +
             json_seconds(minimum) + (higher ? ", \"max\": " + json_seconds(minimum) : "") + "}\n";
    }
    case W32timeCureKind::no_fixed_interval:
      return "poll.min and poll.max: remove phase.special_poll_interval\n";
  }
  return "";
}

bool has_one_server(const core::CoreConfig& config) {
  const auto usable = std::ranges::count_if(
      config.sources, [](const core::SourceConfig& source) { return !source.noselect; });
  const bool pool = std::ranges::any_of(config.sources, &core::SourceConfig::pool);
  return usable == 1 && !pool;
}

std::string counted(std::size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

std::optional<ConfigFault> find_fault(const core::CoreConfig& config) {
  const auto found = core::find_kb2638243(config);
  if (!found) return std::nullopt;
  ConfigFault fault;
  fault.title = "FAULT KB2638243: an offset that persists is never corrected";
  fault.explanation = reason(config, *found) + "\nFixes (each is sufficient):\n";
  int number = 0;
  for (const W32timeCure& each : found->cures)
    fault.explanation += "  " + std::to_string(++number) + ". " + cure(config, each);
  fault.explanation += "  " + std::to_string(++number) +
                       ". a phase that only samples move: remove phase.legacy_timer_driven\n";
  return fault;
}

Result<ConfigCheck> check_config(const std::string& path) {
  const auto loaded = load_config(path);
  if (!loaded) return fail(loaded.error());
  const auto fault = find_fault(loaded->config.core);
  ConfigCheck check;
  const auto impossible = impossibilities_in(loaded->config.core);
  check.sound = !fault && loaded->refused().empty() && impossible.empty();
  check.text = (path.empty() ? "defaults" : path) + (check.sound ? ": OK (" : ": FAULTY (") +
               counted(loaded->config.core.sources.size(), "source") + ", " +
               counted(loaded->rules.rules.size(), "rule") + ", hash " + loaded->hash + ")\n";
  for (const std::string& refused : loaded->refused())
    check.text += "\nrejected: " + refused + "\n";
  for (const std::string& each : loaded->warnings)
    check.text +=
        "warning: slewd with root rights or CAP_SYS_TIME rejects this file: " + each + "\n";
  for (const std::string& each : impossible) check.text += "cannot work: " + each + "\n";
  for (const std::string& each : contradictions_in(loaded->config.core))
    check.text += "contradiction: " + each + "\n";
  for (const std::string& each : rules::locks_that_end_too_early(loaded->rules))
    check.text += "contradiction: " + each + "\n";
  if (has_one_server(loaded->config.core))
    check.text +=
        "warning: only one server: its errors cannot be detected; configure at least three "
        "independent servers, or a pool\n";
  if (fault) check.text += "\n" + fault->title + "\n" + fault->explanation;
  return check;
}

}  // namespace slewd::app
