// SPDX-License-Identifier: Apache-2.0
// The table's own arithmetic: what a row is held against, and its verdict.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/bench_output.hpp"
#include "tests/sim/bench_rows.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Peers peers() {
  auto read = Peers::parse(R"({"rows": [{"scenario": "lan", "poll": "6:6",
      "chrony43": {"rms": 2e-5, "max": 1e-4, "packets_per_hour": 55.7},
      "chronyhead": {"rms": 1.5e-5, "max": 2e-4},
      "oracle": {"kf_delay": 8e-6},
      "gate": {"must_rms": 1.6e-5, "must_max": 1.1e-4, "goal_rms": 1e-5,
               "packets_per_hour": 61}}]})",
                           "peers.json");
  EXPECT_TRUE(read);
  return std::move(*read);
}

sim::Scenario lan() {
  sim::Scenario scenario;
  scenario.name = "lan";
  scenario.length = 10min;
  scenario.polls = {{64s, 64s}};
  scenario.rates = {Ppm{83'333}};
  sim::ServerLaw server;
  server.name = "a";
  scenario.servers.push_back(server);
  return scenario;
}

BenchRow row_of(const sim::Scenario& scenario, const std::vector<double>& rms) {
  BenchRow row{&scenario, {64s, 64s}, Ppm{83'333}, {}, {}, {}};
  for (const double value : rms) {
    sim::ScenarioResult result;
    result.figures.rms = value;
    result.figures.max = 4 * value;
    result.packets_per_hour = 56;
    result.bound_samples = 10'000;
    row.results.push_back(result);
    row.seeds.push_back(row.seeds.size() + 1);
  }
  return row;
}

TEST(BenchRow, TakesMediansAndLargest) {
  const sim::Scenario scenario = lan();
  const BenchRow row = row_of(scenario, {1e-6, 9e-6, 2e-6});
  EXPECT_EQ(row.median_of([](const auto& run) { return run.figures.rms; }), 2e-6);
  EXPECT_EQ(row.largest_of([](const auto& run) { return run.figures.rms; }), 9e-6);
  EXPECT_EQ(row.name(), "lan");
  EXPECT_EQ(row.poll_name(), "6:6");
}

TEST(Standing, TakesTheBetterOfTwoChronys) {
  const sim::Scenario scenario = lan();
  const Standing standing = standing_of(row_of(scenario, {1e-6}), peers());
  EXPECT_EQ(standing.chrony_rms, 1.5e-5);
  EXPECT_EQ(standing.chrony_max, 1e-4);
  EXPECT_EQ(standing.oracle, 8e-6);
}

TEST(BoundSentence, CountsTheRowsOfHonestWorldsAlone) {
  const sim::Scenario honest = lan();
  sim::Scenario lying = lan();
  lying.honest = false;
  std::vector<BenchRow> rows{row_of(honest, {1e-6, 1e-6}), row_of(lying, {1e-6})};
  rows[0].results[0].bound_broken = 3;
  rows[1].results[0].bound_broken = 5000;
  EXPECT_THAT(bound_sentence(rows), HasSubstr("99.9850 % of 20000 seconds"));
  EXPECT_THAT(bound_sentence({}), HasSubstr("No row"));
}

TEST(Verdict, NamesWhatIsMissed) {
  const sim::Scenario scenario = lan();
  const auto verdict = [&](double rms, auto change) {
    BenchRow row = row_of(scenario, {rms});
    change(row.results[0]);
    return verdict_of(row, standing_of(row, peers()));
  };
  const auto nothing = [](sim::ScenarioResult&) {};
  EXPECT_EQ(verdict(9e-6, nothing), "goal");
  EXPECT_EQ(verdict(1.5e-5, nothing), "ok");
  EXPECT_EQ(verdict(1.7e-5, nothing), "MISS rms");
  EXPECT_EQ(verdict(9e-5, nothing), "MISS rms max");
  EXPECT_EQ(verdict(9e-6, [](auto& run) { run.packets_per_hour = 62; }), "MISS packets");
  EXPECT_EQ(verdict(9e-6, [](auto& run) { run.breaches = 1; }), "MISS invariants");
  EXPECT_EQ(verdict(9e-6, [](auto& run) { run.bound_broken = 2; }), "MISS bound");
  EXPECT_EQ(verdict(9e-6, [](auto& run) { run.bound_broken = 1; }), "goal");
}

TEST(Verdict, OfALyingWorldDoesNotAskForTheBound) {
  sim::Scenario scenario = lan();
  scenario.honest = false;
  BenchRow row = row_of(scenario, {9e-6});
  row.results[0].bound_broken = 5000;
  EXPECT_EQ(verdict_of(row, standing_of(row, peers())), "goal");
}

TEST(Verdict, OfWhatMustBeRefusedAsksForTheAlarm) {
  sim::Scenario scenario = lan();
  scenario.expect = sim::Expectation::refuse;
  BenchRow row = row_of(scenario, {9e-6});
  EXPECT_EQ(verdict_of(row, Standing()), "MISS limits");
  row.results[0].last_phase = core::Phase::alarm;
  EXPECT_EQ(verdict_of(row, Standing()), "ok");
}

TEST(BenchRows, AreOneForEachPollRangeAndRateAndRunOverAllSeeds) {
  sim::Scenario scenario = lan();
  scenario.polls = {{64s, 64s}, {64s, 1024s}};
  scenario.rates = {Ppm{500}, Ppm{1000}};
  const std::vector<sim::Scenario> scenarios{scenario};
  EXPECT_EQ(make_rows(scenarios, 1, 3, "6:10").size(), 2U);
  auto rows = make_rows(scenarios, 5, 3, "");
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[1].name(), "lan@1000ppm");
  EXPECT_EQ(rows[0].seeds, (std::vector<std::uint64_t>{5, 6, 7}));
  int done = 0;
  run_rows(rows, 2, [&] { ++done; });
  EXPECT_EQ(done, 12);
  for (const BenchRow& row : rows)
    for (const sim::ScenarioResult& result : row.results) EXPECT_NE(result.trace_hash, 0U);
  const std::string table = text_table(rows, peers());
  EXPECT_THAT(table, HasSubstr("lan@500ppm"));
  EXPECT_TRUE(parse_json(json_table(rows, peers()), "table.json"));
}

TEST(ShortSeconds, HaveThreeDigits) {
  EXPECT_EQ(short_seconds(1.234e-6), "1.23u");
  EXPECT_EQ(short_seconds(0.0157), "15.7m");
  EXPECT_EQ(short_seconds(123), "123");
  EXPECT_EQ(short_seconds(0), "0");
}

}  // namespace
}  // namespace slewd::tests
