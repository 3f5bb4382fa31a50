// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/ctl_jumps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "agent/os/machine/boot_id.hpp"
#include "agent/records/jump_ledger.hpp"
#include "exporter/api/api_jumps.hpp"

#include "tests/unit/exporter/sample_data.hpp"
#include "tests/unit/records/jump_sample.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

JumpsArguments as_json() {
  JumpsArguments arguments;
  arguments.json = true;
  return arguments;
}
JumpsArguments from_ledger(const std::string& path) {
  JumpsArguments arguments;
  arguments.ledger = path;
  return arguments;
}
JumpsArguments since(const std::string& text) {
  JumpsArguments arguments;
  arguments.since = text;
  return arguments;
}
JumpsArguments within(std::size_t width) {
  JumpsArguments arguments;
  arguments.width = width;
  return arguments;
}

const Error kNobody(ErrorCode::unavailable, "nobody answers");

class CtlJumps : public testing::Test {
 protected:
  // An event that many seconds before now, of this boot.
  [[nodiscard]] core::ClockEvent ago(std::uint64_t id, Nanos time, bool former = false) const {
    const core::ClockReading now = clock.now();
    core::ClockEvent event = records::jump(id);
    event.seen_mono = now.mono - time;
    event.seen_boot = now.boot - time;
    event.wall_after = now.wall - time;
    event.former = former;
    return event;
  }
  void write_ledger(const core::ClockEvent& event, const std::string& boot = boot_id()) const {
    records::JumpLedger ledger = records::JumpLedger::open(file, {boot, clock.now().boot});
    ASSERT_TRUE(ledger.append(event));
  }
  [[nodiscard]] std::string show(const JumpsArguments& arguments) const {
    const auto shown = show_jumps(arguments, world);
    return shown ? *shown : "error: " + shown.error().describe();
  }
  [[nodiscard]] std::vector<std::uint64_t> shown_ids(JumpsArguments arguments) const {
    arguments.json = true;
    std::vector<std::uint64_t> ids;
    const auto document = nlohmann::json::parse(show(arguments), nullptr, false);
    if (document.is_object())
      for (const auto& each : document["jumps"]) ids.push_back(each["id"]);
    return ids;
  }

  TemporaryFolder folder;
  std::string file = folder.file("jumps.jsonl");
  exporter::FakeClock clock;
  std::optional<core::JumpView> daemon = core::JumpView();  // none: nobody answers
  std::vector<std::uint64_t> asked;
  JumpsWorld world{[this](std::uint64_t since_id) -> Result<std::string> {
                     asked.push_back(since_id);
                     if (!daemon) return fail(kNobody);
                     return exporter::jumps_json(*daemon, clock.now().mono, {since_id});
                   },
                   clock, file};
};

TEST_F(CtlJumps, ShowsWhatTheDaemonTellsAndSaysSo) {
  daemon->note(ago(1, 1min));
  const std::string text = show({});
  EXPECT_THAT(text, HasSubstr("external_step"));
  EXPECT_THAT(text, testing::EndsWith("(from the running daemon)\n"));
  for (std::uint64_t id = 2; id <= limits::kJumpRing; ++id) daemon->note(ago(id, 1s));
  EXPECT_THAT(show({}), HasSubstr("older jumps: --ledger " + file + ")"));
}

TEST_F(CtlJumps, ReadsTheLedgerWhenNobodyAnswersAndSaysSo) {
  daemon.reset();
  write_ledger(ago(1, 1min));
  write_ledger(ago(2, 1s), "another-boot");
  const std::string text = show({});
  EXPECT_THAT(text, HasSubstr("60.0 s ago"));
  EXPECT_THAT(text, HasSubstr("earlier boot"));
  EXPECT_THAT(text, testing::EndsWith("(read from " + file + ": slewd is not running)\n"));
  const auto json = nlohmann::json::parse(show(as_json()));
  EXPECT_EQ(json["ledger"], file);
  EXPECT_EQ(json["damaged_lines"], 0);
  EXPECT_EQ(json["last_id"], 2);
  EXPECT_EQ(json["jumps"][0]["earlier_boot"], true);
  EXPECT_FALSE(json["jumps"][0].contains("age_seconds"));
}

TEST_F(CtlJumps, WithoutALedgerEitherNobodyAnswers) {
  daemon.reset();
  EXPECT_EQ(show({}), "error: nobody answers; no ledger at " + file + " (--ledger FILE)");
  EXPECT_EQ(show(from_ledger("/nowhere")), "error: /nowhere: no such jump ledger");
}

TEST_F(CtlJumps, ReadsANamedLedgerWithoutAskingAnybody) {
  write_ledger(ago(7, 1min));
  EXPECT_EQ(shown_ids(from_ledger(file)), (std::vector<std::uint64_t>{7}));
  EXPECT_TRUE(asked.empty());
  EXPECT_THAT(show(from_ledger(file)), testing::EndsWith("(read from " + file + ")\n"));
}

