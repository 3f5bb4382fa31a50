// SPDX-License-Identifier: Apache-2.0
// Any text as the list of tracepoints and as a format file of the kernel: refused with a short
// message, or a list that survives being written and read.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/os/trace/tracepoint_list.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const slewd::os::TracepointName& name : slewd::os::traced_names()) {
    const auto point = slewd::os::parse_tracepoint_format(name, text);
    SLEWD_CHECK(!point || point->id != 0);
  }
  const auto list = slewd::os::parse_tracepoints(text);
  if (!list) {
    SLEWD_CHECK(list.error().describe().size() < 300);
    return 0;
  }
  const auto again = slewd::os::parse_tracepoints(slewd::os::format_tracepoints(*list));
  SLEWD_CHECK(again && *again == *list);
  return 0;
}
