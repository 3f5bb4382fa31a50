// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/app/daemon_fixture.hpp"

namespace slewd::app {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST_F(DaemonTest, ServesItsPagesOverLoopback) {
  start("");
  ASSERT_NE(daemon_->http_port(), 0);
  EXPECT_EQ(page("/-/ready").status, 200);
  EXPECT_EQ(page("/-/healthy").status, 200);
  EXPECT_EQ(page("/api/v1/status").status, 200);
  EXPECT_THAT(page("/metrics").body, HasSubstr("slewd_"));
}

TEST_F(DaemonTest, BringsTheClockHome) {
  start(R"("mode": "takeover", "step": {"at_startup": "never"})");
  ASSERT_TRUE(disciplines());
  EXPECT_TRUE(eventually([&] { return magnitude(machine_.demo.true_offset()) < 39ms; }));
}

TEST_F(DaemonTest, AppendsItsDecisionsToTheTraceFileAlsoWhileItObserves) {
  const std::string trace = folder_.file("trace.jsonl");
  start(R"("mode": "observe", "trace_file": ")" + trace + "\"");
  EXPECT_TRUE(eventually([&] {
    std::error_code missing;
    const auto size = std::filesystem::file_size(trace, missing);
    return !missing && size > 0;
  }));
}

TEST_F(DaemonTest, ObservingNeverCallsTheDriver) {
  start(R"("mode": "observe")");
  ASSERT_TRUE(snapshot_shows([](const core::Snapshot& snapshot) {
    return snapshot.clock.offset && snapshot.sources.size() == 3 &&
           snapshot.sources[0].responses >= 4;
  }));
  EXPECT_FALSE(daemon_->snapshots().latest()->steering);
  end();
  EXPECT_EQ(machine_.counted.calls, 0);
}

TEST_F(DaemonTest, SeesAnOutsidersStepWithItsSize) {
  start(R"("mode": "observe")");
  ASSERT_TRUE(snapshot_shows([](const core::Snapshot&) { return true; }));
  machine_.demo.step_externally(-11s);
  ASSERT_TRUE(snapshot_shows(
      [](const core::Snapshot& snapshot) { return !snapshot.jumps.recent.empty(); }));
  const core::ClockEvent event = daemon_->snapshots().latest()->jumps.recent.back();
  EXPECT_EQ(event.cause, core::JumpCause::external_step);
  EXPECT_LE(magnitude(event.size - Nanos(-11s)), Nanos(1ms));
}

TEST_F(DaemonTest, AReloadPutsTheNewFileInForce) {
  start(R"("mode": "observe")");
  const std::string rules =
      folder_.write("rules.json", R"({"schema": "slewd.rules/1", "rules": [{"name": "fresh",
        "when": "abs(offset) > 1h", "do": [{"burst": true}]}]})");
  std::string text = config(R"("mode": "observe")");
  text.replace(text.find(R"("min": "1s")"), 11, R"("min": "2s")");
  text.replace(text.find(R"("builtin": false)"), 16,
               R"("builtin": false, "files": [")" + rules + "\"]");
  folder_.write("slewd.json", text);
  EXPECT_EQ(command("reload").status, 200);
  EXPECT_TRUE(snapshot_shows([](const core::Snapshot& snapshot) {
    return snapshot.poll_range == core::PollRange{2s, 4s};
  }));
  EXPECT_TRUE(eventually([&] {
    const auto status = daemon_->statuses().latest();
    return status != nullptr && status->rules.size() == 1 && status->rules[0].name == "fresh";
  }));
}

TEST_F(DaemonTest, ReadsTheListOfLeapSecondsAtStartAndAtAReload) {
  const auto list = [&](const char* expires) {
    return folder_.write("leap.list", std::string("#@ ") + expires + "\n3692217600 37\n");
  };
  const auto shows = [&](std::chrono::sys_days expires) {
    return snapshot_shows([&](const core::Snapshot& snapshot) {
      return snapshot.tai && snapshot.tai->list_expires.since_epoch == expires.time_since_epoch();
    });
  };
  start(R"("leap_list": ")" + list("3991593600") + "\"");
  EXPECT_TRUE(shows(std::chrono::sys_days{std::chrono::year{2026} / 6 / 28}));
  (void)list("7258118400");
  EXPECT_EQ(command("reload").status, 200);
  EXPECT_TRUE(shows(std::chrono::sys_days{std::chrono::year{2130} / 1 / 1}));
  folder_.write("leap.list", "gone");
  EXPECT_EQ(command("reload").status, 200);
  EXPECT_TRUE(snapshot_shows([](const core::Snapshot& snapshot) { return !snapshot.tai; }));
}

