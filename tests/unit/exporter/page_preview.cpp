// Serves the status page with made-up data on a loopback port until interrupted: to look at it.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "exporter/http_server.hpp"

#include "tests/unit/exporter/sample_data.hpp"

int main(int argc, char** argv) {
  using namespace slewd;
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  exporter::FakeClock clock;
  core::SnapshotBoard snapshots;
  rules::StatusBoard statuses;
  snapshots.publish(std::make_shared<core::Snapshot>(exporter::sample_snapshot(clock.now())));
  statuses.publish(std::make_shared<rules::Status>(exporter::sample_status(clock.now())));
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
    std::fprintf(stderr, "%s\n", server.error().describe().c_str());
    return EXIT_FAILURE;
  }
  std::printf("http://127.0.0.1:%d/\n", (*server)->port());
  std::fflush(stdout);
  int signal = 0;
  ::sigwait(&signals, &signal);
  return EXIT_SUCCESS;
}
