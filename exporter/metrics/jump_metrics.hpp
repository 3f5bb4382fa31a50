// SPDX-License-Identifier: Apache-2.0
// All metrics of the clock's jumps.
#pragma once

#include "agent/core/snapshot.hpp"
#include "exporter/metrics/families.hpp"
#include "rules/status.hpp"

namespace slewd::exporter {

void add_jump_metrics(const core::JumpView& jumps, MonoTime now, FamilySet& out);
// Other programs that adjust the clock, and the hypervisor's reports.
void add_witness_metrics(const core::Snapshot& snapshot, FamilySet& out);
void add_jump_ledger_metrics(const rules::JumpLedgerView& ledger, FamilySet& out);

}  // namespace slewd::exporter