TEST_F(DaemonTest, AReloadTellsWhichFileOfTheFolderIsRefusedAndKeepsWhatItHad) {
  const TemporaryFolder rules;
  rules.write("mine.json", R"({"schema": "slewd.rules/1", "rules": [{"name": "mine",
        "when": "abs(offset) > 1h", "do": [{"burst": true}]}]})");
  start(R"("mode": "observe")");
  std::string text = config(R"("mode": "observe")");
  text.replace(text.find(R"("builtin": false)"), 16,
               R"("builtin": false, "folder": ")" + rules.path() + "\"");
  folder_.write("slewd.json", text);
  EXPECT_THAT(command("reload").body, HasSubstr(R"("refused":[])"));
  rules.write("mine.json", "{");
  const exporter::RawResponse answer = command("reload");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("mine.json:1:"));
  EXPECT_THAT(answer.body, HasSubstr("its former text stays in force"));
  EXPECT_TRUE(eventually([&] {
    const auto status = daemon_->statuses().latest();
    return status != nullptr && status->rules.size() == 1 && status->rules[0].name == "mine" &&
           status->refused_files.size() == 1;
  }));
}

TEST_F(DaemonTest, ShowsASourceFileThatBecomesBadWhileItRuns) {
  const TemporaryFolder sources;
  start(R"("mode": "observe", "sources_folders": [")" + sources.path() + "\"]");
  const auto refused_files = [&](std::size_t count) {
    return eventually([&] {
      const auto status = daemon_->statuses().latest();
      return status != nullptr && status->refused_files.size() == count;
    });
  };
  ASSERT_TRUE(refused_files(0));
  const std::string file = sources.write("mine.json", "{");
  EXPECT_TRUE(refused_files(1));
  std::filesystem::remove(file);
  EXPECT_TRUE(refused_files(0));
}

TEST_F(DaemonTest, AReloadWithoutAFileIsRefused) {
  DaemonOptions options;
  options.reloadable = false;
  start(R"("mode": "observe")", options);
  ASSERT_TRUE(snapshot_shows([](const core::Snapshot&) { return true; }));
  const exporter::RawResponse refused = command("reload");
  EXPECT_EQ(refused.status, 501);
  EXPECT_THAT(refused.body, HasSubstr("no configuration file to reload"));
}

TEST_F(DaemonTest, AReloadOfABadFileSaysWhyAndChangesNothing) {
  start(R"("mode": "observe")");
  ASSERT_TRUE(snapshot_shows([](const core::Snapshot&) { return true; }));
  folder_.write("slewd.json", "{\n\"poll\": {\"min\": \"2s\"}, \"mod\": 1}");
  const exporter::RawResponse refused = command("reload");
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, HasSubstr("slewd.json:2: mod: unknown key; did you mean 'mode'?"));
  EXPECT_EQ(daemon_->snapshots().latest()->poll_range, (core::PollRange{1s, 4s}));
  EXPECT_EQ(daemon_->snapshots().latest()->sources.size(), 3U);
  EXPECT_EQ(page("/-/ready").status, 200);
  folder_.write("slewd.json", config(R"("mode": "observe")"));
  EXPECT_EQ(command("reload").status, 200);
}

TEST_F(DaemonTest, AHangupReloadsTheFile) {
  start(R"("mode": "observe")");
  // The handler is in place once the loop runs: it has published since the start.
  const auto first = daemon_->snapshots().latest();
  ASSERT_TRUE(snapshot_shows([&](const core::Snapshot& snapshot) {
    return first == nullptr || snapshot.generation > first->generation;
  }));
  std::string text = config(R"("mode": "observe")");
  text.replace(text.find(R"("min": "1s")"), 11, R"("min": "2s")");
  folder_.write("slewd.json", text);
  ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
  EXPECT_TRUE(snapshot_shows([](const core::Snapshot& snapshot) {
    return snapshot.poll_range == core::PollRange{2s, 4s};
  }));
}

