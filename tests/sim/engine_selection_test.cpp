// Whom the engine follows when its sources differ, fall silent or refuse.
#include <gtest/gtest.h>

#include "tests/sim/engine_world.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;

const sim::LinkLaw kLan{.delay = 100us, .jitter = 50us};
const sim::LinkLaw kWan{.delay = 20ms, .jitter = 1ms};

sim::ClientConfig ten_off() {
  return {.offset = 10ms, .oscillator = {.frequency = Ppm{10}, .wander = 1e-9}};
}

TEST(EngineSelection, ALeapSecondIsAnnouncedByAMajorityOnly) {
  EngineWorld run(1, ten_off());
  std::vector<sim::ServerHost*> servers;
  for (const char* name : {"a", "b", "c"}) servers.push_back(&run.add_server(name, kWan));
  run.start();
  for (std::size_t announcing = 1; announcing <= servers.size(); ++announcing) {
    servers[announcing - 1]->personality.leap = core::Leap::insert;
    run.world.run_for(1h);
    EXPECT_EQ(run.snapshot()->clock.leap, announcing > 1 ? core::Leap::insert : core::Leap::none)
        << announcing << " of 3 announce it";
  }
}

TEST(EngineSelection, APoorServerThatAdmitsItIsNoGuide) {
  EngineWorld run(42, ten_off());
  for (const char* name : {"a", "b"}) run.add_server(name, kWan);
  sim::ServerHost& poor = run.add_server("poor", kLan);
  poor.personality.offset = 50ms;
  poor.personality.root_dispersion = 60ms;
  run.start();
  run.world.run_for(1h);
  run.reset_error();
  run.world.run_for(12h);
  EXPECT_LT(run.largest_error(), 10ms);
  EXPECT_TRUE(run.broken().empty());
  EXPECT_EQ(run.bound_violations(), 0U);
}

}  // namespace
}  // namespace slewd::tests
