// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/probe_scheduler.hpp"

#include <gtest/gtest.h>

#include "tests/unit/remedy/fakes.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using rules::ProbeSpec;
using rules::ProbeState;
using rules::ProbeView;

ProbeSpec spec(const std::string& name, Nanos every = 1s) {
  ProbeSpec wanted;
  wanted.name = name;
  wanted.every = every;
  return wanted;
}

ProbeSpec resting_spec(const std::string& name) {
  ProbeSpec wanted = spec(name);
  wanted.rest = 30s;
  return wanted;
}

class Scheduler : public testing::Test {
 protected:
  // Its first run is under way.
  void configure_one(const ProbeSpec& wanted = spec("a.x")) {
    scheduler.configure({wanted});
    reactor.settle();
  }
  ProbeView view(std::size_t index = 0) { return scheduler.views().at(index); }

  TestReactor reactor;
  FakeProbes fakes{reactor};
  std::vector<std::string> changes;
  ProbeScheduler scheduler{
      reactor, fakes.maker(), [this](const ProbeView& changed) {
        changes.push_back(changed.name + " " + std::string(rules::to_string(changed.state)));
      }};
};

TEST_F(Scheduler, RunsAtItsCadenceWithOneRunInFlight) {
  scheduler.configure({spec("a.x")});
  EXPECT_EQ(view().state, ProbeState::unknown);
  reactor.settle();
  EXPECT_EQ(fakes.started["a.x"], 1);
  reactor.advance(5s);
  EXPECT_EQ(fakes.started["a.x"], 1) << "a second run beside one in flight";
  fakes.end("a.x", ProbeState::ok, "fine");
  reactor.settle();
  EXPECT_EQ(fakes.started["a.x"], 2) << "late runs follow at once";
  fakes.end("a.x", ProbeState::ok, "fine");
  reactor.advance(999ms);
  EXPECT_EQ(fakes.started["a.x"], 2);
  reactor.advance(1ms);
  EXPECT_EQ(fakes.started["a.x"], 3);
}

TEST_F(Scheduler, TellsEachChangeOnceAndAtOnce) {
  configure_one();
  fakes.end("a.x", ProbeState::ok, "fine");
  EXPECT_EQ(changes, (std::vector<std::string>{"a.x ok"}));
  const MonoTime since = view().since;
  reactor.advance(1s);
  fakes.end("a.x", ProbeState::ok, "finer");
  EXPECT_EQ(changes.size(), 1U);
  EXPECT_EQ(view().since, since);
  EXPECT_EQ(view().detail, "finer");
  reactor.advance(1s);
  fakes.end("a.x", ProbeState::failed, "broken");
  EXPECT_EQ(changes.back(), "a.x failed");
  EXPECT_EQ(view().since, reactor.now());
  EXPECT_EQ(view().runs, 3U);
  EXPECT_EQ(view().failures, 1U);
  EXPECT_EQ(view().kind, "tcp");
}

TEST_F(Scheduler, ARunThatCannotAskLeavesTheStateUnknown) {
  configure_one();
  fakes.end("a.x", ProbeState::unknown, "no password file");
  EXPECT_TRUE(changes.empty());
  EXPECT_EQ(view().failures, 0U);
  EXPECT_EQ(view().detail, "no password file");
}

TEST_F(Scheduler, RunNowReplacesAScheduledRunThatHangs) {
  configure_one();
  std::vector<ProbeState> answers;
  scheduler.run_now("a.x", [&](const ProbeResult& result) { answers.push_back(result.state); });
  EXPECT_EQ(fakes.started["a.x"], 2);
  fakes.end("a.x", ProbeState::ok);
  EXPECT_EQ(answers, (std::vector<ProbeState>{ProbeState::ok}));
  EXPECT_EQ(view().runs, 1U) << "the dropped run is not counted";
}

TEST_F(Scheduler, TwoCallersGetARunEachThatBeganAfterTheirCall) {
  configure_one();
  std::vector<int> answers;
  scheduler.run_now("a.x", [&](const ProbeResult&) { answers.push_back(1); });
  scheduler.run_now("a.x", [&](const ProbeResult&) { answers.push_back(2); });
  EXPECT_EQ(fakes.started["a.x"], 2);
  fakes.end("a.x", ProbeState::failed);
  EXPECT_EQ(answers, (std::vector<int>{1}));
  reactor.settle();
  EXPECT_EQ(fakes.started["a.x"], 3);
  fakes.end("a.x", ProbeState::ok);
  EXPECT_EQ(answers, (std::vector<int>{1, 2}));
}

