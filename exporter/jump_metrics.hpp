// Everything that the metrics page says of the clock's jumps.
#pragma once

#include "agent/core/jump_view.hpp"
#include "exporter/families.hpp"
#include "rules/status.hpp"

namespace slewd::exporter {

void add_jump_metrics(const core::JumpView& jumps, MonoTime now, FamilySet& out);
void add_jump_ledger_metrics(const rules::JumpLedgerView& ledger, FamilySet& out);

}  // namespace slewd::exporter
