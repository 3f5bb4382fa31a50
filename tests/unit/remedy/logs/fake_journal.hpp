// SPDX-License-Identifier: Apache-2.0
// A journal of entries that a test adds, with all that can befall a real one. Its cursors are the
// serial numbers of entries. The descriptor is a pipe that is readable while there is news.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "agent/remedy/logs/log_journal.hpp"
#include "base/fd.hpp"

namespace slewd::remedy {

struct FakeJournalState {
  struct Stored {
    int serial;
    LogEntry entry;
  };

  FakeJournalState() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
    reading = Fd(ends[0]);
    writing = Fd(ends[1]);
  }
  void add(MonoTime at, const std::string& unit, const std::string& message, bool notice = true) {
    stored.push_back({++last_serial, {at, unit, unit.substr(0, unit.find('.')), message, false}});
    if (notice) notify();
  }
  void notify() const { EXPECT_EQ(::write(writing.get(), "!", 1), 1); }
  // Deletes the oldest.
  void vacuum(std::size_t kept) {
    while (stored.size() > kept) stored.pop_front();
  }

  std::deque<Stored> stored;
  int last_serial = 0;
  Fd reading;
  Fd writing;
  LogOrigins origins;
  std::string open_problem;
  std::string next_problem;
  int opens = 0;
  bool is_open = false;
  bool always_readable = false;
};

class FakeJournal final : public LogJournal {
 public:
  explicit FakeJournal(std::shared_ptr<FakeJournalState> state) : state_(std::move(state)) {}

  Result<void> open(const LogOrigins& origins) override {
    ++state_->opens;
    if (!state_->open_problem.empty()) return fail(ErrorCode::unavailable, state_->open_problem);
    state_->origins = origins;
    state_->is_open = true;
    place_ = 0;
    return {};
  }
  void close() override { state_->is_open = false; }
  Result<void> seek_end() override {
    place_ = state_->last_serial;
    return {};
  }
  // As systemd's library may do, it begins two entries too early.
  Result<void> seek_near(const std::string& cursor) override {
    if (cursor.find_first_not_of("0123456789") != std::string::npos)
      return fail(ErrorCode::invalid, "no cursor");
    place_ = std::stoi(cursor) - 2;
    return {};
  }
  Result<void> seek_start() override {
    place_ = 0;
    return {};
  }
  Result<std::optional<LogEntry>> next() override {
    EXPECT_TRUE(state_->is_open);
    if (!state_->next_problem.empty())
      return fail(ErrorCode::internal, std::exchange(state_->next_problem, ""));
    for (const auto& stored : state_->stored) {
      if (stored.serial <= place_) continue;
      place_ = stored.serial;
      return std::optional(stored.entry);
    }
    return std::nullopt;
  }
  Result<std::string> cursor() override {
    return place_ <= 0 ? std::string() : std::to_string(place_);
  }
  [[nodiscard]] int descriptor() const override { return state_->reading.get(); }
  [[nodiscard]] short events() const override { return POLLIN; }
  Result<void> process() override {
    std::array<char, 64> sink{};
    while (!state_->always_readable &&
           ::read(state_->reading.get(), sink.data(), sink.size()) > 0) {
    }
    return {};
  }

 private:
  std::shared_ptr<FakeJournalState> state_;
  int place_ = 0;
};

}  // namespace slewd::remedy
