// SPDX-License-Identifier: Apache-2.0
#include "rules/window.hpp"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "rules/engine/evaluator.hpp"

#include "tests/unit/rules/rule_text.hpp"
#include "tests/unit/test_seed.hpp"

namespace slewd::rules {
namespace {

using namespace std::chrono_literals;

TEST(Window, IsUnknownUntilItHasSeenItsWholeLength) {
  Window window(Window::Keep::largest, 10s);
  for (Nanos time = 0s; time < 10s; time += 1s) {
    window.add(at(time), 5.0);
    EXPECT_FALSE(window.extreme(at(time))) << time.count();
  }
  window.add(at(10s), 1.0);
  EXPECT_EQ(window.extreme(at(10s)), 5.0);
}

TEST(Window, ForgetsWhatIsOlderThanItsLengthAndOneBucket) {
  Window window(Window::Keep::smallest, 60s);
  window.add(at(0s), -7.0);
  for (Nanos time = 1s; time <= 62s; time += 1s) {
    window.add(at(time), 3.0);
    if (time == 60s) {
      EXPECT_EQ(window.extreme(at(time)), -7.0);
    }
  }
  EXPECT_EQ(window.extreme(at(62s)), 3.0);
}

TEST(Window, StartsAfreshAfterAGap) {
  Window window(Window::Keep::largest, 10s);
  for (Nanos time = 0s; time <= 10s; time += 1s) window.add(at(time), 5.0);
  window.add(at(11s), std::nullopt);
  EXPECT_EQ(window.extreme(at(11s)), 5.0) << "a short absence is bridged";
  window.add(at(13s), std::nullopt);
  EXPECT_FALSE(window.extreme(at(13s)));
  window.add(at(14s), 5.0);
  EXPECT_FALSE(window.extreme(at(14s)));
  for (Nanos time = 15s; time <= 24s; time += 1s) window.add(at(time), 5.0);
  EXPECT_EQ(window.extreme(at(24s)), 5.0);
}

TEST(Window, NobodyLookingIsAGapToo) {
  Window window(Window::Keep::largest, 10s);
  for (Nanos time = 0s; time <= 10s; time += 1s) window.add(at(time), 5.0);
  window.add(at(30s), 1.0);
  EXPECT_FALSE(window.extreme(at(30s)));
}

TEST(Window, WorksBeforeTheOriginOfTimeToo) {
  Window window(Window::Keep::largest, 10s);
  for (Nanos time = -15s; time <= 0s; time += 1s) window.add(at(time), to_seconds(time));
  EXPECT_EQ(window.extreme(at(0s)), 0.0);
}

// Against the plain definition over all samples: never less than the window, never more than one
// bucket beyond it.
TEST(Window, AgreesWithThePlainDefinition) {
  const std::uint64_t seed = test_seed();
  std::mt19937_64 random(seed);
  const Nanos length = std::chrono::seconds(1 + random() % 600);
  const Nanos bucket = length / static_cast<int>(limits::kWindowBuckets);
  Window window(Window::Keep::largest, length);
  std::vector<std::pair<Nanos, double>> samples;
  Nanos now{};
  for (int i = 0; i < 5000; ++i) {
    now += Nanos{static_cast<std::int64_t>(random() % 2'000'000'000)};
    const auto value = static_cast<double>(random() % 1000);
    samples.emplace_back(now, value);
    window.add(at(now), value);
    const auto found = window.extreme(at(now));
    if (!found) continue;
    double least = -1;
    double most = -1;
    for (const auto& [time, sample] : samples) {
      if (now - time <= length - bucket) least = std::max(least, sample);
      if (now - time <= length + bucket) most = std::max(most, sample);
    }
    ASSERT_GE(*found, least) << "seed " << seed << " sample " << i;
    ASSERT_LE(*found, most) << "seed " << seed << " sample " << i;
  }
}

TEST(Window, ServesMaxOverAndMinOverInConditions) {
  const auto expression = Expression::compile(
      "max_over(abs(offset), 10s) < 20ms and min_over(offset, 10s) < 0s", Vocabulary{});
  ASSERT_TRUE(expression) << expression.error().describe();
  WindowMemory windows;
  const ProbeMemory probes;
  Facts facts;
  const auto look = [&](Nanos time, Nanos offset) {
    facts.set(Fact::offset, offset);
    return evaluate(*expression, facts, at(time), probes, windows);
  };
  for (Nanos time = 0s; time < 10s; time += 1s) EXPECT_TRUE(look(time, -5ms).truth().is_unknown());
  const Evaluation known = look(10s, 1ms);
  EXPECT_TRUE(known.truth().is_true());
  EXPECT_EQ(explain(*expression, known),
            "max_over(abs(offset), 10s)=5ms < 20ms: true; min_over(offset, 10s)=-5ms < 0s: true");
  EXPECT_TRUE(look(11s, 30ms).truth().is_false());
  EXPECT_EQ(windows.size(), 2U);
}

}  // namespace
}  // namespace slewd::rules
