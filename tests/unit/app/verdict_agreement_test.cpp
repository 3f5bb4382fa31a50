// SPDX-License-Identifier: Apache-2.0
// Whatever the snapshot, API, metrics and exit status say the same of the clock, and none says ok
// of a clock that is not. The snapshots are drawn at random, also such as no core would publish.
#include <cmath>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <prometheus/metric_family.h>

#include "agent/ctl/ctl_tables.hpp"
#include "base/duration.hpp"
#include "exporter/api/api.hpp"
#include "exporter/metrics/clock_metrics.hpp"
#include "exporter/metrics/families.hpp"
#include "exporter/verdict.hpp"

#include "tests/unit/exporter/sample_data.hpp"
#include "tests/unit/sanitizers.hpp"

namespace slewd::app {
namespace {

using namespace std::chrono_literals;
using core::Phase;
using core::SourceState;
using testing::HasSubstr;
using testing::Not;

constexpr int kSnapshots = kSanitized ? 500 : 20'000;

class Draw {
 public:
  explicit Draw(unsigned seed) : generator_(seed) {}
  bool chance(double share) { return std::bernoulli_distribution(share)(generator_); }
  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(generator_);
  }
  // Of any magnitude between `least` and `most`.
  Nanos time(Nanos least, Nanos most) {
    std::uniform_real_distribution<double> log(std::log(to_seconds(least)),
                                               std::log(to_seconds(most)));
    return from_seconds(std::exp(log(generator_)));
  }
  core::Snapshot snapshot();

