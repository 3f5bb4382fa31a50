// SPDX-License-Identifier: Apache-2.0
// The probe that a rule file asks for.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/os/reactor.hpp"
#include "agent/remedy/ports/probe.hpp"
#include "agent/remedy/process/child_reaper.hpp"
#include "rules/lang/expression.hpp"
#include "rules/lang/value.hpp"
#include "rules/rule.hpp"

namespace slewd::remedy {

// What probes ask of this process. Keep one for all probes and all their runs.
struct ProbeSources {
  // systemd's ActiveState of a unit; "unknown" or "" when it is not known. Must not block.
  std::function<std::string(std::string_view unit)> unit_state;
  // A condition over the clock's facts as they are now. Must not block.
  std::function<rules::Value(const rules::Expression&)> evaluate;
  // Watches the programs of probes that were killed until they are gone; outlives the probes.
  std::shared_ptr<ChildReaper> reaper = std::make_shared<ChildReaper>();
};

// The password file is read anew for each run: a changed password needs no reload. The reactor
// must outlive the probe and the sources. A callback that is not set answers "not known".
[[nodiscard]] std::unique_ptr<Probe> make_probe(os::Reactor& reactor, const rules::ProbeSpec& spec,
                                                const ProbeSources& sources);

}  // namespace slewd::remedy
