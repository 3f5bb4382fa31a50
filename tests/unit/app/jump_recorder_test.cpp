// SPDX-License-Identifier: Apache-2.0
#include "agent/app/jump_recorder.hpp"

#include <array>
#include <cstdio>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/fd.hpp"

#include "tests/unit/records/jump_sample.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

using namespace std::chrono_literals;
using records::jump;
using records::kBoot;
using testing::HasSubstr;

class JumpRecorderTest : public testing::Test {
 protected:
  [[nodiscard]] JumpRecorder recorder(std::optional<os::Journal> journal = std::nullopt) {
    return {records::JumpLedger::open(path, kBoot), std::move(journal), log};
  }
  [[nodiscard]] records::JumpHistory on_disk() const {
    records::JumpHistory history(kBoot);
    EXPECT_TRUE(records::JumpLedger::read(path, history));
    return history;
  }
  [[nodiscard]] std::size_t lines_on_disk() const {
    std::size_t lines = 0;
    records::JumpHistory history(kBoot);
    history.on_event = [&](const core::ClockEvent&) { ++lines; };
    EXPECT_TRUE(records::JumpLedger::read(path, history));
    return lines;
  }

  TemporaryFolder folder{TemporaryFolder::fast_place()};
  std::string path = folder.file("jumps.jsonl");
  Log log{{.level = LogLevel::error}, Log::Delivery::direct};
  core::JumpView published;
};

TEST_F(JumpRecorderTest, RecordsEachEventAndEachRefinementOnce) {
  JumpRecorder recorder = this->recorder();
  published.note(jump(1));
  published.note(jump(2, 0s));
  for (int i = 0; i < 3; ++i) recorder.sync(published, MonoTime{1s});
  EXPECT_EQ(lines_on_disk(), 2U);
  published.note(jump(2, -3s));
  for (int i = 0; i < 3; ++i) recorder.sync(published, MonoTime{1s});
  EXPECT_EQ(lines_on_disk(), 3U);
  EXPECT_EQ(on_disk().view().recent.back().size, -3s);
  EXPECT_EQ(recorder.view().write_failures, 0U);
}

TEST_F(JumpRecorderTest, RecordsATextThatItMustCleanOnceOnly) {
  published.note(jump(1));
  core::ClockEvent dirty = jump(2);
  dirty.originator = " a\nb\x1b ";
  published.note(dirty);
  JumpRecorder recorder = this->recorder();
  for (int i = 0; i < 3; ++i) recorder.sync(published, MonoTime{1s});
  EXPECT_EQ(lines_on_disk(), 2U);
  EXPECT_EQ(on_disk().view().recent.back().originator, "a | b?");
}

TEST_F(JumpRecorderTest, AfterARestartNothingIsWrittenTwice) {
  published.note(jump(1));
  recorder().sync(published, MonoTime{1s});
  JumpRecorder again = recorder();
  EXPECT_EQ(again.last_id(), 1U);
  core::JumpView resumed = again.recorded();
  again.sync(resumed, MonoTime{2s});
  EXPECT_EQ(lines_on_disk(), 1U);
  resumed.note(jump(2));
  again.sync(resumed, MonoTime{3s});
  EXPECT_EQ(lines_on_disk(), 2U);
}

TEST_F(JumpRecorderTest, WhatAnEarlierBootHasLeftStaysItsOwn) {
  {
    JumpRecorder earlier(records::JumpLedger::open(path, {"another-boot", BootTime{1h}}),
                         std::nullopt, log);
    published.note(jump(1));
    earlier.sync(published, MonoTime{1s});
  }
  JumpRecorder now = recorder();
  core::JumpView resumed = now.recorded();
  ASSERT_TRUE(resumed.recent[0].former);
  now.sync(resumed, MonoTime{1s});
  EXPECT_EQ(lines_on_disk(), 1U);
}

TEST_F(JumpRecorderTest, WhatCannotBeWrittenWaitsAndIsTriedEverMoreSeldomAndAtTheNextEvent) {
  path = folder.file("missing/jumps.jsonl");
  testing::internal::CaptureStderr();
  JumpRecorder recorder = this->recorder();
  published.note(jump(1));
  recorder.sync(published, MonoTime{10s});
  EXPECT_EQ(recorder.view().write_failures, 1U);
  recorder.sync(published, MonoTime{10900ms});
  EXPECT_EQ(recorder.view().write_failures, 1U) << "not a second later yet";
  recorder.sync(published, MonoTime{11s});
  EXPECT_EQ(recorder.view().write_failures, 2U);
  published.note(jump(2));
  recorder.sync(published, MonoTime{11100ms});
  EXPECT_EQ(recorder.view().write_failures, 3U) << "a new event";
  const std::string told = testing::internal::GetCapturedStderr();
  const std::string_view sentence = "jump ledger not writable";
  EXPECT_EQ(told.find(sentence), told.rfind(sentence)) << "told once: " << told;
  EXPECT_THAT(told, HasSubstr(sentence));
  ASSERT_EQ(::mkdir(folder.file("missing").c_str(), 0700), 0);
  recorder.sync(published, MonoTime{15s});
  EXPECT_EQ(lines_on_disk(), 0U) << "not four seconds later yet";
  recorder.sync(published, MonoTime{15100ms});
  EXPECT_EQ(lines_on_disk(), 2U);
  EXPECT_EQ(recorder.view().write_failures, 3U);
  EXPECT_EQ(recorder.view().lost_events, 0U);
}

