// SPDX-License-Identifier: Apache-2.0
// Whatever fails, hangs or lies around a planned step: each service ends as it was, or its start is
// in the undo log.
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "tests/unit/remedy/step/step_fakes.hpp"
#include "tests/unit/test_seed.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using rules::Ending;
using rules::OnFail;
using rules::Verb;

constexpr int kWorlds = 4000;

class RandomStep {
 public:
  explicit RandomStep(std::uint32_t seed) : random_(seed) {
    world.services.choose = [this](const std::string&) { return manner(); };
    for (auto& [name, up] : world.services.up) {
      up = one_in(4) == 0;
      before_[name] = up;
    }
    for (const char* target : {"dovecot", "varnish"})
      if (one_in(5) != 0) add_hook(target);
    world.fallback_timer.works = one_in(10) != 0;
    world.fallback_timer.silent = one_in(20) == 0;
    world.clock.silent = one_in(10) == 0;
    if (one_in(10) == 0) world.clock.error = "no";
    world.states_unknown = one_in(20) == 0;
    if (one_in(3) == 0) world.probes.state = rules::ProbeState::failed;
    world.clock.on_step = [this] { stepped_while_ += any_stopped_is_up(); };
  }

  void run() {
    const bool dies = one_in(4) == 0;
    world.ask();
    if (dies) die_and_recover();
    world.finish();
    EXPECT_FALSE(world.step->under_way()) << "it never ends";
    check();
    // Once actions work again, no undo stays pending. One that has begun before that may never
    // report: its timeout, a grace and the wait for the next try come first.
    world.services.choose = nullptr;
    world.reactor.advance(2min);
    EXPECT_EQ(world.left_stopped(), 0U);
    for (const auto& [name, up] : before_)
      EXPECT_EQ(world.services.up.at(name), up) << name << " for good";
    EXPECT_EQ(world.scheduler.views().size(), 1U);
  }

  StepWorld world;

 private:
  int one_in(int count) { return std::uniform_int_distribution(0, count - 1)(random_); }

  Manner manner() {
    switch (one_in(8)) {
      case 0:
        return {false, true, Ending::failed};
      case 1:
        return {true, true, Ending::failed};
      case 2:
        return {true, false, Ending::done};
      case 3:
        return {false, false, Ending::done};
      default:
        return {};
    }
  }

  void add_hook(const std::string& target) {
    constexpr std::array kOnFail{OnFail::next, OnFail::stop, OnFail::rollback};
    rules::StepHooks hooks;
    hooks.rule = target;
    hooks.dry_run = one_in(6) == 0;
    hooks.before = {service_link(Verb::stop, target, kOnFail.at(std::size_t(one_in(3))))};
    hooks.before[0].fallback_timer = std::chrono::seconds(5 + one_in(100));
    if (one_in(3) != 0) {
      hooks.after = {service_link(Verb::start, target, kOnFail.at(std::size_t(one_in(3))))};
      if (one_in(2) == 0) hooks.after[0].verify = rules::Verify{"dovecot.login", 1, 250ms, 3s};
    }
    hooks.deadline.hooks = std::chrono::seconds(1 + one_in(30));
    if (one_in(2) == 0) hooks.deadline.on_expiry = rules::StepExpiry::step;
    world.plan.hooks.push_back(hooks);
  }

  // The process ends somewhere, and another one begins.
  void die_and_recover() {
    world.reactor.advance(std::chrono::milliseconds(one_in(20'000)));
    world.start();
    world.step->recover();
    died_ = true;
    world.reactor.advance(2min);
  }

  int any_stopped_is_up() {
    int up = 0;
    for (const PendingUndo& undo : world.entries())
      if (undo.due - world.reactor.boot() < 1s) ++up;
    return up;
  }

  void check() {
    std::set<std::string> pending;
    for (const PendingUndo& entry : world.entries()) pending.insert(entry.rule);
    for (const auto& [name, up] : before_) {
      if (!up) {
        EXPECT_FALSE(world.services.up.at(name)) << name << " was not active and was started";
        EXPECT_FALSE(pending.contains(name));
      } else if (!world.services.up.at(name)) {
        EXPECT_TRUE(pending.contains(name)) << name << " is down without a pending undo";
        EXPECT_FALSE(world.errors.empty()) << "no error was reported";
      }
    }
    EXPECT_EQ(stepped_while_, 0)
        << "stepped although the fallback timer may have started something";
    if (died_) return;
    std::set<std::uint64_t> ids;
    for (const rules::Outcome& outcome : world.outcomes)
      EXPECT_TRUE(ids.insert(outcome.intent).second) << "two outcomes of " << outcome.intent;
    EXPECT_EQ(ids.size(), world.plan.hooks.size() + 1) << "an outcome is missing";
  }

  std::mt19937 random_;
  std::map<std::string, bool> before_;
  int stepped_while_ = 0;
  bool died_ = false;
};

TEST(PlannedStepInAnyWorld, EndsWithEachServiceAsItWasOrOwedAndTold) {
  const std::uint32_t first = test_seed();
  for (std::uint32_t i = 0; i < kWorlds && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE("seed " + std::to_string(first + i));
    RandomStep(first + i).run();
  }
}

}  // namespace
}  // namespace slewd::remedy