TEST_F(CtlJumps, SinceGoesByAgeAndForEarlierBootsByTheWallClock) {
  daemon->note(ago(1, 5h, true));
  daemon->note(ago(2, 1h, true));
  daemon->note(ago(3, 3h));
  daemon->note(ago(4, 10min));
  EXPECT_EQ(shown_ids(since("2h")), (std::vector<std::uint64_t>{4, 2}));
  // The sample's clock shows noon of this day.
  EXPECT_EQ(shown_ids(since("2024-06-30T08:59Z")), (std::vector<std::uint64_t>{4, 3, 2}));
  EXPECT_EQ(shown_ids(since("1s")), std::vector<std::uint64_t>());
  EXPECT_THAT(show(since("soon")), HasSubstr("error: --since: 'soon' is not a duration"));
}

TEST_F(CtlJumps, LeavesColumnsOutWhereTheTerminalIsNarrow) {
  core::ClockEvent event = ago(1, 1min);
  event.originator = "date (process 812)";
  daemon->note(event);
  const std::string wide = show({});
  for (const char* head : {"witnesses", "instead of", "clock showed", "+-", "by"})
    EXPECT_THAT(wide, HasSubstr(head));
  const std::string usual = show(within(80));
  EXPECT_THAT(usual, Not(HasSubstr("instead of")));
  EXPECT_THAT(usual, HasSubstr("date (process 812)"));
  const std::string narrow = show(within(20));
  EXPECT_THAT(narrow, HasSubstr("external_step"));
  EXPECT_THAT(narrow, HasSubstr("date (process 812)"));
  EXPECT_THAT(narrow, Not(HasSubstr("+-")));
}

TEST_F(CtlJumps, ShowsAChangeOfRateWhereThereIsOne) {
  EXPECT_THAT(show({}), HasSubstr("no jumps"));
  core::ClockEvent event = ago(1, 1min);
  event.rate_change = Ppm{-20.25};
  daemon->note(event);
  EXPECT_THAT(show({}), HasSubstr("-20.250 ppm"));
}

class FollowJumps : public CtlJumps {
 protected:
  // Runs `steps`, one at each wait, then ends.
  std::vector<std::string> follow(std::vector<std::function<void()>> steps,
                                  const JumpsArguments& arguments = {}) {
    std::vector<std::string> lines;
    std::size_t next = 0;
    const Follower follower{[&](const std::string& line) -> Result<void> {
                              lines.push_back(line);
                              return {};
                            },
                            [&](const std::string& text) { remarks.push_back(text); },
                            [&] {
                              if (next == steps.size()) return false;
                              steps[next++]();
                              return true;
                            }};
    const auto ended = follow_jumps(arguments, world, follower);
    EXPECT_TRUE(ended) << ended.error().describe();
    return lines;
  }
  std::vector<std::string> remarks;
};

TEST_F(FollowJumps, PrintsEachEventOnceInOrder) {
  daemon->note(ago(1, 2min));
  daemon->note(ago(2, 1min));
  const auto lines = follow({[] {}, [this] { daemon->note(ago(3, 0s)); }, [] {}});
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0],
            "2024-06-30T11:58:00.000000Z  jump 1: external_step, -11.0 s +- 40.0 us "
            "(clock_set real-mono)\n");
  EXPECT_THAT(lines[1], HasSubstr("jump 2:"));
  EXPECT_THAT(lines[2], HasSubstr("jump 3:"));
  EXPECT_THAT(asked, ElementsAre(0, 2, 2, 3));
}

TEST_F(FollowJumps, OutlivesARestartOfTheDaemon) {
  daemon->note(ago(1, 2min));
  core::JumpView kept;
  const auto lines = follow({[&] { kept = *daemon, daemon.reset(); }, [] {},
                             [&] { daemon = kept, daemon->note(ago(2, 1s)); }, [] {}});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[1], HasSubstr("jump 2:"));
  EXPECT_THAT(remarks, ElementsAre("slewd is not running; waiting"));
}

TEST_F(FollowJumps, FollowsADaemonThatBeginsAnew) {
  daemon->note(ago(1, 2min));
  daemon->note(ago(2, 2min));
  const auto lines =
      follow({[&] { daemon = core::JumpView(); }, [&] { daemon->note(ago(1, 1s)); }, [] {}});
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_THAT(lines[2], HasSubstr("jump 1:"));
}

TEST_F(FollowJumps, SinceHoldsForTheFirstLookOnly) {
  daemon->note(ago(1, 2h));
  daemon->note(ago(2, 1min));
  // A jump back: by the wall clock it is older than what was asked for.
  const auto lines = follow({[&] { daemon->note(ago(3, 5h)); }}, since("1h"));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0], HasSubstr("jump 2:"));
  EXPECT_THAT(lines[1], HasSubstr("jump 3:"));
}

TEST_F(FollowJumps, PrintsOneJsonObjectToALine) {
  daemon->note(ago(1, 2min));
  const auto lines = follow({}, as_json());
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(nlohmann::json::parse(lines[0])["id"], 1);
  EXPECT_EQ(lines[0].back(), '\n');
}

TEST_F(FollowJumps, EndsWithADaemonThatRefuses) {
  world.ask = [](std::uint64_t) -> Result<std::string> {
    return fail(ErrorCode::permission, "not for you");
  };
  const auto ended = follow_jumps({}, world, {});
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().message(), "not for you");
}

}  // namespace
}  // namespace slewd::app