TEST_F(JumpRecorderTest, CountsWhatHasLeftTheMemoryUnwritten) {
  path = folder.file("missing/jumps.jsonl");
  JumpRecorder recorder = this->recorder();
  for (std::uint64_t id = 1; id <= limits::kJumpRing + 6; ++id) published.note(jump(id));
  recorder.sync(published, MonoTime{1s});
  ASSERT_EQ(::mkdir(folder.file("missing").c_str(), 0700), 0);
  recorder.sync(published, MonoTime{3s});
  EXPECT_EQ(lines_on_disk(), limits::kJumpRing);
  EXPECT_EQ(recorder.view().lost_events, 6U);
}

// Whoever could not read the ledger began with id 1: those ids are taken.
TEST_F(JumpRecorderTest, RaisesItsIdsBeyondALedgerThatComesBackLater) {
  {
    JumpRecorder earlier = recorder();
    core::JumpView old;
    for (std::uint64_t id = 1; id <= 3; ++id) old.note(jump(id));
    earlier.sync(old, MonoTime{1s});
  }
  const std::string aside = folder.file("aside");
  ASSERT_EQ(std::rename(path.c_str(), aside.c_str()), 0);
  ASSERT_EQ(::mkdir(path.c_str(), 0700), 0);  // no file can be there now
  JumpRecorder recorder = this->recorder();
  EXPECT_EQ(recorder.last_id(), 0U);
  published.note(jump(1, -2s));
  recorder.sync(published, MonoTime{1s});
  ASSERT_EQ(::rmdir(path.c_str()), 0);
  ASSERT_EQ(std::rename(aside.c_str(), path.c_str()), 0);
  recorder.sync(published, MonoTime{3s});
  published.note(jump(1, -3s));
  recorder.sync(published, MonoTime{5s});
  const records::JumpHistory history = on_disk();
  EXPECT_EQ(history.last_id(), 4U);
  EXPECT_EQ(history.view().find(1)->size, -11s);
  EXPECT_EQ(history.view().find(4)->size, -3s);
}

TEST_F(JumpRecorderTest, TellsTheJournalEachEventOnce) {
  const std::string socket = folder.file("journal");
  const Fd receiver(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket.data(), socket.size());
  ASSERT_EQ(::bind(receiver.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const auto take = [&] {
    std::array<char, 8192> buffer{};
    const ssize_t size = ::recv(receiver.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    return size < 0 ? "nothing" : std::string(buffer.data(), static_cast<std::size_t>(size));
  };
  published.note(jump(1));
  recorder().sync(published, MonoTime{1s});  // before there was a journal
  JumpRecorder recorder = this->recorder(os::Journal(socket));
  core::ClockEvent event = jump(2);
  event.originator = "date (process 812)";
  event.rate_change = Ppm{-20};
  published.note(event);
  recorder.sync(published, MonoTime{2s});
  EXPECT_EQ(take(),
            "MESSAGE=the clock jumped by -11.0 s: external_step by date (process 812)\n"
            "MESSAGE_ID=b220730a73524bd0b2ba9a62334e32c6\n"
            "PRIORITY=4\n"
            "SYSLOG_IDENTIFIER=slewd\n"
            "SLEWD_JUMP_ID=2\n"
            "SLEWD_JUMP_CAUSE=external_step\n"
            "SLEWD_JUMP_SIZE_SECONDS=-11.000000000\n"
            "SLEWD_JUMP_UNCERTAINTY_SECONDS=0.000040000\n"
            "SLEWD_JUMP_LATENCY_SECONDS=0.003000000\n"
            "SLEWD_JUMP_BEFORE_UTC=2023-11-14T22:13:22.000000000Z\n"
            "SLEWD_JUMP_AFTER_UTC=2023-11-14T22:13:11.000000000Z\n"
            "SLEWD_JUMP_WITNESSES=clock_set real-mono\n"
            "SLEWD_JUMP_RATE_CHANGE_PPM=-20\n"
            "SLEWD_JUMP_ORIGINATOR=date (process 812)\n");
  recorder.sync(published, MonoTime{3s});
  EXPECT_EQ(take(), "nothing");
}

}  // namespace
}  // namespace slewd::app
