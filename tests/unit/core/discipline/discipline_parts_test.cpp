// SPDX-License-Identifier: Apache-2.0
// The parts of Discipline, each by itself. How they work together is tested with whole engines
// (tests/sim/engine_*_test.cpp).
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "agent/core/discipline/drift_file.hpp"
#include "agent/core/discipline/external_steering.hpp"
#include "agent/core/discipline/kernel_flags.hpp"
#include "agent/core/discipline/kernel_steering.hpp"
#include "agent/core/discipline/legacy_timer.hpp"
#include "agent/core/discipline/step_policy.hpp"

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

class PartsDriver final : public ClockDriver {
 public:
  Result<void> set_frequency(Ppm total) override { return call("frequency", total.value); }
  Result<void> start_singleshot(Nanos amount) override { return call("shot", to_seconds(amount)); }
  Result<void> step(Nanos amount) override { return call("step", to_seconds(amount)); }
  Result<void> publish_status(const KernelStatus& status) override {
    return call("status", status.synchronized ? 1 : 0);
  }
  [[nodiscard]] Result<KernelReadback> read_back() const override { return kernel; }
  [[nodiscard]] Ppm max_frequency() const override { return Ppm{100'000}; }

  KernelReadback kernel{.frequency = Ppm{0}, .tick = Ppm{0}};
  std::optional<ErrorCode> fails;
  std::vector<std::pair<std::string, double>> calls;

 private:
  Result<void> call(const char* name, double value) {
    calls.emplace_back(name, value);
    if (fails) return fail(*fails, "refused");
    return {};
  }
};

class PartsWorld final : public Clock, public Timers, public DriftStore, public Observer {
 public:
  [[nodiscard]] ClockReading now() const override { return reading; }
  TimerId at(MonoTime when, std::function<void()>) override {
    timer = when;
    return TimerId{1};
  }
  void cancel(TimerId) override { timer.reset(); }
  [[nodiscard]] std::optional<DriftRecord> load() override { return stored; }
  Result<void> save(const DriftRecord& record) override {
    if (disk_full) return fail(ErrorCode::unavailable, "no space");
    stored = record;
    return {};
  }
  void on_decision(const Decision&) override {}
  void on_transition(const PhaseTransition&) override {}
  void on_jump(const ClockEvent&) override {}
  void on_jump_refined(const ClockEvent&) override {}
  void on_note(Severity, std::string_view text) override { notes.emplace_back(text); }

  ClockReading reading{.mono = MonoTime{100s},
                       .raw = RawTime{100s},
                       .boot = BootTime{100s},
                       .wall = WallTime{1'700'000'000s}};
  std::optional<MonoTime> timer;
  std::optional<DriftRecord> stored;
  bool disk_full = false;
  std::vector<std::string> notes;
};

struct SteeringBench {
  PartsWorld world;
  PartsDriver driver;
  DriftFile drift{world, world};
  KernelSteering steering{{world, driver, world, world, drift, [] {}}};
};

constexpr DriftRecord kBase{Ppm{12}, Ppm{1}};
const Slew kFrequencySlew{.rate = Ppm{100}, .duration = 16s};
const Slew kShot{
    .rate = Ppm{500}, .duration = 8s, .means = SlewMeans::single_shot, .amount = Nanos{8ms}};

TEST(KernelSteering, StoresTheBaseFrequencyBeforeASlewRuns) {
  SteeringBench bench;
  ASSERT_TRUE(bench.steering.steer(kBase, kFrequencySlew));
  ASSERT_TRUE(bench.world.stored);
  EXPECT_EQ(bench.world.stored->frequency, Ppm{12});
  EXPECT_EQ(bench.steering.programmed().total, Ppm{112});
  EXPECT_EQ(bench.world.timer, MonoTime{116s}) << "renewed or ended then";
}

TEST(KernelSteering, LaysNoRateOnTopOfWhatTheKernelStillFinishesOfAShot) {
  SteeringBench bench;
  ASSERT_TRUE(bench.steering.steer(kBase, kShot));
  EXPECT_TRUE(bench.steering.programmed().single_shot);
  EXPECT_EQ(bench.steering.programmed().total, Ppm{12});
  ASSERT_TRUE(bench.steering.steer(kBase, kFrequencySlew));
  EXPECT_FALSE(bench.steering.programmed().single_shot);
  EXPECT_EQ(bench.steering.programmed().total, Ppm{12}) << "rests";
  bench.world.reading.mono += 2s;
  ASSERT_TRUE(bench.steering.steer(kBase, kFrequencySlew));
  EXPECT_EQ(bench.steering.programmed().total, Ppm{112});
}

TEST(KernelSteering, ALostPermissionIsAnErrorAndAnyOtherFailureIsRetried) {
  SteeringBench bench;
  bench.driver.fails = ErrorCode::unavailable;
  EXPECT_TRUE(bench.steering.steer(kBase, kFrequencySlew));
  EXPECT_EQ(bench.world.timer, MonoTime{101s});
  EXPECT_EQ(bench.steering.adjustments().other_failures, 1U);
  bench.driver.fails = ErrorCode::permission;
  EXPECT_FALSE(bench.steering.steer(kBase, kFrequencySlew));
  EXPECT_FALSE(bench.world.timer);
  EXPECT_EQ(bench.steering.adjustments().denied, 1U);
}

TEST(KernelSteering, ReleasesItsOwnSlewAndLeavesAnotherProgramsFrequency) {
  SteeringBench bench;
  ASSERT_TRUE(bench.steering.steer(kBase, kFrequencySlew));
  bench.driver.kernel.frequency = Ppm{112};
  bench.steering.release(kBase.frequency);
  EXPECT_EQ(bench.driver.calls.back(), std::pair(std::string("frequency"), 12.0));
  ASSERT_TRUE(bench.steering.steer(kBase, kFrequencySlew));
  bench.driver.kernel.frequency = Ppm{-40};
  const auto before = bench.driver.calls.size();
  bench.steering.release(kBase.frequency);
  EXPECT_EQ(bench.driver.calls.size(), before);
}

TEST(KernelSteering, ItsOwnStepsAreTakenOnceAsOne) {
  SteeringBench bench;
  ASSERT_TRUE(bench.steering.step(2s, "why"));
  ASSERT_TRUE(bench.steering.step(-500ms, "why"));
  EXPECT_EQ(bench.steering.take_own_step(), Nanos(1500ms));
  EXPECT_FALSE(bench.steering.take_own_step());
  EXPECT_EQ(bench.steering.adjustments().steps, 2U);
}

TEST(DriftFile, IgnoresAFrequencyThatIsALeftoverSlew) {
  PartsWorld world;
  DriftFile drift(world, world);
  world.stored = DriftRecord{Ppm{501}, Ppm{1}};
  EXPECT_FALSE(drift.load());
  world.stored = DriftRecord{Ppm{499}, Ppm{1}};
  EXPECT_TRUE(drift.load());
}

TEST(DriftFile, StoresWhatIsFirstOrWellKnownAndHasChanged) {
  PartsWorld world;
  DriftFile drift(world, world);
  drift.save_if_changed({Ppm{10}, Ppm{50}});
  EXPECT_EQ(world.stored->frequency, Ppm{10}) << "the first";
  drift.save_if_changed({Ppm{20}, Ppm{50}});
  drift.save_if_changed({Ppm{10.05}, Ppm{1}});
  EXPECT_EQ(world.stored->frequency, Ppm{10});
  drift.save_if_changed({Ppm{20}, Ppm{1}});
  EXPECT_EQ(world.stored->frequency, Ppm{20});
}

TEST(DriftFile, AFailureIsLoggedOnceUntilItSucceedsAgain) {
  PartsWorld world;
  DriftFile drift(world, world);
  world.disk_full = true;
  drift.save_if_changed(kBase);
  drift.save_if_changed(kBase);
  EXPECT_EQ(world.notes.size(), 1U);
  world.disk_full = false;
  drift.save_if_changed(kBase);
  EXPECT_EQ(world.stored->frequency, kBase.frequency);
}

TEST(KernelFlags, AreSetAgainOnlyWhereTheyNoLongerHold) {
  PartsDriver driver;
  KernelFlags flags(driver);
  const KernelStatus status{.synchronized = true, .max_error = 10ms};
  ASSERT_TRUE(flags.publish(status, MonoTime{100s}));
  ASSERT_TRUE(flags.publish(status, MonoTime{101s}));
  EXPECT_EQ(driver.calls.size(), 1U);
  EXPECT_TRUE(flags.arm_leap(Leap::insert));
  ASSERT_TRUE(flags.publish(status, MonoTime{102s}));
  EXPECT_EQ(driver.calls.size(), 2U) << "the leap second is new";
  ASSERT_TRUE(flags.publish({.synchronized = true, .max_error = 90ms}, MonoTime{103s}));
  EXPECT_EQ(driver.calls.size(), 3U) << "the kernel's bound has become too small";
}

TEST(KernelFlags, AClockThatWasSetClearsThem) {
  PartsDriver driver;
  KernelFlags flags(driver);
  const Result<KernelReadback> cleared = KernelReadback{.frequency = Ppm{0}, .tick = Ppm{0}};
  EXPECT_FALSE(flags.cleared(&cleared)) << "nothing was published";
  ASSERT_TRUE(flags.publish({.synchronized = true, .max_error = 10ms}, MonoTime{100s}));
  EXPECT_FALSE(flags.cleared(nullptr));
  EXPECT_TRUE(flags.cleared(&cleared));
  EXPECT_FALSE(flags.published_synchronized());
}

TEST(ExternalSteering, ModeAutoStandsAsideForAKnownProcessAndModeTakeoverDoesNot) {
  CoreConfig config;
  ExternalSteering external(config);
  EXPECT_FALSE(external.yields());
  EXPECT_TRUE(external.set_process("chronyd (process 812)"));
  EXPECT_FALSE(external.set_process("chronyd (process 812)"));
  EXPECT_TRUE(external.yields());
  EXPECT_FALSE(external.takes_back(MonoTime{}));
  config.mode = Mode::takeover;
  EXPECT_FALSE(external.yields());
}

TEST(ExternalSteering, TakeoverGivesUpAfterEightTimesInARow) {
  CoreConfig config;
  config.mode = Mode::takeover;
  ExternalSteering external(config);
  MonoTime now{100s};
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(external.takes_back(now += 50min));
  EXPECT_FALSE(external.takes_back(now += 50min));
  external.reset();
  EXPECT_TRUE(external.takes_back(now));
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(external.takes_back(now += 61min)) << "not in a row";
}

TEST(ExternalSteering, ReturnsOnlyWhereItStoodAsideAndNoKnownProcessRuns) {
  const CoreConfig config;
  ExternalSteering external(config);
  EXPECT_FALSE(external.may_return());
  external.set_stood_aside(true);
  EXPECT_TRUE(external.may_return());
  external.set_process("ntpd (process 7)");
  EXPECT_FALSE(external.may_return());
}

TEST(LegacyTimer, BeatsOnceAfterItsPaceAndIsStartedAnewByASample) {
  LegacyTimer timer;
  EXPECT_FALSE(timer.runs());
  timer.restart(MonoTime{100s}, 64s);
  EXPECT_FALSE(timer.take_beat(MonoTime{164s})) << "a sample may come together with it";
  timer.restart(MonoTime{164s}, 64s);
  EXPECT_FALSE(timer.take_beat(MonoTime{200s}));
  EXPECT_EQ(timer.take_beat(MonoTime{229s}), MonoTime{228s});
  EXPECT_FALSE(timer.runs());
  timer.restart(MonoTime{228s}, std::nullopt);
  EXPECT_FALSE(timer.runs());
}

// A clock that is `behind`, as `sources` agree.
struct PolicyBench {
  explicit PolicyBench(Nanos behind, std::size_t sources = 2) { believe(behind, sources); }
  void believe(Nanos behind, std::size_t sources) {
    const ClockReading& now = world.reading;
    Reference reference;
    reference.sources = sources;
    state.accept({.at = now.raw, .phase = now.wall.since_epoch - now.raw.since_epoch + behind},
                 reference, now);
  }

  PartsWorld world;
  CoreConfig config;
  PlausibleTime plausible{WallTime{}, "the test"};
  ClockState state{Ppm{2500}};
  StepPolicy steps{{config, state, plausible, world}};
};

TEST(StepPolicy, TheStartUpStepIsOverWithTheFirstSyncOrWhenItIsSkipped) {
  PolicyBench bench(10s);
  EXPECT_EQ(bench.steps.startup_decision(bench.world.reading), StepDecision::step);
  EXPECT_FALSE(bench.steps.ever_synchronized());
  bench.steps.skip_startup();
  EXPECT_EQ(bench.steps.startup_decision(bench.world.reading), StepDecision::slew);
  EXPECT_FALSE(bench.steps.ever_synchronized());
  bench.steps.on_sync();
  EXPECT_TRUE(bench.steps.ever_synchronized());
}

TEST(StepPolicy, ALargeStepThatALoneSourceShowsWaits) {
  PolicyBench bench(3000s, 1);
  EXPECT_EQ(bench.steps.startup_decision(bench.world.reading), StepDecision::wait);
  bench.believe(3000s, 2);
  EXPECT_EQ(bench.steps.startup_decision(bench.world.reading), StepDecision::step);
}

TEST(StepPolicy, AFirstSyncOfALoneSourceThatTheOthersContradictForLongIsReviewed) {
  PolicyBench bench(5000s);
  bench.steps.end_startup(bench.world.reading);
  bench.steps.on_sync();
  const std::optional<AlarmView> alarm = AlarmView{AlarmReason::beyond_panic, "far off"};
  bench.steps.review_first_sync(Phase::alarm, alarm, bench.world.reading);
  EXPECT_TRUE(bench.steps.ever_synchronized()) << "not at once";
  bench.world.reading.mono += 16min;
  bench.steps.review_first_sync(Phase::alarm, alarm, bench.world.reading);
  EXPECT_FALSE(bench.steps.ever_synchronized());
  EXPECT_EQ(bench.steps.startup_decision(bench.world.reading), StepDecision::step);
  EXPECT_EQ(bench.world.notes.size(), 1U);
}

TEST(StepPolicy, APauseIsSteppedForwardUpToWhatTheWitnessesHaveMeasured) {
  PolicyBench bench(20s, 1);
  bench.steps.allow_pause_step(30s, 30s, 0s);
  EXPECT_FALSE(bench.steps.take_pause_step(true, bench.world.reading)) << "not so configured";
  bench.config.jumps.after_pause = AfterPause::step_forward;
  bench.steps.allow_pause_step(10s, 30s, 0s);
  EXPECT_FALSE(bench.steps.take_pause_step(true, bench.world.reading)) << "waits for a second one";
  bench.believe(20s, 2);
  EXPECT_EQ(bench.steps.take_pause_step(true, bench.world.reading), Nanos(20s));
  EXPECT_FALSE(bench.steps.take_pause_step(true, bench.world.reading)) << "once";
}

}  // namespace
}  // namespace slewd::core
