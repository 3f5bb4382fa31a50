// SPDX-License-Identifier: Apache-2.0
// Time that the hypervisor gave to other machines while ours had work to do ("steal" in /proc/stat,
// proc(5)).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/timeline.hpp"

namespace slewd::os {

// The eighth number of the first line, "cpu  ...": ticks of all processors since boot. Empty where
// the kernel does not count it (before 2.6.11) or the text is not that of /proc/stat.
[[nodiscard]] std::optional<std::uint64_t> parse_steal(std::string_view stat);

// The mean over the processors that are at work. Each increase is divided by how many there are
// then, so that a processor that comes or goes does not look like stolen time.
class StealMeter {
 public:
  // `ticks_per_second` is the kernel's USER_HZ, above zero.
  explicit StealMeter(long ticks_per_second) : ticks_per_second_(ticks_per_second) {}

  // `processors` above zero. A sum that shrinks, as after a migration, adds nothing.
  Nanos add(std::uint64_t ticks, long processors);

 private:
  long ticks_per_second_;
  std::uint64_t last_ = 0;
  double mean_ = 0;  // ticks
};

}  // namespace slewd::os
