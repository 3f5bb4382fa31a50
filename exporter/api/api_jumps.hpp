// SPDX-License-Identifier: Apache-2.0
// The document of /api/v1/jumps, and its query.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "agent/core/jumps/jump_view.hpp"
#include "base/result.hpp"

namespace slewd::exporter {

struct JumpQuery {
  std::uint64_t since_id = 0;  // only events with a higher id
};

// The text after the '?': nothing, or "since_id=N". Error: `invalid` for everything else.
[[nodiscard]] Result<JumpQuery> parse_jump_query(std::string_view query);

// `events` in the order of their ids; the counters are those of `jumps`. Without `events` they are
// the recent ones.
[[nodiscard]] std::string jumps_json(const core::JumpView& jumps,
                                     std::span<const core::ClockEvent> events, MonoTime now,
                                     const JumpQuery& query = {});
[[nodiscard]] std::string jumps_json(const core::JumpView& jumps, MonoTime now,
                                     const JumpQuery& query = {});

}  // namespace slewd::exporter
