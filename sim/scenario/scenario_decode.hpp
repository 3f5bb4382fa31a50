// SPDX-License-Identifier: Apache-2.0
// The decoders of the parts of a scenario file. Each reports its problems with line and path and
// leaves behind what it could read, so that one mistake does not hide the next.
#pragma once

#include <string>
#include <vector>

#include "base/json_reader.hpp"
#include "sim/scenario/scenario.hpp"

namespace slewd::sim {

inline constexpr Nanos kLongestRun = std::chrono::hours{24 * 400};
inline constexpr Nanos kLargestOffset = std::chrono::hours{24 * 365 * 20};
// Of a clock at the start: an era of NTP, nearly.
inline constexpr Nanos kFarthestClock = std::chrono::hours{24 * 365 * 135};
inline constexpr Ppm kLargestFrequency{60'000};  // with the slew below what the kernel can do

void decode_client(const JsonValue& value, const std::string& path, ClientLaw& client,
                   JsonProblems& problems);
// One entry stands for `count` servers alike.
void decode_server(const JsonValue& value, const std::string& path, std::vector<ServerLaw>& servers,
                   JsonProblems& problems);
void decode_event(const JsonValue& value, const std::string& path, const Scenario& scenario,
                  std::vector<Happening>& events, JsonProblems& problems);
void decode_core(const JsonValue& value, const std::string& path, core::CoreConfig& core,
                 JsonProblems& problems);

}  // namespace slewd::sim
