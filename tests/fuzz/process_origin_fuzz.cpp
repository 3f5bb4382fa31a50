// SPDX-License-Identifier: Apache-2.0
// Any text as a /proc/<pid>/cgroup, and as a name and command line: what comes out is short and
// printable.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/os/machine/known_discipliners.hpp"
#include "agent/os/trace/process_origin.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string origin = slewd::os::origin_of(text);
  SLEWD_CHECK(origin.size() < 200);
  SLEWD_CHECK(std::ranges::all_of(origin, [](char each) { return each >= ' ' && each <= '~'; }));
  for (const std::string_view comm : {"chronyd", "ntpd", "phc2sys", "VBoxService", "slewd"}) {
    const auto program = slewd::os::steering_program(comm, text);
    SLEWD_CHECK(!program || program->size() < 32);
  }
  return 0;
}
