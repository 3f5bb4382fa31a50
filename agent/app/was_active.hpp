// SPDX-License-Identifier: Apache-2.0
// Whether a service was active before it is stopped: only then may it be started again.
#pragma once

#include <optional>

#include "agent/app/facts.hpp"
#include "rules/rule.hpp"

namespace slewd::app {

// By the state of the target's unit in systemd; for a target without a unit, by its probes
// together. Empty: unknown.
[[nodiscard]] std::optional<bool> was_active(const rules::Target& target, const Observations& seen);

}  // namespace slewd::app
