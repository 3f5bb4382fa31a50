// SPDX-License-Identifier: Apache-2.0
// What a unit's state says of its service.
#pragma once

#include <string_view>

#include "agent/remedy/ports/probe.hpp"

namespace slewd::remedy {

// `state` is systemd's ActiveState. ok: active, and reloading, in which a unit goes on serving.
// unknown: "unknown", "" and any value unknown to systemd. failed: all else; a unit that is
// activating does not serve yet, and one that dies and is started again and again spends most of
// its time so.
[[nodiscard]] ProbeResult judge_unit(std::string_view unit, std::string_view state);

}  // namespace slewd::remedy
