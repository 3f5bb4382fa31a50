// SPDX-License-Identifier: Apache-2.0
#include "exporter/api/api_jumps.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/unit/exporter/sample_data.hpp"

namespace slewd::exporter {
namespace {

using nlohmann::json;

TEST(ApiJumps, TellsWhoDidItAndByHowMuchTheRateChangedWhereThatIsKnown) {
  core::JumpView view = sample_snapshot(kNow).jumps;
  core::ClockEvent moved = view.recent.back();
  moved.rate_change = Ppm{-20};
  view.note(moved);
  const json jumps = json::parse(jumps_json(view, kNow.mono))["jumps"];
  EXPECT_EQ(jumps[2]["originator"], "date (process 812, cron.service)");
  EXPECT_FALSE(jumps[2].contains("rate_change_ratio"));
  EXPECT_FALSE(jumps[0].contains("originator"));
  EXPECT_DOUBLE_EQ(jumps[0]["rate_change_ratio"], -20e-6);
}

TEST(ApiJumps, GivesNoAgeToWhatAnEarlierBootHasLeft) {
  core::JumpView view = sample_snapshot(kNow).jumps;
  core::ClockEvent old = view.recent.back();
  old.former = true;
  view.note(old);
  const json jumps = json::parse(jumps_json(view, kNow.mono))["jumps"];
  EXPECT_EQ(jumps[0]["earlier_boot"], true);
  EXPECT_FALSE(jumps[0].contains("age_seconds"));
  EXPECT_FALSE(jumps[1].contains("earlier_boot"));
  EXPECT_EQ(jumps[1]["age_seconds"], 21 * 60.0);
}

TEST(ApiJumps, GivesOnlyWhatCameAfterAnId) {
  const core::JumpView view = sample_snapshot(kNow).jumps;
  const auto ids = [&](std::uint64_t since_id) {
    std::vector<int> found;
    const json document = json::parse(jumps_json(view, kNow.mono, {since_id}));
    EXPECT_EQ(document["last_id"], 43);
    EXPECT_EQ(document["totals"].size(), 4U) << "the counters are of everything";
    for (const json& jump : document["jumps"]) found.push_back(jump["id"]);
    return found;
  };
  EXPECT_THAT(ids(0), testing::ElementsAre(43, 42, 41, 40));
  EXPECT_THAT(ids(41), testing::ElementsAre(43, 42));
  EXPECT_THAT(ids(43), testing::IsEmpty());
  EXPECT_FALSE(json::parse(jumps_json({}, kNow.mono)).contains("last_id"));
}

TEST(ApiJumps, TakesNoOtherQuestion) {
  EXPECT_EQ(parse_jump_query("")->since_id, 0U);
  EXPECT_EQ(parse_jump_query("since_id=0")->since_id, 0U);
  EXPECT_EQ(parse_jump_query("since_id=18446744073709551615")->since_id, ~std::uint64_t{0});
  for (const char* query : {"since_id", "since_id=", "since_id=-1", "since_id=+1", "since_id= 1",
                            "since_id=1x", "since_id=18446744073709551616", "since_id=1&since_id=2",
                            "since=1h", "SINCE_ID=1", "&", "since_id=%31"})
    EXPECT_FALSE(parse_jump_query(query)) << query;
}

}  // namespace
}  // namespace slewd::exporter