TEST_F(DaemonTest, TheCommandLinesModeOutranksTheFilesAlsoAtReload) {
  DaemonOptions options;
  options.mode = core::Mode::observe;
  start(R"("mode": "takeover")", options);
  ASSERT_TRUE(
      snapshot_shows([](const core::Snapshot& s) { return s.mode == core::Mode::observe; }));
  std::string text = config(R"("mode": "takeover")");
  text.replace(text.find(R"("min": "1s")"), 11, R"("min": "2s")");
  folder_.write("slewd.json", text);
  ASSERT_EQ(command("reload").status, 200);
  ASSERT_TRUE(snapshot_shows([](const core::Snapshot& snapshot) {
    return snapshot.poll_range == core::PollRange{2s, 4s};
  }));
  EXPECT_EQ(daemon_->snapshots().latest()->mode, core::Mode::observe);
  end();
  EXPECT_EQ(machine_.counted.calls, 0);
}

TEST_F(DaemonTest, TakesPauseAndResumeOnItsUnixSocketOnly) {
  start(R"("mode": "observe")");
  EXPECT_EQ(command("pause", R"({"reason": "maintenance"})").status, 200);
  const auto paused_is = [&](bool wanted) {
    return eventually([&] {
      const auto status = daemon_->statuses().latest();
      return status != nullptr && status->paused == wanted;
    });
  };
  EXPECT_TRUE(paused_is(true));
  EXPECT_EQ(command("resume").status, 200);
  EXPECT_TRUE(paused_is(false));
  auto tcp = exporter::RawClient::tcp(daemon_->http_port());
  ASSERT_TRUE(
      tcp.send("POST /api/v1/pause HTTP/1.1\r\nHost: localhost\r\n"
               "Content-Length: 0\r\n\r\n"));
  EXPECT_EQ(tcp.receive().status, 403);
}

TEST_F(DaemonTest, ASingleThreadIsTheCoreAlone) {
  DaemonOptions options;
  options.single_thread = true;
  start(R"("mode": "observe")", options);
  EXPECT_EQ(daemon_->http_port(), 0);
  EXPECT_TRUE(snapshot_shows(
      [](const core::Snapshot& snapshot) { return snapshot.clock.offset.has_value(); }));
  EXPECT_EQ(daemon_->statuses().latest(), nullptr);
}

TEST_F(DaemonTest, ShowsAPlannedStepAndRefusesOneThatIsNotWorthIt) {
  start("");
  ASSERT_TRUE(disciplines());
  ASSERT_TRUE(snapshot_shows([](const core::Snapshot& snapshot) {
    return snapshot.step_offer.refused.find("not worth a step") != std::string::npos;
  }));
  // A late sample may give another reason for a moment.
  EXPECT_TRUE(eventually([&] {
    const auto shown = command("step", R"({"dry": true})");
    EXPECT_EQ(shown.status, 200);
    return shown.body.find("not worth a step") != std::string::npos;
  }));
  EXPECT_EQ(command("step", R"({"dry": false, "reason": "a test"})").status, 409);
}

TEST_F(DaemonTest, MakesAPlannedStepAndTellsOfIt) {
  start(R"("step": {"at_startup": "never"})");
  ASSERT_TRUE(disciplines());
  ASSERT_TRUE(machine_.demo.driver().step(std::chrono::seconds(30)));
  const auto newest = [this] {
    const auto status = daemon_->statuses().latest();
    const bool known = status != nullptr && !status->recent.empty() &&
                       status->recent.back().rule == remedy::kPlannedStepRule;
    return known ? status->recent.back() : rules::Outcome();
  };
  // The core makes a step within a second or not at all: a busy machine may take that from it.
  constexpr int kTries = 5;
  for (int turn = 0; turn < kTries && newest().ending != rules::Ending::verified; ++turn) {
    ASSERT_TRUE(snapshot_shows([](const core::Snapshot& snapshot) {
      return snapshot.step_offer.size && *snapshot.step_offer.size < std::chrono::seconds(-20) &&
             snapshot.step_offer.refused.empty();
    }));
    const std::uint64_t before = newest().intent;
    const auto asked = command("step", R"({"dry": false, "reason": "a test"})");
    if (asked.status == 409) continue;
    ASSERT_EQ(asked.status, 200) << asked.body;
    ASSERT_TRUE(eventually([&] { return newest().intent != before; }));
  }
  EXPECT_EQ(newest().ending, rules::Ending::verified) << newest().detail;
  EXPECT_TRUE(snapshot_shows([](const core::Snapshot& snapshot) {
    return magnitude(*snapshot.clock.offset) < std::chrono::seconds(1);
  }));
  EXPECT_NE(page("/metrics").body.find("slewd_planned_steps_total{ending=\"verified\"} 1"),
            std::string::npos);
}

}  // namespace
}  // namespace slewd::app
