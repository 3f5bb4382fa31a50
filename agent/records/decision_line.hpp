// SPDX-License-Identifier: Apache-2.0
// One decision of the rules as a line of JSON, and back without a bit lost. The format, `"v": 1`,
// is described in docs/rules.md.
#pragma once

#include <string>
#include <string_view>

#include "agent/records/ledger_line.hpp"
#include "base/result.hpp"
#include "rules/engine/decision.hpp"

namespace slewd::records {

// Without a line end.
[[nodiscard]] std::string to_line(const rules::Decision& decision, const Stamp& stamp);

// Errors: no JSON, another version, a missing or impossible value. `line` may be anything.
[[nodiscard]] Result<rules::Decision> parse_decision_line(std::string_view line);

}  // namespace slewd::records
