// SPDX-License-Identifier: Apache-2.0
// What a scrape costs at about 500 series: the first of a generation, and those that find its page
// cached. The bar of docs/design/testing.md is 0.1 ms of CPU for a plain scrape.
#include <memory>

#include <benchmark/benchmark.h>

#include "exporter/api/endpoints.hpp"

#include "tests/unit/exporter/sample_data.hpp"

namespace slewd::exporter {
namespace {

struct World {
  FakeClock clock;
  core::SnapshotBoard snapshots;
  rules::StatusBoard statuses;
  core::Snapshot snapshot = sample_snapshot(clock.now());
  Endpoints endpoints{{.snapshots = snapshots,
                       .statuses = statuses,
                       .clock = clock,
                       .build = {.version = "bench", .revision = "", .compiler = "", .node = ""}}};

  World() {
    // 8 sources and 8 rules, which with the fixed part make more than 500 series.
    for (int i = 0; i < 3; ++i) {
      snapshot.sources.push_back(snapshot.sources.front());
      snapshot.sources.back().name = "more" + std::to_string(i);
    }
    auto status = sample_status(clock.now());
    for (int i = 0; i < 6; ++i) {
      status.rules.push_back(status.rules.front());
      status.rules.back().name = "more" + std::to_string(i);
    }
    statuses.publish(std::make_shared<rules::Status>(status));
    publish();
  }
  void publish() {
    ++snapshot.generation;
    snapshots.publish(std::make_shared<core::Snapshot>(snapshot));
  }
  std::size_t scrape(const Request& request) {
    const Response response = endpoints.handle(request);
    return response_head(response, true).size() + response.body_size();
  }
};

Request ask(const char* path, const char* accept) {
  Request request;
  request.method = "GET";
  request.path = path;
  request.accept = accept;
  return request;
}

void rendered_scrape(benchmark::State& state, const char* accept) {
  World world;
  const Request request = ask("/metrics", accept);
  std::size_t bytes = 0;
  for (auto _ : state) {
    world.publish();
    bytes = world.scrape(request);
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK_CAPTURE(rendered_scrape, text, "");
BENCHMARK_CAPTURE(rendered_scrape, open_metrics, "application/openmetrics-text");

void cached_scrape(benchmark::State& state) {
  World world;
  const Request request = ask("/metrics", "");
  for (auto _ : state) benchmark::DoNotOptimize(world.scrape(request));
}
BENCHMARK(cached_scrape);

void status_json(benchmark::State& state) {
  World world;
  const Request request = ask("/api/v1/status", "");
  for (auto _ : state) benchmark::DoNotOptimize(world.scrape(request));
}
BENCHMARK(status_json);

}  // namespace
}  // namespace slewd::exporter
