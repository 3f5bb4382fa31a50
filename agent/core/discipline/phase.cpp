// SPDX-License-Identifier: Apache-2.0
#include "agent/core/discipline/phase.hpp"

#include <cstddef>

namespace slewd::core {
namespace {

// One row for each phase, one column for each event, in the order of kPhaseEvents.
using Row = std::array<Phase, kPhaseEvents.size()>;
// clang-format off
constexpr auto kTable = [] {
  using enum Phase;
  return std::array<Row, kPhases.size()>{{
    // good    complete   spike      refuted    confirmed  disruption missing    panic    cleared    observe    steer      legacy
    {hold,     unset,     unset,     unset,     unset,     unset,     unset,     alarm,   unset,     observe,   unset,     hold},       // unset
    {hold,     sync,      hold,      hold,      hold,      hold,      unset,     alarm,   hold,      observe,   hold,      sync},       // hold
    {sync,     sync,      spike,     sync,      sync,      disrupted, holdover,  alarm,   sync,      observe,   sync,      sync},       // sync
    {spike,    spike,     spike,     sync,      hold,      disrupted, holdover,  alarm,   spike,     observe,   spike,     unset},      // spike
    {sync,     sync,      spike,     sync,      hold,      disrupted, holdover,  alarm,   disrupted, observe,   disrupted, disrupted},  // disrupted
    {sync,     sync,      spike,     sync,      hold,      disrupted, holdover,  alarm,   holdover,  observe,   holdover,  holdover},   // holdover
    {alarm,    alarm,     alarm,     alarm,     alarm,     alarm,     alarm,     alarm,   hold,      observe,   alarm,     alarm},      // alarm
    {observe,  observe,   observe,   observe,   observe,   observe,   observe,   observe, observe,   observe,   unset,     observe},    // observe
  }};
}();
// clang-format on

constexpr std::array<PhaseTraits, kPhases.size()> kTraits{{
    {"Unset", SteerPolicy::stored_frequency, PollPolicyKind::iburst},
    {"Hold", SteerPolicy::slew, PollPolicyKind::hold},
    {"Sync", SteerPolicy::slew, PollPolicyKind::policy},
    {"Spike", SteerPolicy::finish_slew, PollPolicyKind::spike},
    {"Disrupted", SteerPolicy::hold_frequency, PollPolicyKind::burst},
    {"Holdover", SteerPolicy::finish_slew, PollPolicyKind::minimum},
    {"Alarm", SteerPolicy::hold_frequency, PollPolicyKind::minimum},
    {"Observe", SteerPolicy::none, PollPolicyKind::policy},
}};

constexpr std::array<std::string_view, kPhaseEvents.size()> kEventNames{
    "sample_good",     "hold_complete", "sample_spike",    "spike_refuted",
    "spike_confirmed", "disruption",    "updates_missing", "panic",
    "panic_cleared",   "only_observes", "may_steer",       "legacy_advance"};

}  // namespace

Phase next_phase(Phase from, PhaseEvent event) {
  return kTable[static_cast<std::size_t>(from)][static_cast<std::size_t>(event)];
}

const PhaseTraits& traits(Phase phase) { return kTraits[static_cast<std::size_t>(phase)]; }
std::string_view to_string(Phase phase) { return traits(phase).name; }
std::string_view to_string(PhaseEvent event) {
  return kEventNames[static_cast<std::size_t>(event)];
}

}  // namespace slewd::core