 private:
  void spoil(core::Snapshot& snapshot);
  std::mt19937 generator_;
};

core::Snapshot Draw::snapshot() {
  core::Snapshot snapshot = exporter::sample_snapshot(exporter::kNow);
  // One fault alone must show as well as many together.
  const auto faults = below(4);
  for (std::size_t i = 0; i < faults; ++i) spoil(snapshot);
  return snapshot;
}

void Draw::spoil(core::Snapshot& snapshot) {
  core::ClockView& clock = snapshot.clock;
  switch (below(14)) {
    case 0:
      snapshot.phase.phase = core::kPhases[below(core::kPhases.size())];
      break;
    case 1:
      for (core::SourceView& source : snapshot.sources) source.reach = 0;
      break;
    case 2:
      for (core::SourceView& source : snapshot.sources)
        source.reach = static_cast<std::uint8_t>(below(256));
      break;
    case 3:
      snapshot.majority_lost = true;
      break;
    case 4:
      clock.error_bound = time(1us, 100s);
      break;
    case 5:
      snapshot.synchronized_bound = time(1us, 10s);
      break;
    case 6:
      clock.synchronized = false;
      break;
    case 7:
      clock.offset = time(1us, 10'000s) * (chance(0.5) ? 1 : -1);
      break;
    case 8:
      clock.offset.reset();
      if (chance(0.5)) clock.error_bound.reset();
      break;
    case 9:
      clock.last_update = exporter::kNow.mono - time(1s, 9h);
      if (chance(0.2)) clock.last_update.reset();
      break;
    case 10:
      snapshot.mode = core::Mode::observe;
      snapshot.steering = false;
      snapshot.phase.phase = Phase::observe;
      snapshot.kernel->unsynchronized = chance(0.5);
      snapshot.external.detected = chance(0.3);
      break;
    case 11:
      snapshot.steering = false;
      break;
    case 12:
      for (core::SourceView& source : snapshot.sources)
        source.state = core::kSourceStates[below(core::kSourceStates.size())];
      break;
    default:
      snapshot.due = exporter::kNow.mono + time(1s, 1h) * (chance(0.5) ? 1 : -1);
  }
}

// The value of a series, and whether there is one.
std::optional<double> series(const std::vector<prometheus::MetricFamily>& families,
                             std::string_view name, std::string_view label = {}) {
  for (const auto& family : families) {
    if (family.name != name) continue;
    for (const auto& sample : family.metric)
      if (label.empty() || sample.label.at(0).value == label) return sample.gauge.value;
  }
  return std::nullopt;
}

core::ClockReading later_by(Nanos time) {
  core::ClockReading now = exporter::kNow;
  now.mono += time;
  now.raw += time;
  now.boot += time;
  now.wall += time;
  return now;
}

struct Faces {
  Faces(const core::Snapshot& snapshot, const core::ClockReading& now)
      : text(exporter::status_json(snapshot, nullptr, {}, now)),
        api(nlohmann::json::parse(text)),
        exit(*status_exit(text)),
        table(*status_table(text)) {
    exporter::FamilySet set;
    exporter::add_clock_metrics(snapshot, now, set);
    exporter::add_moving_metrics(snapshot, now, set);
    metrics = set.take();
  }
  std::string text;
  nlohmann::json api;
  int exit;
  std::string table;
  std::vector<prometheus::MetricFamily> metrics;
};

void expect_the_same(const exporter::Verdict& verdict, const Faces& faces) {
  EXPECT_EQ(faces.api["verdict"]["level"], to_string(verdict.level));
  EXPECT_EQ(faces.api["verdict"]["text"], verdict.text);
  EXPECT_EQ(faces.api["synchronized"], verdict.synchronized);
  EXPECT_THAT(faces.table, HasSubstr(std::string(to_string(verdict.level)) + ": " + verdict.text));
  EXPECT_EQ(series(faces.metrics, "slewd_clock_synchronized"), verdict.synchronized ? 1 : 0);
  for (const exporter::Level level : exporter::kLevels)
    EXPECT_EQ(series(faces.metrics, "slewd_verdict", to_string(level)),
              level == verdict.level ? 1 : 0);
  EXPECT_EQ(faces.exit == 0, verdict.level == exporter::Level::ok);
  for (const char* what : {"offset", "error_bound"}) {
    const std::string name = std::string(what) + "_seconds";
    EXPECT_EQ(faces.api.contains(name), series(faces.metrics, "slewd_clock_" + name).has_value())
        << name;
  }
}

bool some_source_answers(const core::Snapshot& snapshot) {
  for (const core::SourceView& source : snapshot.sources)
    if (source.state != SourceState::noselect && source.reach != 0) return true;
  return false;
}

// What ok promises, by the fields alone.
void expect_no_false_ok(const core::Snapshot& snapshot, MonoTime now, const Faces& faces) {
  EXPECT_TRUE(faces.api["synchronized"]);
  EXPECT_TRUE(some_source_answers(snapshot));
  EXPECT_FALSE(snapshot.majority_lost);
  EXPECT_LE(now - snapshot.due, 60s);
  EXPECT_TRUE(snapshot.phase.phase == Phase::sync || snapshot.phase.phase == Phase::observe);
  ASSERT_TRUE(faces.api.contains("offset_seconds"));
  ASSERT_TRUE(faces.api.contains("error_bound_seconds"));
  const Nanos bound = from_seconds(faces.api["error_bound_seconds"].get<double>());
  EXPECT_LE(bound, snapshot.synchronized_bound);
  EXPECT_THAT(faces.text, HasSubstr("true error at most " + format_rounded(bound)));
  ASSERT_TRUE(snapshot.clock.last_update);
  EXPECT_LT(now - *snapshot.clock.last_update, 5 * 1024s) << "the longest poll of the sample";
}

TEST(VerdictAgreement, AllFacesSayTheSameOfAnySnapshotAndNoneIsFalselyOk) {
  Draw draw(20261201);
  int ok = 0;
  for (int i = 0; i < kSnapshots && !HasFailure(); ++i) {
    const core::Snapshot snapshot = draw.snapshot();
    const core::ClockReading now = later_by(draw.chance(0.5) ? Nanos{0} : draw.time(1ms, 100s));
    const Faces faces(snapshot, now);
    const exporter::Verdict verdict = exporter::judge(snapshot, now);
    SCOPED_TRACE(std::to_string(i) + ": " + faces.text);
    expect_the_same(verdict, faces);
    EXPECT_THAT(verdict.text, Not(HasSubstr("within")));
    EXPECT_FALSE(verdict.text.empty());
    if (snapshot.majority_lost) {
      EXPECT_FALSE(faces.api.contains("offset_seconds"));
      EXPECT_FALSE(faces.api.contains("error_bound_seconds"));
      EXPECT_FALSE(faces.api.contains("time_utc"));
      EXPECT_FALSE(series(faces.metrics, "slewd_time_seconds"));
      EXPECT_NE(faces.exit, 0);
    }
    if (snapshot.phase.phase == Phase::alarm) {
      EXPECT_EQ(faces.exit, kExitCritical);
    }
    if (verdict.level != exporter::Level::ok) continue;
    ++ok;
    expect_no_false_ok(snapshot, now.mono, faces);
  }
  EXPECT_GT(ok, kSnapshots / 5) << "a verdict that is never ok would hold all of these";
  EXPECT_LT(ok, kSnapshots / 2);
}

}  // namespace
}  // namespace slewd::app
