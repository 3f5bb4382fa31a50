// SPDX-License-Identifier: Apache-2.0
// `slewd-lab demo`: the real engine, exporter, rules and remedies, with everything outside them
// embedded. Needs no privileges and no network, and changes nothing on the machine.
#pragma once

#include <optional>

#include "base/timeline.hpp"

namespace slewd::lab {

inline constexpr int kDemoPort = 10123;

struct DemoOptions {
  std::optional<Nanos> length;  // ends after this
  bool check = false;           // exit status 0 only if all steps happened
  bool verbose = false;         // the daemon's own log on stderr as well
  std::optional<int> port;      // of the page; without one kDemoPort, or another if that is taken
};

// The exit status.
[[nodiscard]] int run_demo(const DemoOptions& options);

}  // namespace slewd::lab
