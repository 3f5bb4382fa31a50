// SPDX-License-Identifier: Apache-2.0
#include "exporter/api/page_cache.hpp"

#include <cstdio>
#include <cstdlib>

#include <gmock/gmock.h>
#include <unistd.h>

#include "base/text.hpp"

#include "tests/unit/exporter/open_metrics_lint.hpp"
#include "tests/unit/exporter/sample_data.hpp"

namespace slewd::exporter {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class PageCacheTest : public testing::Test {
 protected:
  std::string page(Format format = Format::text) {
    const PageCache::Page page = cache_.get(format);
    return *page.cached + page.fresh;
  }
  void publish(const core::Snapshot& snapshot) {
    snapshots_.publish(std::make_shared<core::Snapshot>(snapshot));
  }
  void publish(const rules::Status& status) {
    statuses_.publish(std::make_shared<rules::Status>(status));
  }

  FakeClock clock_;
  core::SnapshotBoard snapshots_;
  rules::StatusBoard statuses_;
  Inputs inputs_{.snapshots = snapshots_,
                 .statuses = statuses_,
                 .clock = clock_,
                 .build = {.version = "1.2.3", .revision = "abc", .compiler = "g++", .node = "n"}};
  HttpStats stats_;
  PageCache cache_{inputs_, stats_};
};

std::size_t series(const std::string& page) {
  std::size_t count = 0;
  for (const std::string_view line : split(page, '\n')) {
    if (!line.empty() && !line.starts_with("#")) ++count;
  }
  return count;
}

TEST_F(PageCacheTest, SaysOnlyWhatItKnowsBeforeTheFirstSnapshot) {
  EXPECT_THAT(page(), HasSubstr("slewd_build_info{version=\"1.2.3\""));
  EXPECT_THAT(page(), Not(HasSubstr("slewd_clock")));
  EXPECT_THAT(page(), Not(HasSubstr("slewd_time_seconds")));
}

TEST_F(PageCacheTest, LeavesUnknownValuesOut) {
  core::Snapshot snapshot;
  snapshot.generation = 1;
  snapshot.taken = clock_.now();
  publish(snapshot);
  const std::string text = page();
  EXPECT_THAT(text, Not(HasSubstr("slewd_clock_offset_seconds")));
  EXPECT_THAT(text, Not(HasSubstr("slewd_clock_error_bound_seconds")));
  EXPECT_THAT(text, Not(HasSubstr("slewd_kernel_")));
  EXPECT_THAT(text, Not(HasSubstr("slewd_jump_last_size_seconds")));
  EXPECT_THAT(text, Not(HasSubstr("slewd_time_seconds")));
  EXPECT_THAT(text, HasSubstr("slewd_clock_state{state=\"unset\"} 1\n"));
}

TEST_F(PageCacheTest, NamesTheReasonOfAnAlarm) {
  core::Snapshot snapshot;
  snapshot.generation = 1;
  snapshot.taken = clock_.now();
  snapshot.phase.phase = core::Phase::alarm;
  snapshot.alarm = {core::AlarmReason::unconfirmed_step, "why"};
  publish(snapshot);
  const std::string text = page();
  EXPECT_THAT(text, HasSubstr("\nslewd_clock_alarm{reason=\"unconfirmed_step\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nslewd_clock_alarm{reason=\"no_majority\"} 0\n"));
}

TEST_F(PageCacheTest, TellsOfALostMajorityInAnyState) {
  core::Snapshot snapshot;
  snapshot.generation = 1;
  snapshot.taken = clock_.now();
  publish(snapshot);
  EXPECT_THAT(page(), HasSubstr("\nslewd_clock_majority_lost 0\n"));
  snapshot.generation = 2;
  snapshot.phase.phase = core::Phase::observe;
  snapshot.majority_lost = true;
  publish(snapshot);
  EXPECT_THAT(page(), HasSubstr("\nslewd_clock_majority_lost 1\n"));
}

TEST_F(PageCacheTest, TellsOfARecordOfActionsThatFails) {
  rules::Status status = sample_status(clock_.now());
  publish(status);
  EXPECT_THAT(page(), HasSubstr("\nslewd_action_ledger_failing 0\n"));
  status.generation += 1;
  status.action_ledger_failing = true;
  publish(status);
  EXPECT_THAT(page(), HasSubstr("\nslewd_action_ledger_failing 1\n"));
}

TEST_F(PageCacheTest, InitialisesEveryCounterOfAClosedSet) {
  core::Snapshot snapshot;
  snapshot.generation = 1;
  snapshot.taken = clock_.now();
  publish(snapshot);
  const std::string text = page();
  EXPECT_THAT(text, HasSubstr("slewd_clock_event_50_total 0\n"));
  for (const core::JumpCause cause : core::kJumpCauses) {
    EXPECT_THAT(text, HasSubstr("slewd_jump_events_total{direction=\"backward\",cause=\"" +
                                std::string(to_string(cause)) + "\"} 0\n"));
  }
  EXPECT_THAT(text, HasSubstr("slewd_http_requests_total{handler=\"metrics\",code=\"200\"} 0\n"));
}

TEST_F(PageCacheTest, ShowsTheSnapshot) {
  publish(sample_snapshot(clock_.now()));
  publish(sample_status(clock_.now()));
  const std::string text = page();
  EXPECT_THAT(text, HasSubstr("\nslewd_clock_offset_seconds 0.00083\n"));
  EXPECT_THAT(text, HasSubstr("\nslewd_clock_state{state=\"sync\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nslewd_clock_state{state=\"spike\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("slewd_jump_events_total{direction=\"backward\","
                              "cause=\"external_step\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("slewd_source_reachability_ratio{source=\"time.example.org\"} "
                              "0.875\n"));
  EXPECT_THAT(text, HasSubstr("slewd_action_verified_total{rule=\"dovecot-login-hang\","
                              "action=\"reload dovecot\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nslewd_time_seconds 1719748800.00083\n"));
  EXPECT_THAT(text, HasSubstr("\nslewd_uptime_seconds 3600\n"));
  EXPECT_THAT(text, HasSubstr("slewd_fleet_slot_held{lock=\"mail\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("slewd_fleet_lock_unreachable{lock=\"web\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nslewd_fleet_storm 0\n"));
}

TEST_F(PageCacheTest, RendersOncePerGenerationAndFormat) {
  publish(sample_snapshot(clock_.now()));
  page();
  page();
  EXPECT_EQ(cache_.renders(), 1U);
  page(Format::open_metrics);
  page(Format::open_metrics);
  EXPECT_EQ(cache_.renders(), 2U);
  core::Snapshot next = sample_snapshot(clock_.now());
  ++next.generation;
  publish(next);
  page();
  EXPECT_EQ(cache_.renders(), 3U);
  publish(sample_status(clock_.now()));
  page();
  EXPECT_EQ(cache_.renders(), 4U);
}

TEST_F(PageCacheTest, RendersAgainAfterASecondSoThatAgesAreRight) {
  publish(sample_snapshot(clock_.now()));
  EXPECT_THAT(page(), HasSubstr("\nslewd_clock_last_update_age_seconds 21\n"));
  clock_.advance(999ms);
  page();
  EXPECT_EQ(cache_.renders(), 1U);
  clock_.advance(1ms);
  EXPECT_THAT(page(), HasSubstr("\nslewd_clock_last_update_age_seconds 22\n"));
}

TEST_F(PageCacheTest, KeepsTimeAndSnapshotAgeFreshInEveryScrape) {
  core::Snapshot snapshot = sample_snapshot(clock_.now());
  snapshot.clock.frequency = Ppm{100};
  publish(snapshot);
  page();
  clock_.advance(500ms);
  const std::string text = page();
  EXPECT_EQ(cache_.renders(), 1U);
  EXPECT_THAT(text, HasSubstr("\nslewd_snapshot_age_seconds 0.5\n"));
  EXPECT_THAT(text, HasSubstr("\nslewd_snapshot_overdue_seconds 0.5\n"));
  // 500 ms of a raw clock that needs 100 ppm are 500.05 ms of truth.
  EXPECT_THAT(text, HasSubstr("\nslewd_time_seconds 1719748800.50088\n"));
}

TEST_F(PageCacheTest, PassesTheOpenMetricsLint) {
  publish(sample_snapshot(clock_.now()));
  publish(sample_status(clock_.now()));
  EXPECT_THAT(lint_open_metrics(page(Format::open_metrics)), testing::IsEmpty());
}

TEST(OpenMetricsLint, FindsFaults) {
  EXPECT_THAT(lint_open_metrics("# TYPE a_total counter\na_total 1\n"), testing::SizeIs(3));
  EXPECT_THAT(lint_open_metrics("# TYPE a gauge\na{b=\"c\"d\"} 1\n# EOF\n"), testing::SizeIs(1));
  EXPECT_THAT(lint_open_metrics("# TYPE a gauge\na 1\na 2\n# EOF\n"), testing::SizeIs(1));
}

TEST_F(PageCacheTest, IsSilentlyAcceptedByPromtool) {
  // A fixed command of this test.
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) {  // NOLINT(cert-env33-c)
    GTEST_SKIP() << "promtool is not installed (Debian package prometheus)";
  }
  publish(sample_snapshot(clock_.now()));
  publish(sample_status(clock_.now()));
  std::string file = testing::TempDir() + "slewd_page_XXXXXX";
  const int fd = ::mkstemp(file.data());
  ASSERT_GE(fd, 0);
  const std::string text = page();
  ASSERT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  ::close(fd);
  // promtool reads standard input only; the file name is ours.
  // NOLINTNEXTLINE(cert-env33-c)
  FILE* tool = ::popen(("promtool check metrics <" + file + " 2>&1").c_str(), "r");
  ASSERT_NE(tool, nullptr);
  std::string said;
  std::array<char, 512> chunk{};
  while (std::fgets(chunk.data(), chunk.size(), tool) != nullptr) said += chunk.data();
  EXPECT_EQ(::pclose(tool), 0);
  EXPECT_EQ(said, "");
  ::unlink(file.c_str());
}

TEST_F(PageCacheTest, StaysBelowTheSeriesLimitAtTheHardLimits) {
  core::Snapshot snapshot = sample_snapshot(clock_.now());
  const core::SourceView source = snapshot.sources.front();
  snapshot.sources.clear();
  for (std::size_t i = 0; i < limits::kSources; ++i) {
    snapshot.sources.push_back(source);
    snapshot.sources.back().name = "s" + std::to_string(i);
  }
  rules::Status status = sample_status(clock_.now());
  const rules::RuleView rule = status.rules.front();
  status.rules.clear();
  for (std::size_t i = 0; i < limits::kRules; ++i) {
    status.rules.push_back(rule);
    status.rules.back().name = "r" + std::to_string(i);
  }
  status.fleet.locks.resize(limits::kFleetLocks);
  for (std::size_t i = 0; i < limits::kFleetLocks; ++i)
    status.fleet.locks[i].lock = "l" + std::to_string(i);
  for (const char* object : {"slot", "census", "condition", "taint", "event", "api"}) {
    status.fleet.kubernetes.push_back({object, {}, false});
    for (int result = 0; result < 9; ++result)
      status.fleet.kubernetes.back().requests.emplace_back("r" + std::to_string(result), 1);
  }
  publish(snapshot);
  publish(status);
  const std::size_t count = series(page());
  EXPECT_GT(count, 1000U);
  EXPECT_LE(count, 4900U);
}

TEST_F(PageCacheTest, NamesASeriesOnceEvenWhenTwoSourcesShareAName) {
  core::Snapshot snapshot = sample_snapshot(clock_.now());
  snapshot.sources.push_back(snapshot.sources.front());
  publish(snapshot);
  EXPECT_THAT(lint_open_metrics(page(Format::open_metrics)), testing::IsEmpty());
}

TEST_F(PageCacheTest, TellsHowTheApiOfTheClusterAnswersAndWhichSlotsAreMissing) {
  publish(sample_snapshot(clock_.now()));
  publish(sample_status(clock_.now()));
  const std::string text = page();
  EXPECT_THAT(text, HasSubstr("slewd_fleet_slots_missing{lock=\"web\"} 1\n"));
  EXPECT_THAT(text, testing::Not(HasSubstr("slewd_fleet_slots_missing{lock=\"mail\"}")));
  EXPECT_THAT(text, HasSubstr("slewd_kubernetes_failing{object=\"slot\"} 1\n"));
  EXPECT_THAT(text,
              HasSubstr("slewd_kubernetes_requests_total{object=\"slot\",result=\"timeout\"} 3\n"));
}

TEST_F(PageCacheTest, GivesTheSizesOfJumpsByDirectionFromTheStart) {
  publish(core::Snapshot{});
  EXPECT_THAT(page(), HasSubstr("slewd_jump_size_seconds_count{direction=\"backward\"} 0\n"));
  EXPECT_THAT(page(), HasSubstr("slewd_suspend_events_total 0\n"));
  core::Snapshot snapshot = sample_snapshot(clock_.now());
  snapshot.generation = 2;
  publish(snapshot);
  const std::string text = page();
  EXPECT_THAT(text,
              HasSubstr("slewd_jump_size_seconds_bucket{direction=\"backward\",le=\"10\"} 0\n"));
  EXPECT_THAT(text,
              HasSubstr("slewd_jump_size_seconds_bucket{direction=\"backward\",le=\"60\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("slewd_jump_size_seconds_sum{direction=\"backward\"} 11\n"));
  EXPECT_THAT(text, HasSubstr("slewd_jump_size_seconds_count{direction=\"forward\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("slewd_suspend_events_total 1\n"));
}

TEST_F(PageCacheTest, TellsWhoElseSteersAndWhatTheHypervisorSaysFromTheStart) {
  publish(core::Snapshot{});
  EXPECT_THAT(page(), HasSubstr("slewd_external_steering_detected 0\n"));
  EXPECT_THAT(page(), HasSubstr("slewd_external_steering_events_total 0\n"));
  EXPECT_THAT(page(), Not(HasSubstr("slewd_vmclock"))) << "nobody can say";
  core::Snapshot snapshot = sample_snapshot(clock_.now());
  snapshot.generation = 2;
  snapshot.external = {.detected = true, .who = "ntpd (process 5)", .events = 3};
  snapshot.disruptions = 2;
  snapshot.disruption_announced = true;
  publish(snapshot);
  EXPECT_THAT(page(), HasSubstr("slewd_external_steering_detected 1\n"));
  EXPECT_THAT(page(), HasSubstr("slewd_external_steering_events_total 3\n"));
  EXPECT_THAT(page(), HasSubstr("slewd_vmclock_disruptions_total 2\n"));
  EXPECT_THAT(page(), HasSubstr("slewd_vmclock_disruption_announced 1\n"));
}

TEST_F(PageCacheTest, TellsOfTheJumpLedgerWhereThereIsOne) {
  rules::Status status = sample_status(clock_.now());
  publish(status);
  EXPECT_THAT(page(), Not(HasSubstr("slewd_jump_ledger")));
  ++status.generation;
  status.jump_ledger = {.write_failures = 3, .lost_events = 2, .damaged_lines = 1};
  publish(status);
  EXPECT_THAT(page(), HasSubstr("slewd_jump_ledger_write_failures_total 3\n"));
  EXPECT_THAT(page(), HasSubstr("slewd_jump_ledger_lost_events_total 2\n"));
  EXPECT_THAT(page(), HasSubstr("slewd_jump_ledger_damaged_lines_total 1\n"));
}

TEST_F(PageCacheTest, GivesNoAgeToAJumpOfAnEarlierBoot) {
  core::Snapshot snapshot = sample_snapshot(clock_.now());
  core::ClockEvent old = snapshot.jumps.recent.back();
  old.former = true;
  snapshot.jumps.note(old);
  publish(snapshot);
  EXPECT_THAT(page(), HasSubstr("slewd_jump_last_size_seconds 3.2\n"));
  EXPECT_THAT(page(), Not(HasSubstr("slewd_jump_last_age_seconds")));
}

}  // namespace
}  // namespace slewd::exporter
