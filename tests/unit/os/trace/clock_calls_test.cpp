// SPDX-License-Identifier: Apache-2.0
// On the real kernel, where it lets us. The calls are harmless: reading, setting a clock that
// cannot be set, and setting the clock without the right to, which the kernel notes before it
// refuses.
#include "agent/os/trace/clock_calls.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <functional>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/os/process/process_privileges.hpp"
#include "agent/os/trace/trace_events.hpp"
#include "agent/os/trace/tracefs.hpp"

namespace slewd::os {
namespace {

RawTime now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC_RAW, &time);
  return RawTime{std::chrono::seconds(time.tv_sec) + Nanos{time.tv_nsec}};
}

void read_clock_state() {
  timex request{};
  (void)::adjtimex(&request);
}

void try_to_set(clockid_t clock) {
  const timespec time{1, 0};
  (void)::clock_settime(clock, &time);
}

constexpr uid_t kNoUser = 65534;
constexpr const char* kStatuses = "1: not opened, 2: not seen, 3: not prepared, -1: a signal";

class ClockCallsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (has_time_capability())
      GTEST_SKIP() << "this process could set the clock: start it by tests/without_time_capability";
    auto list = read_tracepoints_as_root();
    if (!list) GTEST_SKIP() << list.error().describe();
    auto trace = ClockCallTrace::open(*list);
    if (!trace) GTEST_SKIP() << trace.error().describe();
    list_ = *list;
    trace_ = std::move(*trace);
    start_ = now();
  }

  // The exit status of a child that does `work`; -1 = it was ended by a signal.
  static int status_of(const std::function<int()>& work) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(work());
    int status = 0;
    return ::waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  // Whether a trace of these events sees a call: 0, or why it does not.
  [[nodiscard]] int see_a_call(TraceEvents events) const {
    auto trace = ClockCallTrace::open(list_, std::move(events));
    if (!trace) return 1;
    const RawTime before = now();
    const int caller = run([] { try_to_set(CLOCK_REALTIME); });
    return calls_of(caller, (*trace)->since(before)).size() == 1 ? 0 : 2;
  }

  // Runs `work` in a child to its end, and past it: nothing of the process is left.
  static int run(const std::function<void()>& work) {
    const pid_t child = ::fork();
    if (child == 0) {
      work();
      ::_exit(0);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return child;
  }

  static std::vector<core::ClockCall> calls_of(int process, std::vector<core::ClockCall> calls) {
    std::erase_if(calls, [process](const auto& call) { return call.process != process; });
    return calls;
  }

  TracepointList list_;
  std::unique_ptr<ClockCallTrace> trace_;
  RawTime start_;
};

TEST_F(ClockCallsTest, NamesAProgramThatHasEndedBeforeAnybodyLooked) {
  const int child = run([] { ::execlp("date", "date", "-s", "@1", nullptr); });
  const auto calls = calls_of(child, trace_->since(start_));
  ASSERT_FALSE(calls.empty());
  EXPECT_TRUE(calls[0].sets);
  EXPECT_EQ(calls[0].command, "date");
  EXPECT_GE(calls[0].at, start_);
  EXPECT_LE(calls[0].at, now());
}