TEST_F(Scheduler, AForgottenRequestIsNotAnswered) {
  scheduler.configure({spec("a.x")});
  std::vector<int> answers;
  std::uint64_t second = 0;
  scheduler.run_now("a.x", [&](const ProbeResult&) {
    answers.push_back(1);
    scheduler.forget(second);
  });
  second = scheduler.run_now("a.x", [&](const ProbeResult&) { answers.push_back(2); });
  fakes.end("a.x", ProbeState::ok);
  reactor.settle();
  fakes.end("a.x", ProbeState::ok);
  EXPECT_EQ(answers, (std::vector<int>{1}));
  EXPECT_EQ(scheduler.run_now("no.probe", [](const ProbeResult&) {}), 0U);
}

TEST_F(Scheduler, RestartingTheClockDropsWhatWasFoundBefore) {
  configure_one();
  fakes.end("a.x", ProbeState::failed, "broken");
  reactor.advance(1s);
  ASSERT_TRUE(fakes.in_flight("a.x"));
  scheduler.restart_clock("a.x", "restart a");
  EXPECT_FALSE(fakes.in_flight("a.x")) << "this run began before the action had ended";
  EXPECT_EQ(view().state, ProbeState::unknown);
  EXPECT_EQ(view().since, reactor.now());
  EXPECT_EQ(view().detail, "not run since restart a");
  EXPECT_EQ(changes.back(), "a.x unknown");
  reactor.settle();
  EXPECT_TRUE(fakes.in_flight("a.x"));
}

TEST_F(Scheduler, RestartingTheClockDropsARunThatAnotherWaitsForAndAsksAgainForIt) {
  scheduler.configure({spec("a.x")});
  std::vector<ProbeState> answers;
  scheduler.run_now("a.x", [&](const ProbeResult& result) { answers.push_back(result.state); });
  ASSERT_TRUE(fakes.in_flight("a.x"));
  scheduler.restart_clock("a.x", "restart a");
  EXPECT_FALSE(fakes.in_flight("a.x")) << "this run began before the action had ended";
  EXPECT_TRUE(answers.empty());
  reactor.advance(0s);
  reactor.settle();
  const MonoTime again = reactor.now();
  ASSERT_TRUE(fakes.in_flight("a.x"));
  reactor.advance(2s);
  fakes.end("a.x", ProbeState::failed);
  EXPECT_EQ(answers, (std::vector<ProbeState>{ProbeState::failed}));
  EXPECT_EQ(view().since, again) << "failing since before the action";
}

TEST_F(Scheduler, AProbeThatRestsRunsOftenWhileItIsWatchedClosely) {
  configure_one(resting_spec("a.x"));
  fakes.end("a.x", ProbeState::ok);
  reactor.advance(29s);
  EXPECT_EQ(fakes.started["a.x"], 1);
  scheduler.watch_closely(reactor.now() + 2500ms);
  reactor.settle();
  EXPECT_EQ(fakes.started["a.x"], 2) << "at once: the last run is older than a second";
  for (int i = 0; i < 2; ++i) {
    fakes.end("a.x", ProbeState::ok);
    reactor.advance(1s);
  }
  EXPECT_EQ(fakes.started["a.x"], 4);
  reactor.advance(500ms);
  fakes.end("a.x", ProbeState::ok);
  reactor.advance(29s);
  EXPECT_EQ(fakes.started["a.x"], 4);
  reactor.advance(1s);
  EXPECT_EQ(fakes.started["a.x"], 5);
}

// Whether it was a lost run shows before the next jump has a chance to hide it.
TEST_F(Scheduler, AProbeThatRestsRunsOnceMoreAfterAFailure) {
  configure_one(resting_spec("a.x"));
  fakes.end("a.x", ProbeState::failed);
  EXPECT_FALSE(view().found_again);
  reactor.advance(1s);
  EXPECT_EQ(fakes.started["a.x"], 2);
  fakes.end("a.x", ProbeState::failed);
  EXPECT_EQ(view().found_again, reactor.now());
  reactor.advance(29s);
  EXPECT_EQ(fakes.started["a.x"], 2);
  reactor.advance(1s);
  EXPECT_EQ(fakes.started["a.x"], 3);
  fakes.end("a.x", ProbeState::ok);
  EXPECT_FALSE(view().found_again);
}

class FailingProbe : public Scheduler {
 protected:
  // How many runs begin in this time, each of which fails at once.
  int runs_in(Nanos time) {
    const int before = fakes.started["a.x"];
    const MonoTime end = reactor.now() + time;
    while (reactor.now() < end) {
      if (fakes.in_flight("a.x")) fakes.end("a.x", ProbeState::failed);
      reactor.advance(250ms);
    }
    return fakes.started["a.x"] - before;
  }
};

