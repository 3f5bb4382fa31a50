// SPDX-License-Identifier: Apache-2.0
// Events that another process has opened, as the service manager hands them over: from descriptor
// 3 on, named by LISTEN_FDNAMES. A child takes them, so that the test keeps its own descriptors.
#include "agent/os/trace/trace_events.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace slewd::os {
namespace {

constexpr Tracepoint kSetting{.what = Traced::clock_settime, .id = 1};
constexpr Tracepoint kEnding{.what = Traced::process_exit, .id = 2};

// The exit status of `work`, in a process that was started with a descriptor for each name.
int with_descriptors(const std::vector<std::string>& names, const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::string listed;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const int fd = static_cast<int>(3 + i);
      const int null = ::open("/dev/null", O_RDONLY);
      if (null != fd) ::dup2(null, fd);
      listed += (i == 0 ? "" : ":") + names[i];
    }
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", std::to_string(names.size()).c_str(), 1);
    ::setenv("LISTEN_FDNAMES", listed.c_str(), 1);
    ::_exit(work());
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(TraceEvents, AreTakenByTracepointAndProcessor) {
  const int status = with_descriptors(
      {"slewd-trace.sched_process_exit.1", "slewd-trace.sys_enter_clock_settime.0"}, [] {
        TraceEvents events = TraceEvents::handed_over();
        const auto call = events.take(kSetting, 0);
        const auto exit = events.take(kEnding, 1);
        const bool right = call && call->get() == 4 && exit && exit->get() == 3;
        return right && std::getenv("LISTEN_FDS") == nullptr ? 0 : 1;
      });
  EXPECT_EQ(status, 0);
}

TEST(TraceEvents, OfAProcessorThatWasOffAreUnavailableAndEachIsTakenOnce) {
  const int status = with_descriptors({"slewd-trace.sys_enter_clock_settime.0"}, [] {
    TraceEvents events = TraceEvents::handed_over();
    const auto other = events.take(kSetting, 1);
    const auto first = events.take(kSetting, 0);
    const auto again = events.take(kSetting, 0);
    const auto absent = [](const auto& event) {
      return !event && event.error().code() == ErrorCode::unavailable;
    };
    return absent(other) && first && absent(again) ? 0 : 1;
  });
  EXPECT_EQ(status, 0);
}

TEST(TraceEvents, LeaveDescriptorsOfOtherNamesAlone) {
  const int status = with_descriptors({"metrics.socket"}, [] {
    const TraceEvents events = TraceEvents::handed_over();
    return events.empty() && ::fcntl(3, F_GETFD) >= 0 ? 0 : 1;
  });
  EXPECT_EQ(status, 0);
}

TEST(TraceEvents, AreEmptyWhereNoneWereHandedOver) {
  EXPECT_TRUE(TraceEvents::handed_over().empty());
}

}  // namespace
}  // namespace slewd::os
