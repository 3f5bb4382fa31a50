// SPDX-License-Identifier: Apache-2.0
// The JSON documents of docs/api.md, as text. Pure functions of the two published values; unknown
// values are left out. Safe on any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/core/snapshot.hpp"
#include "exporter/inputs.hpp"
#include "rules/status.hpp"

namespace slewd::exporter {

// `status` may be null: before the agent has published.
[[nodiscard]] std::string status_json(const core::Snapshot& snapshot, const rules::Status* status,
                                      const BuildInfo& build, const core::ClockReading& now);
[[nodiscard]] std::string sources_json(const core::Snapshot& snapshot, MonoTime now);
[[nodiscard]] std::string phases_json(const core::Snapshot& snapshot, MonoTime now);
[[nodiscard]] std::string history_json(const core::Snapshot& snapshot, MonoTime now);
// Output of programs is only for clients that may send commands: `output` selects whether it is
// shown.
enum class Output { hidden, shown };
[[nodiscard]] std::string rules_json(const rules::Status& status, MonoTime now, Output output);
[[nodiscard]] std::string actions_json(const rules::Status& status, MonoTime now, Output output);

[[nodiscard]] std::string step_json(const rules::StepAnswer& answer);
[[nodiscard]] std::string done_json(std::string_view command, std::string_view warning);
[[nodiscard]] std::string reloaded_json(const std::vector<std::string>& refused);
[[nodiscard]] std::string error_json(const Error& error);

}  // namespace slewd::exporter