TEST_F(FailingProbe, RunsAtItsCadenceAtFirstAndThenBacksOff) {
  configure_one();
  EXPECT_EQ(runs_in(9s), 9);
  EXPECT_LE(runs_in(24s), 4) << "after 2, 4, 8 and 10 s";
  EXPECT_EQ(runs_in(10min), 60);
}

TEST_F(FailingProbe, RunsAtItsCadenceAgainOnceItPasses) {
  configure_one();
  runs_in(10min);
  scheduler.run_now("a.x", [](const ProbeResult&) {});
  fakes.end("a.x", ProbeState::ok);
  reactor.advance(1s);
  EXPECT_TRUE(fakes.in_flight("a.x"));
  EXPECT_GE(runs_in(9s), 8);
}

TEST_F(FailingProbe, RunsAtItsCadenceAgainAfterAnActionAndAfterAJump) {
  configure_one();
  runs_in(10min);
  scheduler.restart_clock("a.x", "restart a");
  reactor.settle();
  EXPECT_GE(runs_in(9s), 9);
  runs_in(10min);
  scheduler.watch_closely(reactor.now() + 1min);
  reactor.settle();
  EXPECT_GE(runs_in(9s), 9);
}

TEST_F(FailingProbe, NeverRunsMoreOftenThanItsCadence) {
  configure_one(spec("a.x", 1min));
  runs_in(11min);
  EXPECT_EQ(runs_in(10min), 10);
  scheduler.configure({resting_spec("a.x")});
  reactor.settle();
  runs_in(1min);
  EXPECT_EQ(runs_in(10min), 20) << "one that rests";
}

TEST_F(Scheduler, AReloadThatChangesHowLongAProbeRestsKeepsWhatItFound) {
  configure_one(resting_spec("a.x"));
  fakes.end("a.x", ProbeState::ok);
  reactor.advance(5s);
  scheduler.configure({spec("a.x")});
  EXPECT_EQ(view().state, ProbeState::ok);
  reactor.settle();
  EXPECT_EQ(fakes.started["a.x"], 2);
}

TEST_F(Scheduler, TellsWhenRunsFoundWhatTheyFound) {
  configure_one();
  fakes.end("a.x", ProbeState::ok);
  const MonoTime first = reactor.now();
  reactor.advance(1s);
  fakes.end("a.x", ProbeState::ok);
  EXPECT_EQ(view().first_found, first);
  EXPECT_EQ(view().last_found, first + 1s);
  reactor.advance(1s);
  const MonoTime began = reactor.now();
  reactor.advance(2s);
  fakes.end("a.x", ProbeState::failed);
  EXPECT_EQ(view().since, began);
  EXPECT_EQ(view().first_found, began + 2s);
}

TEST_F(Scheduler, ReconfiguringKeepsWhatHasNotChanged) {
  scheduler.configure({spec("a.x"), spec("b.y")});
  reactor.settle();
  fakes.end("a.x", ProbeState::ok);
  std::vector<ProbeState> answers;
  scheduler.run_now("b.y", [&](const ProbeResult& result) { answers.push_back(result.state); });
  scheduler.configure({spec("c.z"), spec("a.x")});
  EXPECT_EQ(answers, (std::vector<ProbeState>{ProbeState::unknown}));
  EXPECT_FALSE(fakes.in_flight("b.y"));
  EXPECT_EQ(view(1).state, ProbeState::ok);
  EXPECT_FALSE(scheduler.knows("b.y"));
  reactor.settle();
  EXPECT_TRUE(fakes.in_flight("c.z"));
  EXPECT_EQ(fakes.started["a.x"], 1);
  scheduler.configure({spec("a.x", 2s)});
  EXPECT_EQ(view().state, ProbeState::unknown) << "a changed probe starts anew";
}

TEST_F(Scheduler, AListenerMayReconfigureAndAskForRuns) {
  ProbeScheduler* self = nullptr;
  ProbeScheduler other(reactor, fakes.maker(), [&](const ProbeView& changed) {
    if (changed.state == ProbeState::failed) {
      self->run_now("a.x", [](const ProbeResult&) {});
      self->configure({});
    }
  });
  self = &other;
  other.configure({spec("a.x")});
  reactor.settle();
  fakes.end("a.x", ProbeState::failed);
  EXPECT_TRUE(other.views().empty());
  reactor.advance(10s);
  EXPECT_EQ(fakes.started["a.x"], 2);
}

}  // namespace
}  // namespace slewd::remedy
