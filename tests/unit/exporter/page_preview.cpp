// SPDX-License-Identifier: Apache-2.0
// Serves the status page with made-up data on a loopback port until interrupted: to look at it.
// page_preview [PORT [calm|start|slew]]
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "exporter/http_server.hpp"

#include "tests/unit/exporter/sample_data.hpp"

namespace {

using namespace slewd;
using namespace std::chrono_literals;

// Nothing is known yet.
core::Snapshot starting(const core::ClockReading& now) {
  core::Snapshot snapshot;
  snapshot.generation = 1;
  snapshot.taken = now;
  snapshot.published = now.mono;
  snapshot.due = now.mono;
  snapshot.started = now.boot - 2s;
  snapshot.phase.since = now.mono - 2s;
  snapshot.observe_reason = "no CAP_SYS_TIME";
  return snapshot;
}

// Somebody has set the clock back by 11 s, and it is being slewed home at 5000 ppm.
core::Snapshot slewing(const core::ClockReading& now) {
  core::Snapshot snapshot = exporter::sample_snapshot(now);
  snapshot.clock.offset = 7200ms;
  snapshot.clock.slew_remaining = 7199ms;
  snapshot.clock.slew_rate = Ppm{5000};
  snapshot.clock.convergence = 1440s;
  snapshot.clock.error_bound = 7204ms;
  snapshot.clock.synchronized = false;
  snapshot.phase.phase = core::Phase::disrupted;
  std::vector<core::OffsetPoint> points(snapshot.offset_history.begin(),
                                        snapshot.offset_history.end());
  for (core::OffsetPoint& point : points) {
    const Nanos since = point.wall - (now.wall - 12min);
    if (since < 0s) continue;
    point.offset = 11s - since / 200;
    point.bound = point.offset + 4ms;
  }
  snapshot.offset_history = std::move(points);
  return snapshot;
}

core::Snapshot scene(const std::string& name, const core::ClockReading& now) {
  if (name == "start") return starting(now);
  if (name == "slew") return slewing(now);
  return exporter::sample_snapshot(now);
}

}  // namespace

int main(int argc, char** argv) {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  const std::string name = argc > 2 ? argv[2] : "calm";
  exporter::FakeClock clock;
  core::SnapshotBoard snapshots;
  rules::StatusBoard statuses;
  snapshots.publish(std::make_shared<core::Snapshot>(scene(name, clock.now())));
  if (name != "start") {
    statuses.publish(std::make_shared<rules::Status>(exporter::sample_status(clock.now())));
  }
  exporter::HttpOptions options;
  options.tcp[0].port =
      static_cast<std::uint16_t>(argc > 1 ? std::strtol(argv[1], nullptr, 10) : 0);
  auto server = exporter::HttpServer::start(
      std::move(options),
      {.snapshots = snapshots,
       .statuses = statuses,
       .clock = clock,
       .build = {.version = "0.1.0", .revision = "preview", .compiler = "g++", .node = "mail-1"}});
  if (!server) {
    std::cerr << server.error().describe() << "\n";
    return EXIT_FAILURE;
  }
  std::cout << "http://127.0.0.1:" << (*server)->port() << "/" << std::endl;
  int signal = 0;
  ::sigwait(&signals, &signal);
  return EXIT_SUCCESS;
}
