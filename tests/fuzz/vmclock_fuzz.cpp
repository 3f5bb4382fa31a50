// SPDX-License-Identifier: Apache-2.0
// Any bytes as a vmclock page: refused with a message, or values that do not depend on what lies
// beyond the size that the page states.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "agent/os/machine/vmclock.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using slewd::os::parse_vmclock;
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto page = parse_vmclock(bytes);
  if (!page) {
    SLEWD_CHECK(!page.error().message().empty());
    return 0;
  }
  SLEWD_CHECK(!page->max_error || *page->max_error >= slewd::Nanos{0});
  SLEWD_CHECK(!to_string(page->status).empty() && !to_string(page->scale).empty());
  const std::size_t stated = data[4] + data[5] * 256UL + data[6] * 65536UL + data[7] * 16777216UL;
  std::vector<std::byte> longer(
      bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min(size, stated)));
  const auto again = parse_vmclock(longer);
  SLEWD_CHECK(again && again->generation == page->generation);
  SLEWD_CHECK(again->max_error == page->max_error && again->status == page->status);
  return 0;
}
