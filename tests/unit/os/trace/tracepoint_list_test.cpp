// SPDX-License-Identifier: Apache-2.0
#include "agent/os/trace/tracepoint_list.hpp"

#include <gtest/gtest.h>

namespace slewd::os {
namespace {

constexpr std::string_view kSettime =
    "name: sys_enter_clock_settime\n"
    "ID: 482\n"
    "format:\n"
    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
    "\n"
    "\tfield:int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1;\n"
    "\tfield:const clockid_t which_clock;\toffset:16;\tsize:8;\tsigned:0;\n"
    "\tfield:const struct __kernel_timespec * tp;\toffset:24;\tsize:8;\tsigned:0;\n";
constexpr std::string_view kExit =
    "name: sched_process_exit\nID: 369\nformat:\n"
    "\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
    "\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;\n";

TracepointName name_of(Traced what) {
  for (const TracepointName& each : traced_names())
    if (each.what == what) return each;
  return {};
}

TEST(TracepointList, NumberAndFieldAreReadFromTheKernelsFormat) {
  EXPECT_EQ(parse_tracepoint_format(name_of(Traced::clock_settime), kSettime),
            (Tracepoint{Traced::clock_settime, 482, 16}));
  EXPECT_EQ(parse_tracepoint_format(name_of(Traced::process_exit), kExit),
            (Tracepoint{Traced::process_exit, 369, 8}));
  EXPECT_EQ(parse_tracepoint_format(name_of(Traced::settimeofday), "ID: 449\n"),
            (Tracepoint{Traced::settimeofday, 449, 0}));
}

TEST(TracepointList, AFormatWithoutNumberOrFieldIsUnknown) {
  for (const std::string_view text :
       {"", "ID: 7\n", "ID: 70000\n", "\tfield:char comm[16];\toffset:8;\n",
        "ID: 7\n\tfield:char comm[16];\n", "ID: 7\n\tfield:__data_loc char[] comm;\toffset:8;\n",
        "ID: 7\n\tfield:char command[16];\toffset:8;\n"}) {
    const auto parsed = parse_tracepoint_format(name_of(Traced::process_exit), text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code(), ErrorCode::unsupported);
  }
}

TEST(TracepointList, WhatIsWrittenIsReadBack) {
  const TracepointList list{
      {Traced::clock_settime, 482, 16}, {Traced::adjtimex, 447, 0}, {Traced::process_exit, 369, 8}};
  EXPECT_EQ(format_tracepoints(list),
            "syscalls/sys_enter_clock_settime 482 16\n"
            "syscalls/sys_enter_adjtimex 447 0\n"
            "sched/sched_process_exit 369 8\n");
  EXPECT_EQ(parse_tracepoints(format_tracepoints(list)), list);
}

TEST(TracepointList, ABadLineIsNamed) {
  const std::string good = "syscalls/sys_enter_settimeofday 449 0\n";
  for (const std::string_view bad :
       {"syscalls/sys_enter_execve 59 0", "syscalls/sys_enter_adjtimex 447",
        "syscalls/sys_enter_adjtimex 0 0", "syscalls/sys_enter_adjtimex 447 -1",
        "syscalls/sys_enter_adjtimex 65536 0", "syscalls/sys_enter_adjtimex 447 0 0",
        "syscalls/sys_enter_settimeofday 450 0", " "}) {
    const auto parsed = parse_tracepoints(good + std::string(bad));
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code(), ErrorCode::invalid);
    EXPECT_NE(parsed.error().describe().find("line 2"), std::string::npos);
  }
}

TEST(TracepointList, AListThatShowsNobodyWhoSetsIsOfNoUse) {
  for (const std::string_view text : {"", "\n", "syscalls/sys_enter_adjtimex 447 0\n"}) {
    const auto parsed = parse_tracepoints(text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code(), ErrorCode::unsupported);
  }
}

}  // namespace
}  // namespace slewd::os