TEST_F(ClockCallsTest, NamesAProgramThatStillRunsAndSaysThatItMayOnlyHaveRead) {
  std::array<int, 2> called{};
  std::array<int, 2> may_end{};
  ASSERT_EQ(::pipe2(called.data(), O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(may_end.data(), O_CLOEXEC), 0);
  const pid_t child = ::fork();
  char byte = 0;
  if (child == 0) {
    ::close(may_end[1]);
    read_clock_state();
    (void)!::write(called[1], "x", 1);
    (void)!::read(may_end[0], &byte, 1);
    ::_exit(0);
  }
  EXPECT_EQ(::read(called[0], &byte, 1), 1);
  const auto calls = calls_of(child, trace_->since(start_));
  for (const int end : {called[0], called[1], may_end[0], may_end[1]}) ::close(end);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_FALSE(calls[0].sets);
  EXPECT_EQ(calls[0].command, identify_process(::getpid())->command);
}

// As root does it for a slewd that may not.
TEST_F(ClockCallsTest, SeesCallsThroughEventsThatAnotherProcessHasOpened) {
  std::vector<std::pair<std::string, Fd>> stored;
  const auto store = [&](const std::string& name, Fd event) -> Result<void> {
    stored.emplace_back(name, ::fcntl(event.get(), F_DUPFD, 100));
    return {};
  };
  ASSERT_TRUE(store_trace_events(list_, store));
  ASSERT_GE(stored.size(), list_.size());
  EXPECT_EQ(status_of([&] {
              std::string names;
              for (std::size_t i = 0; i < stored.size(); ++i) {
                ::dup2(stored[i].second.get(), static_cast<int>(3 + i));
                names += (i == 0 ? "" : ":") + stored[i].first;
              }
              ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
              ::setenv("LISTEN_FDS", std::to_string(stored.size()).c_str(), 1);
              ::setenv("LISTEN_FDNAMES", names.c_str(), 1);
              return see_a_call(TraceEvents::handed_over());
            }),
            0)
      << kStatuses;
}

// As root does it that starts slewd without its unit.
TEST_F(ClockCallsTest, SeesCallsThroughEventsThatWereOpenedBeforeRootWasLeft) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  EXPECT_EQ(status_of([&] {
              TraceEvents events = TraceEvents::opened_now(list_);
              if (events.empty() || ::setresuid(kNoUser, kNoUser, kNoUser) != 0) return 3;
              return see_a_call(std::move(events));
            }),
            0)
      << kStatuses;
}

TEST_F(ClockCallsTest, LeavesOutOtherClocksAndThisProcess) {
  const int child = run([] { try_to_set(CLOCK_MONOTONIC); });
  read_clock_state();
  const auto calls = trace_->since(start_);
  EXPECT_TRUE(calls_of(child, calls).empty());
  EXPECT_TRUE(calls_of(::getpid(), calls).empty());
}

TEST_F(ClockCallsTest, KeepsWhatWasCollectedAndTellsFromAMomentOn) {
  const int child = run([] { read_clock_state(); });
  trace_->collect();
  EXPECT_EQ(calls_of(child, trace_->since(start_)).size(), 1U);
  EXPECT_TRUE(calls_of(child, trace_->since(now())).empty());
}

TEST_F(ClockCallsTest, ADescriptorIsReadableWhileACallWaits) {
  (void)run([] { read_clock_state(); });
  std::vector<pollfd> polled;
  for (const int fd : trace_->descriptors()) polled.push_back({fd, POLLIN, 0});
  EXPECT_GT(::poll(polled.data(), polled.size(), -1), 0);
}

TEST_F(ClockCallsTest, AFloodIsBoundedAndWhatDidNotFitIsCounted) {
  const int child = run([] {
    for (int i = 0; i < 20000; ++i) read_clock_state();
  });
  (void)trace_->since(start_);
  // The kernel tells of the loss beside the next call that fits, on the processor of the loss.
  cpu_set_t allowed;
  ASSERT_EQ(::sched_getaffinity(0, sizeof allowed, &allowed), 0);
  for (std::size_t processor = 0; processor < CPU_SETSIZE; ++processor) {
    if (!CPU_ISSET(processor, &allowed)) continue;
    (void)run([processor] {
      cpu_set_t here;
      CPU_ZERO(&here);
      CPU_SET(processor, &here);
      if (::sched_setaffinity(0, sizeof here, &here) == 0) read_clock_state();
    });
    (void)trace_->since(start_);
  }
  EXPECT_GT(trace_->lost(), 0U);
  EXPECT_FALSE(calls_of(child, trace_->since(start_)).empty());
}

TEST_F(ClockCallsTest, TheWatchAnswersLikeTheTraceAndEnds) {
  auto watch = ClockCallWatch::start(list_);
  ASSERT_TRUE(watch);
  const int child = run([] { try_to_set(CLOCK_REALTIME); });
  const auto calls = calls_of(child, (*watch)->since(start_));
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_TRUE(calls[0].sets);
  EXPECT_FALSE(calls[0].command.empty());
}

TEST_F(ClockCallsTest, ANumberThatIsNoTracepointIsRefused) {
  const auto trace = ClockCallTrace::open({{Traced::settimeofday, 65535, 0}});
  ASSERT_FALSE(trace);
  EXPECT_EQ(trace.error().code(), ErrorCode::unsupported);
}

}  // namespace
}  // namespace slewd::os
