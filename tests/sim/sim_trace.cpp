// SPDX-License-Identifier: Apache-2.0
// Prints the trace hash of a few scenarios, one line each: `./dev determinism` compares the lines
// of g++ -O0, g++ -O2 and clang -O2. With an argument: that many days for each scenario.
#include <charconv>
#include <cstdio>
#include <string_view>

#include "tests/sim/engine_world.hpp"

namespace {

using namespace slewd;
using namespace std::chrono_literals;

void trace(const char* name, std::uint64_t seed, int days,
           void (*prepare)(tests::EngineWorld& run)) {
  tests::EngineWorld run(seed,
                         {.offset = 10ms, .oscillator = {.frequency = Ppm{10}, .wander = 1e-8}});
  prepare(run);
  run.start();
  run.world.run_for(days * 24h);
  std::printf("%s seed %llu: %016llx (%llu events)\n", name, static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(run.world.trace_hash()),
              static_cast<unsigned long long>(run.world.events_run()));
}

void lan(tests::EngineWorld& run) { run.add_server("a", {.delay = 100us, .jitter = 50us}); }

void wan_with_loss(tests::EngineWorld& run) {
  for (const char* name : {"a", "b", "c", "d"})
    run.add_server(name, {.delay = 20ms, .jitter = 2ms, .loss = 0.1});
}

void jumps(tests::EngineWorld& run) {
  lan(run);
  run.world.every(6h, [&run] { run.client.kernel().step(-11s); });
}

}  // namespace

int main(int argc, char** argv) {
  int days = 1;
  if (argc > 1) {
    const std::string_view text = argv[1];
    const auto read = std::from_chars(text.data(), text.data() + text.size(), days);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || days < 1) {
      (void)std::fprintf(stderr, "sim_trace: '%s' is no number of days\n", argv[1]);
      return 2;
    }
  }
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    trace("lan", seed, days, lan);
    trace("wan_with_loss", seed, days, wan_with_loss);
    trace("jumps", seed, days, jumps);
  }
  return 0;
}
