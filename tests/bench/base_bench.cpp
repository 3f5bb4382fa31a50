// SPDX-License-Identifier: Apache-2.0
// What reading a configuration costs: a reload runs beside a working clock.
#include <string>

#include <benchmark/benchmark.h>

#include "base/duration.hpp"
#include "base/json_document.hpp"

namespace slewd {
namespace {

// About as long as a full configuration: `members` objects of four members each.
std::string sample_json(int members) {
  std::string text = "{\n";
  for (int i = 0; i < members; ++i) {
    text += (i == 0 ? "" : ",\n") + ("  \"server" + std::to_string(i)) +
            R"(": {"address": "ntp.example.org", "poll": ["64s", "1024s"], "burst": true, "n": 3})";
  }
  return text + "\n}\n";
}

void parse_json_text(benchmark::State& state) {
  const std::string text = sample_json(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(parse_json(text, "bench"));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(parse_json_text)->Arg(16)->Arg(1024);

void parse_duration_text(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(parse_duration("1h30m"));
  }
}
BENCHMARK(parse_duration_text);

}  // namespace
}  // namespace slewd
