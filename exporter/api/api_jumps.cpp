// SPDX-License-Identifier: Apache-2.0
#include "exporter/api/api_jumps.hpp"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include "exporter/api/api_put.hpp"

namespace slewd::exporter {
namespace {

using Json = nlohmann::ordered_json;

Json totals(const core::JumpView& jumps) {
  Json array = Json::array();
  for (std::size_t cause = 0; cause < core::kJumpCauses.size(); ++cause) {
    for (std::size_t direction = 0; direction < core::kJumpDirections.size(); ++direction) {
      const std::uint64_t count = jumps.total[cause][direction];
      if (count == 0) continue;
      Json total;
      into(total)("cause", to_string(core::kJumpCauses[cause]))(
          "direction", to_string(core::kJumpDirections[direction]))("count", count);
      array.push_back(total);
    }
  }
  return array;
}

}  // namespace

Result<JumpQuery> parse_jump_query(std::string_view query) {
  constexpr std::string_view kKey = "since_id=";
  JumpQuery asked;
  if (query.empty()) return asked;
  const auto refuse = [] {
    return fail(ErrorCode::invalid,
                "only since_id=N is supported, with N a number of decimal digits");
  };
  if (!query.starts_with(kKey)) return refuse();
  query.remove_prefix(kKey.size());
  const char* const end = query.data() + query.size();
  const auto parsed = std::from_chars(query.data(), end, asked.since_id);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return refuse();
  return asked;
}

std::string jumps_json(const core::JumpView& jumps, std::span<const core::ClockEvent> events,
                       MonoTime now, const JumpQuery& query) {
  Json json{{"schema", 1}};
  into(json)("largest_backward_seconds", jumps.largest_backward);
  if (!events.empty()) into(json)("last_id", events.back().id);
  json["totals"] = totals(jumps);
  json["jumps"] = Json::array();
  std::for_each(events.rbegin(), events.rend(), [&](const core::ClockEvent& event) {
    if (event.id > query.since_id) json["jumps"].push_back(jump_object<Json>(event, now));
  });
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string jumps_json(const core::JumpView& jumps, MonoTime now, const JumpQuery& query) {
  return jumps_json(jumps, {jumps.recent.begin(), jumps.recent.end()}, now, query);
}

}  // namespace slewd::exporter
