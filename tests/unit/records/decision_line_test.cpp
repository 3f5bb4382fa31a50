// SPDX-License-Identifier: Apache-2.0
// A decision survives its line to the last bit: a replay of what was read is a replay of what was.
#include "agent/records/decision_line.hpp"

#include <cmath>
#include <filesystem>

#include <gtest/gtest.h>

#include "agent/records/decision_log.hpp"
#include "rules/engine/engine.hpp"
#include "rules/engine/replay.hpp"
#include "rules/files/rule_file.hpp"

#include "tests/unit/temporary_folder.hpp"

namespace slewd::records {
namespace {

using namespace std::chrono_literals;
using rules::Decision;
using rules::Fact;

constexpr const char* kRules = R"({"schema": "slewd.rules/1",
  "targets": {"mail": {"unit": "mail.service"}},
  "windows": {"night": {"zone": "UTC", "from": "00:00", "to": "24:00"}},
  "rules": [{"name": "odd", "mode": "act", "windows": ["night"], "trust": {"max_bound": "1s"},
    "when": "offset / jitter > 100% and phase == sync and max_over(offset, 1s) > 1us",
    "clear": "offset < 1ns", "blockers": ["unit.mail == failed"], "do": [{"burst": true}]}]})";

std::vector<Decision> odd_decisions(const rules::RuleFile& file) {
  rules::Engine engine(file);
  std::vector<Decision> all;
  rules::Facts facts;
  facts.set(Fact::phase, "Sync");
  facts.set(Fact::jitter, Nanos(1));
  facts.set(Fact::bound, Nanos(333'333'333));
  facts.units["mail"] = {"active", MonoTime{}};
  facts.true_time = rules::TrueTime{WallTime{1'700'000'000s}, Nanos(1)};
  for (int i = 1; i < 2000; ++i) {
    facts.set(Fact::offset, Nanos(i % 40 == 0 ? 0 : 1'000'003 * i / 7));
    if (i % 300 == 0) engine.pause({"\"quoted\" \\ and \n broken", MonoTime{i * 100ms + 5s}});
    for (const rules::Intent& intent : engine.evaluate(MonoTime{i * 100ms}, facts)) {
      rules::Outcome outcome;
      outcome.intent = intent.id;
      outcome.ending = rules::Ending::done;
      outcome.ended = MonoTime{i * 100ms};
      engine.on_outcome(outcome);
    }
    for (Decision& decision : engine.take_decisions()) all.push_back(std::move(decision));
  }
  return all;
}

TEST(DecisionLine, ReplaysAfterItWasWrittenAndRead) {
  const auto file = rules::parse_rule_file(kRules, "t.json");
  ASSERT_TRUE(file) << file.error().describe();
  const auto decisions = odd_decisions(*file);
  ASSERT_GT(decisions.size(), 3U);
  for (const Decision& decision : decisions) {
    const std::string line = to_line(decision, {"boot", MonoTime{}, BootTime{}, WallTime{}});
    const auto read = parse_decision_line(line);
    ASSERT_TRUE(read) << read.error().describe() << "\n" << line;
    EXPECT_EQ(read->readings.when.values, decision.readings.when.values);
    EXPECT_EQ(read->before, decision.before);
    EXPECT_EQ(read->closed, decision.closed);
    EXPECT_EQ(read->evidence, decision.evidence);
    const rules::Replayed replayed = rules::replay(*read, *file);
    EXPECT_TRUE(replayed.same) << replayed.difference;
  }
}

TEST(DecisionLine, KeepsWhatHasNoWordInJson) {
  Decision decision;
  decision.readings.when.values = {rules::Value::of(HUGE_VAL), rules::Value::of(-HUGE_VAL),
                                   rules::Value(), rules::Value::of(0.1), rules::Value::of("Sync")};
  const auto read = parse_decision_line(to_line(decision, {}));
  ASSERT_TRUE(read) << read.error().describe();
  EXPECT_EQ(read->readings.when.values, decision.readings.when.values);
}

TEST(DecisionLine, NamesWhatIsMissing) {
  EXPECT_EQ(parse_decision_line("[]").error().message(),
            "a decision must be an object, not an array");
  EXPECT_EQ(parse_decision_line(R"({"v": 2})").error().message(), "v: the version 1 is missing");
}

TEST(DecisionLog, CountsWhatCannotBeWritten) {
  DecisionLog log("/proc/nothing/decisions.jsonl");
  log.append({Decision(), Decision()}, {});
  EXPECT_EQ(log.lost(), 2U);
  EXPECT_TRUE(log.problem());
}

TEST(DecisionLog, AFileThatCannotBeOpenedIsTriedEverMoreSeldom) {
  const TemporaryFolder folder;
  const std::string path = folder.file("decisions.jsonl");
  std::filesystem::create_directory(path);
  DecisionLog log(path);
  for (int look = 0; look < 1000; ++look) log.append({Decision()}, {});
  EXPECT_EQ(log.lost(), 1000U);
  std::filesystem::remove(path);
  unsigned missed = 0;
  for (; !std::filesystem::exists(path) && missed < 1000; ++missed) log.append({Decision()}, {});
  EXPECT_GT(missed, 1U) << "it was tried at each look";
  EXPECT_LE(missed, RotatingFile::kMostSkipped + 1);
  EXPECT_FALSE(log.problem());
}

TEST(DecisionLog, GoesOnInANewFileWhenTheOldOneIsFull) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/decisions.jsonl";
  DecisionLog log(path, 2000);
  for (int i = 0; i < 10; ++i) log.append({Decision()}, {});
  EXPECT_EQ(log.lost(), 0U);
  EXPECT_TRUE(LineFile::read(path + ".1", [](std::string_view) { return true; }));
}

}  // namespace
}  // namespace slewd::records
