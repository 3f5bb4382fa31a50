// `slewd demo`: the real engine, exporter, rules and remedies, with everything outside them
// embedded. Unprivileged, needs no network, touches nothing of the machine.
#pragma once

#include <optional>

#include "base/timeline.hpp"

namespace slewd::app {

struct DemoOptions {
  std::optional<Nanos> length;  // ends by itself after this
  bool check = false;           // exit status 0 only if every chapter happened
  bool verbose = false;         // the daemon's own log on stderr as well
  int port = 10123;             // of the page; another one when it is taken
};

// The exit status.
[[nodiscard]] int run_demo(const DemoOptions& options);

}  // namespace slewd::app
