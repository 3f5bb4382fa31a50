// SPDX-License-Identifier: Apache-2.0
#include "exporter/api/api.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "exporter/api/api_jumps.hpp"

#include "tests/unit/exporter/sample_data.hpp"

namespace slewd::exporter {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

const BuildInfo kBuild{.version = "1.2.3", .revision = "abc", .compiler = "g++", .node = "mail-1"};

TEST(Api, StatusHasTheVerdictAndTheNumbers) {
  const rules::Status rules = sample_status(kNow);
  const json status = json::parse(status_json(sample_snapshot(kNow), &rules, kBuild, kNow));
  EXPECT_EQ(status["schema"], 1);
  EXPECT_EQ(status["node"], "mail-1");
  EXPECT_EQ(status["verdict"]["level"], "ok");
  EXPECT_EQ(status["state"], "sync");
  EXPECT_EQ(status["offset_seconds"], 0.00083);
  EXPECT_EQ(status["frequency_state"], "plausible");
  EXPECT_DOUBLE_EQ(status["base_frequency_ratio"].get<double>(), -90.7e-6);
  EXPECT_DOUBLE_EQ(status["base_frequency_limit_ratio"].get<double>(), 500e-6);
  EXPECT_EQ(status["invariants"],
            json({{"frequency_limit", 0}, {"outside_majority", 2}, {"lone_move", 1}}));
  EXPECT_EQ(status["slew"]["eta_seconds"], 63.0);
  EXPECT_EQ(status["kernel"]["tai_offset_seconds"], 37);
  EXPECT_EQ(status["sources"]["selected"], "ntp1.example.net");
  EXPECT_EQ(status["sources"]["reachable"], 4);
  EXPECT_EQ(status["jumps"]["total"], 4);
  EXPECT_EQ(status["jumps"]["last"]["cause"], "vm_pause");
  EXPECT_EQ(status["rules"]["total"], 2);
  EXPECT_EQ(status["planned_leap"]["leap"], "insert");
  EXPECT_EQ(status["tai"]["offset_seconds"], 37);
  EXPECT_EQ(status["tai"]["list_expires_utc"], "2025-06-30T12:00:00.000000Z");
  EXPECT_EQ(status["planned_leap"]["month_end_utc"], "2024-07-01T00:00:00.000000Z");
  EXPECT_EQ(status["wall_utc"], "2024-06-30T12:00:00.000000Z");
  EXPECT_EQ(status["time_utc"], "2024-06-30T12:00:00.000830Z");
  EXPECT_FALSE(status.contains("observe_reason"));
}

TEST(Api, LeavesOutWhatIsNotKnown) {
  core::Snapshot snapshot;
  snapshot.taken = kNow;
  snapshot.published = kNow.mono;
  snapshot.due = kNow.mono;
  snapshot.observe_reason = "no CAP_SYS_TIME";
  snapshot.external = {.detected = true, .who = "chronyd (process 812)", .events = 1};
  snapshot.disruption_announced = true;
  const json status = json::parse(status_json(snapshot, nullptr, kBuild, kNow));
  for (const char* key :
       {"offset_seconds", "error_bound_seconds", "frequency_ratio", "base_frequency_ratio",
        "kernel", "time_utc", "last_update_age_seconds", "planned_leap", "tai", "rules"}) {
    EXPECT_FALSE(status.contains(key)) << key;
  }
  EXPECT_FALSE(status["slew"].contains("eta_seconds"));
  EXPECT_FALSE(status["jumps"].contains("last"));
  EXPECT_FALSE(status["sources"].contains("selected"));
  EXPECT_EQ(status["observe_reason"], "no CAP_SYS_TIME");
  EXPECT_EQ(status["also_steered_by"], "chronyd (process 812)");
  EXPECT_EQ(status["disruption_announced"], true);
  EXPECT_EQ(status["verdict"]["level"], "unknown");
}

TEST(Api, TellsOfAnAlarmWhatItWaitsForAndHowItEnds) {
  core::Snapshot snapshot = sample_snapshot(kNow);
  EXPECT_FALSE(json::parse(status_json(snapshot, nullptr, kBuild, kNow)).contains("alarm"));
  for (const core::AlarmReason reason : core::kAlarmReasons) {
    snapshot.alarm = {reason, "why"};
    const json alarm = json::parse(status_json(snapshot, nullptr, kBuild, kNow))["alarm"];
    EXPECT_EQ(alarm["reason"], std::string(to_string(reason)));
    EXPECT_EQ(alarm["text"], "why");
    for (const char* key : {"waits_for", "ends_when", "command"})
      EXPECT_NE(alarm[key], "") << to_string(reason) << " " << key;
  }
}

TEST(Api, ListsSourcesInTheirOrder) {
  const json sources = json::parse(sources_json(sample_snapshot(kNow), kNow.mono))["sources"];
  ASSERT_EQ(sources.size(), 5U);
  EXPECT_EQ(sources[2]["reach_octal"], "357");
  EXPECT_EQ(sources[2]["rejected"], json({{"delay", 13}}));
  EXPECT_EQ(sources[3]["offset_seconds"], -11.0);
  EXPECT_FALSE(sources[4].contains("offset_seconds"));
  EXPECT_FALSE(sources[4].contains("last_sample_age_seconds"));
}

TEST(Api, ListsEventsNewestFirst) {
  const core::Snapshot snapshot = sample_snapshot(kNow);
  const json jumps = json::parse(jumps_json(snapshot.jumps, kNow.mono));
  EXPECT_EQ(jumps["jumps"][0]["id"], 43);
  EXPECT_EQ(jumps["jumps"][2]["size_seconds"], -11.0);
  EXPECT_EQ(jumps["jumps"][2]["direction"], "backward");
  EXPECT_EQ(jumps["totals"].size(), 4U);
  const json phases = json::parse(phases_json(snapshot, kNow.mono));
  EXPECT_EQ(phases["transitions"][0]["to"], "sync");
  EXPECT_EQ(phases["transitions"][0]["age_seconds"], 660.0);
  const json actions = json::parse(actions_json(sample_status(kNow), kNow.mono, Output::shown));
  EXPECT_EQ(actions["actions"][0]["ending"], "verified");
  EXPECT_EQ(actions["actions"][1]["ending"], "would_do");
}

TEST(Api, GivesNoAgeToAnActionOfAnEarlierBoot) {
  rules::Status status = sample_status(kNow);
  status.recent.front().earlier_boot = true;
  const json actions = json::parse(actions_json(status, kNow.mono, Output::shown))["actions"];
  EXPECT_EQ(actions.back()["earlier_boot"], true);
  EXPECT_FALSE(actions.back().contains("age_seconds"));
  EXPECT_TRUE(actions[0].contains("age_seconds"));
}

TEST(Api, GivesTheHistoryOldestFirst) {
  const json points = json::parse(history_json(sample_snapshot(kNow), kNow.mono))["points"];
  ASSERT_EQ(points.size(), 220U);
  EXPECT_LT(points[0]["time_seconds"], points[219]["time_seconds"]);
}

TEST(Api, ExplainsRulesAndProbes) {
  const json rules = json::parse(rules_json(sample_status(kNow), kNow.mono, Output::shown));
  EXPECT_EQ(rules["paused"], false);
  EXPECT_FALSE(rules.contains("paused_reason"));
  EXPECT_EQ(rules["rules"][0]["suppressed"], json({{"cooldown", 4}, {"busy", 1}}));
  EXPECT_EQ(rules["rules"][0]["actions"][0]["last_success_utc"], "2024-06-30T11:39:00.000000Z");
  EXPECT_EQ(rules["probes"][0]["kind"], "imap_login");
  EXPECT_EQ(rules["locks"][1]["state"], "unreachable");
  EXPECT_EQ(rules["locks"][1]["reason"], "no route");
  EXPECT_EQ(rules["locks"][1]["unreachable"], true);
  EXPECT_EQ(rules["locks"][1]["missing"][0], "slewd-web-1");
  EXPECT_FALSE(rules["locks"][0].contains("reason"));
  EXPECT_FALSE(rules.contains("storm"));
}

// What programs print can hold what only root may read.
TEST(Api, ActionsTellStrangersHowTheyEndedButNotWhatWasPrinted) {
  rules::Status status = sample_status(kNow);
  rules::Outcome run;
  run.detail = "exited with status 1: uid=0(root)";
  run.outline = "exited with status 1";
  status.recent = {rules::Outcome{}, run};
  status.recent[0].detail = "of a former slewd: uid=0(root)";
  const json open = json::parse(actions_json(status, kNow.mono, Output::hidden));
  EXPECT_EQ(open["actions"][0]["detail"], "exited with status 1");
  EXPECT_FALSE(open["actions"][1].contains("detail"));
  EXPECT_EQ(open.dump().find("uid=0"), std::string::npos);
  const json all = json::parse(actions_json(status, kNow.mono, Output::shown));
  EXPECT_EQ(all["actions"][0]["detail"], run.detail);
}

TEST(Api, StaysValidWhenAPeerSendsBytesThatAreNoText) {
  rules::Status status = sample_status(kNow);
  status.probes[0].detail = "\xFF\xFE\"quoted\"\n\x01";
  const json rules = json::parse(rules_json(status, kNow.mono, Output::shown));
  EXPECT_EQ(rules["probes"][0]["detail"], "\xEF\xBF\xBD\xEF\xBF\xBD\"quoted\"\n\x01");
}

TEST(Api, TellsErrorsWithTheirPath) {
  const json error = json::parse(error_json(Error(ErrorCode::timeout, "no answer").within("core")));
  EXPECT_EQ(error["error"]["code"], "timeout");
  EXPECT_EQ(error["error"]["message"], "core: no answer");
}

}  // namespace
}  // namespace slewd::exporter
