// SPDX-License-Identifier: Apache-2.0
// What the virtual world costs, with a core that looks each second and with one that is told:
// hundreds of seeds of hours are only run often when they are cheap. The bar is half a second of
// CPU for ten virtual days of one client.
#include <string>

#include <benchmark/benchmark.h>

#include "tests/sim/engine_world.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;

void ten_virtual_days(benchmark::State& state, bool at_rest) {
  for (auto _ : state) {
    core::CoreConfig config = EngineWorld::default_config();
    config.poll = {64s, 1024s};
    EngineWorld run(1, {.offset = 10ms, .oscillator = {.frequency = Ppm{10}, .wander = 1e-9}},
                    config);
    for (int i = 0; i < state.range(0); ++i)
      run.add_server("s" + std::to_string(i), {.delay = 100us, .jitter = 50us});
    run.start();
    run.engine().rely_on_witnesses(at_rest);
    run.world.run_for(240h);
    benchmark::DoNotOptimize(run.world.trace_hash());
  }
  state.SetLabel(std::to_string(state.range(0)) + " servers");
}
BENCHMARK_CAPTURE(ten_virtual_days, looks, false)->Arg(1)->Arg(4)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ten_virtual_days, rests, true)->Arg(1)->Arg(4)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace slewd::tests
