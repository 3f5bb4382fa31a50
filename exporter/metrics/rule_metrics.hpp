// SPDX-License-Identifier: Apache-2.0
// The agent's status as metrics.
#pragma once

#include "base/timeline.hpp"
#include "exporter/metrics/families.hpp"
#include "rules/status.hpp"

namespace slewd::exporter {

// Rules, actions and probes, with ages as of `now`.
void add_rule_metrics(const rules::Status& status, MonoTime now, FamilySet& out);

}  // namespace slewd::exporter
