// SPDX-License-Identifier: Apache-2.0
#include "agent/os/clock/clock_watch.hpp"

#include <array>
#include <cerrno>
#include <semaphore>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace slewd::os {
namespace {

// An alarm whose clock is "set" by writing to a pipe: each byte is one setting. Everything that the
// watch's thread touches is written before the byte.
class FakeAlarm : public SetAlarm {
 public:
  explicit FakeAlarm(std::vector<int> arm_answers) : arm_answers_(std::move(arm_answers)) {
    std::array<int, 2> ends{-1, -1};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
    read_ = Fd(ends[0]);
    write_ = Fd(ends[1]);
  }
  [[nodiscard]] int descriptor() const override { return read_.get(); }
  int arm() override {
    const std::size_t call = arms_++;
    return call < arm_answers_.size() ? arm_answers_[call] : 0;
  }
  int take() override {
    char told = 0;
    if (::read(read_.get(), &told, 1) != 1) return EAGAIN;
    return told == 'c' ? ECANCELED : EBADF;
  }
  [[nodiscard]] int writer() const { return write_.get(); }

 private:
  std::vector<int> arm_answers_;
  std::size_t arms_ = 0;
  Fd read_;
  Fd write_;
};

struct Watched {
  explicit Watched(std::vector<int> arm_answers = {}) {
    auto alarm = std::make_unique<FakeAlarm>(std::move(arm_answers));
    writer = alarm->writer();
    watch = ClockWatch::start(
        std::move(alarm), [this] { calls.release(); }, [this] { ends.release(); });
  }
  void tell(char what) const { EXPECT_EQ(::write(writer, &what, 1), 1); }

  std::counting_semaphore<> calls{0};
  std::counting_semaphore<> ends{0};
  int writer = -1;
  Result<std::unique_ptr<ClockWatch>> watch = fail(ErrorCode::internal, "not started");
};

TEST(ClockWatch, CallsForEachSettingOfTheClock) {
  Watched watched;
  ASSERT_TRUE(watched.watch);
  for (int i = 0; i < 3; ++i) {
    watched.tell('c');
    watched.calls.acquire();
  }
  EXPECT_FALSE(watched.ends.try_acquire());
  watched.watch = fail(ErrorCode::internal, "ended");
  EXPECT_FALSE(watched.calls.try_acquire());
}

TEST(ClockWatch, GoesOnWhenRearmingSaysThatTheClockWasSetAgain) {
  Watched watched({ECANCELED, ECANCELED, 0});
  ASSERT_TRUE(watched.watch);
  for (int i = 0; i < 2; ++i) {
    watched.tell('c');
    watched.calls.acquire();
  }
  EXPECT_FALSE(watched.ends.try_acquire());
}

TEST(ClockWatch, EndsAndSaysSoWhenTheKernelRefusesToGoOn) {
  for (const char what : {'x', 'c'}) {
    Watched watched({0, EINVAL});
    ASSERT_TRUE(watched.watch);
    watched.tell(what);
    watched.ends.acquire();
    EXPECT_EQ(watched.calls.try_acquire(), what == 'c');
  }
}

TEST(ClockWatch, IsAnErrorWhereTheKernelCannotWatch) {
  const Watched watched({EINVAL});
  ASSERT_FALSE(watched.watch);
  EXPECT_EQ(watched.watch.error().code(), ErrorCode::unsupported);
}

TEST(ClockWatch, StartsAndEndsOnThisKernel) {
  const auto watch = ClockWatch::start([] {}, [] {});
  ASSERT_TRUE(watch) << watch.error().describe();
}

}  // namespace
}  // namespace slewd::os
