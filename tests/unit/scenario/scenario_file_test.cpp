// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/scenario_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/scenario/scenario_text.hpp"

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using tests::scenario_text;

Scenario parsed(const std::string& members) {
  Result<Scenario> scenario = parse_scenario(scenario_text(members), "story.json");
  EXPECT_TRUE(scenario) << scenario.error().describe();
  return scenario ? std::move(*scenario) : Scenario();
}

std::string refusal(const std::string& text) {
  const Result<Scenario> scenario = parse_scenario(text, "story.json");
  EXPECT_FALSE(scenario) << text;
  return scenario ? "" : scenario.error().describe();
}

TEST(ScenarioFile, IsAsChronyWasMeasuredUnlessItSaysOtherwise) {
  const Scenario scenario = parsed("");
  EXPECT_EQ(scenario.name, "story");
  EXPECT_EQ(scenario.length, 1h);
  ASSERT_EQ(scenario.polls.size(), 1U);
  EXPECT_EQ(scenario.polls[0], core::PollRange());
  ASSERT_EQ(scenario.rates.size(), 1U);
  EXPECT_EQ(scenario.rates[0], Ppm{83'333});
  EXPECT_EQ(scenario.core.mode, core::Mode::takeover);
  EXPECT_EQ(scenario.core.step.at_startup, core::StartupStep::never);
  EXPECT_TRUE(scenario.honest);
  EXPECT_FALSE(scenario.limits);
}

TEST(ScenarioFile, ReadsTheClient) {
  const ClientLaw client = parsed(R"("client": {"ahead": "-11s", "frequency": "90ppm",
      "wander": 1e-8, "drift": {"kind": "sine", "amplitude": "1ppm", "period": "1d"},
      "timer_latency": "1ms", "stamp_noise": "5us", "uptime": "10m",
      "drift_file": {"frequency": "-90ppm", "uncertainty": "0.1ppm"}})")
                               .client;
  EXPECT_EQ(client.ahead, -11s);
  EXPECT_EQ(client.frequency, Ppm{90});
  EXPECT_EQ(client.wander, 1e-8);
  EXPECT_EQ(client.drift.kind, DriftKind::sine);
  EXPECT_EQ(client.drift.amplitude, Ppm{1});
  EXPECT_EQ(client.drift.period, 24h);
  EXPECT_EQ(client.timer_latency, 1ms);
  EXPECT_EQ(client.stamp_noise, 5us);
  EXPECT_EQ(client.uptime, 10min);
  ASSERT_TRUE(client.drift_file);
  EXPECT_EQ(client.drift_file->frequency, Ppm{-90});
}

TEST(ScenarioFile, GivesEachDirectionItsOwnLawOverTheCommonOne) {
  const auto servers = parsed(R"("servers": [{"delay": "10ms", "jitter": "500us", "loss": 0.1,
      "down": {"jitter": "5ms", "disturbances": [
          {"every": "1h", "from": "1m", "for": "15m", "jitter": "30ms", "loss": 0.5},
          {"delay": "4ms", "chance": 0.25}]},
      "up": {"pass_every": 20}}])")
                           .servers;
  ASSERT_EQ(servers.size(), 1U);
  EXPECT_EQ(servers[0].name, "a");
  EXPECT_EQ(servers[0].up.delay, 10ms);
  EXPECT_EQ(servers[0].up.jitter, 500us);
  EXPECT_EQ(servers[0].up.pass_every, 20);
  EXPECT_EQ(servers[0].down.delay, 10ms);
  EXPECT_EQ(servers[0].down.jitter, 5ms);
  EXPECT_EQ(servers[0].down.loss, 0.1);
  EXPECT_TRUE(servers[0].up.disturbances.empty());
  ASSERT_EQ(servers[0].down.disturbances.size(), 2U);
  const Disturbance& hourly = servers[0].down.disturbances[0];
  EXPECT_EQ(hourly.every, 1h);
  EXPECT_EQ(hourly.from, 1min);
  EXPECT_EQ(hourly.length, 15min);
  EXPECT_EQ(hourly.jitter, 30ms);
  EXPECT_EQ(hourly.loss, 0.5);
  EXPECT_EQ(hourly.chance, 1);
  const Disturbance& route = servers[0].down.disturbances[1];
  EXPECT_EQ(route.every, 0s);
  EXPECT_FALSE(route.length);
  EXPECT_EQ(route.delay, 4ms);
  EXPECT_EQ(route.chance, 0.25);
}

TEST(ScenarioFile, PutsAServerBehindAnUpstream) {
  const auto servers = parsed(R"("servers": [{"ahead": "40ms", "upstream": {"delay": "5ms",
      "jitter": "300us", "frequency": "40ppm", "wander": 1e-9, "up_for": "0s"}},
      {"upstream": {}}])")
                           .servers;
  ASSERT_EQ(servers.size(), 2U);
  ASSERT_TRUE(servers[0].upstream && servers[1].upstream);
  EXPECT_EQ(servers[0].upstream->delay, 5ms);
  EXPECT_EQ(servers[0].upstream->jitter, 300us);
  EXPECT_EQ(servers[0].upstream->frequency, Ppm{40});
  EXPECT_EQ(servers[0].upstream->wander, 1e-9);
  EXPECT_EQ(servers[0].upstream->up_for, 0s);
  EXPECT_EQ(servers[1].upstream->up_for, 12h) << "it has settled long ago";
}

TEST(ScenarioFile, PutsALeapSecondAtAMonthsEndAndLetsServersSayOtherwise) {
  const Scenario scenario = parsed(R"("date": "2026-12-31T23:30:00Z",
      "servers": [{}, {"leap": "none"}, {"leap": "erase"}],
      "events": [{"at": "30m", "kind": "leap_second", "by": "-1s"}])");
  EXPECT_EQ(scenario.start, kWorldStart + 24h * 364 + 23h + 30min);
  EXPECT_EQ(scenario.events[0].amount, -1s);
  EXPECT_FALSE(scenario.servers[0].leap);
  EXPECT_EQ(scenario.servers[1].leap, core::Leap::none);
  EXPECT_EQ(scenario.servers[2].leap, core::Leap::erase);
}

TEST(ScenarioFile, TakesTheOlderKeyOfASingleDisturbance) {
  const auto servers =
      parsed(R"("servers": [{"recurring": {"every": "1h", "for": "1m", "loss": 1}}])").servers;
  ASSERT_EQ(servers[0].up.disturbances.size(), 1U);
  EXPECT_EQ(servers[0].down.disturbances[0].every, 1h);
}

TEST(ScenarioFile, PutsASecondClockBehindAName) {
  const auto servers =
      parsed(R"("servers": [{"name": "vip", "also": {"ahead": "100ms", "chance": 0.3}}])").servers;
  ASSERT_EQ(servers.size(), 1U);
  ASSERT_TRUE(servers[0].also);
  EXPECT_EQ(servers[0].also->ahead, 100ms);
  EXPECT_EQ(servers[0].also->chance, 0.3);
}

TEST(ScenarioFile, CountsServersAlikeAndNamesThemByLetters) {
  const auto servers =
      parsed(R"("servers": [{"count": 3, "delay": "1ms"}, {"ahead": "500ms"}])").servers;
  ASSERT_EQ(servers.size(), 4U);
  EXPECT_EQ(servers[2].name, "c");
  EXPECT_EQ(servers[2].down.delay, 1ms);
  EXPECT_EQ(servers[3].name, "d");
  EXPECT_EQ(servers[3].ahead, 500ms);
}

TEST(ScenarioFile, ReadsEveryKindOfEvent) {
  for (std::size_t i = 0; i < kEventKinds; ++i) {
    const auto kind = static_cast<EventKind>(i);
    const auto events =
        parsed(R"("date": "2026-06-30T23:50:00Z", "events": [{"at": "10m", "kind": ")" +
               std::string(to_string(kind)) + "\"}]")
            .events;
    ASSERT_EQ(events.size(), 1U) << to_string(kind);
    EXPECT_EQ(events[0].kind, kind);
    EXPECT_EQ(events[0].at, 10min);
  }
}

TEST(ScenarioFile, ReadsTheValuesOfEvents) {
  const auto events = parsed(R"("servers": [{}, {"name": "far"}], "events": [
      {"at": "1m", "kind": "server_step", "server": "far", "by": "-4.5s"},
      {"at": "2m", "kind": "migration", "for": "1s", "frequency": "20ppm", "signalled": true},
      {"at": "3m", "kind": "vm_pause", "for": "5s", "tsc_kept": true, "every": "1h"},
      {"at": "4m", "kind": "kill", "for": "1m", "restored": false},
      {"at": "0s", "kind": "busy", "for": "5m", "by": "2ms"},
      {"at": "5m", "kind": "server_drift", "server": "far", "frequency": "10ppm"}])")
                          .events;
  ASSERT_EQ(events.size(), 6U);
  EXPECT_EQ(events[0].server, "far");
  EXPECT_EQ(events[0].amount, -4500ms);
  EXPECT_EQ(events[1].frequency, Ppm{20});
  EXPECT_TRUE(events[1].signalled);
  EXPECT_TRUE(events[2].tsc_kept);
  EXPECT_EQ(events[2].every, 1h);
  EXPECT_FALSE(events[3].restored);
  EXPECT_EQ(events[4].length, 5min);
  EXPECT_EQ(events[4].amount, 2ms);
  EXPECT_EQ(events[5].frequency, Ppm{10});
}

TEST(ScenarioFile, TakesPollsAsPowersOfTwoOrAsDurations) {
  const Scenario scenario = parsed(R"("polls": ["6:10", "10s:1m"], "rates": ["500ppm", "1%"])");
  ASSERT_EQ(scenario.polls.size(), 2U);
  EXPECT_EQ(scenario.polls[0], (core::PollRange{64s, 1024s}));
  EXPECT_EQ(scenario.polls[1], (core::PollRange{10s, 60s}));
  ASSERT_EQ(scenario.rates.size(), 2U);
  EXPECT_EQ(scenario.rates[1], Ppm{10'000});
}

TEST(ScenarioFile, ReadsSeedsLimitsAndWhatIsWatched) {
  const Scenario scenario = parsed(R"("seeds": [3, 5], "expect": "refuse", "honest": false,
      "limits": {"time": "1ms", "rms_frequency": "10ppm", "sync": "210s"},
      "watched": {"from": "10m", "to": "20m"}, "core": {"mode": "auto", "spike_watch": "1m"})");
  EXPECT_EQ(scenario.seeds, (std::vector<std::uint64_t>{3, 5}));
  EXPECT_EQ(scenario.expect, Expectation::refuse);
  EXPECT_FALSE(scenario.honest);
  ASSERT_TRUE(scenario.limits);
  EXPECT_EQ(scenario.limits->time, 1ms);
  EXPECT_EQ(scenario.limits->sync, 210s);
  ASSERT_TRUE(scenario.watched);
  EXPECT_EQ(scenario.watched->to, 20min);
  EXPECT_EQ(scenario.core.mode, core::Mode::automatic);
  EXPECT_EQ(scenario.core.phase.spike_watch, 1min);
}

struct Mistake {
  const char* members;
  const char* complaint;
};

class MistakenScenario : public testing::TestWithParam<Mistake> {};

TEST_P(MistakenScenario, IsRefusedWithItsPlaceAndWhatWouldBeRight) {
  EXPECT_THAT(refusal(scenario_text(GetParam().members)), HasSubstr(GetParam().complaint));
}

INSTANTIATE_TEST_SUITE_P(
    ScenarioFile, MistakenScenario,
    testing::Values(
        Mistake{R"("lenght": "1h")", "story.json:1: lenght: "},
        Mistake{R"("statistics_from": "2h")", "statistics_from: begins after the end"},
        Mistake{R"("polls": ["10:6"])",
                R"(polls: '10:6' is not a range of poll intervals; write "6:10")"},
        Mistake{R"("polls": ["6"])", "polls: '6' is not a range"},
        Mistake{R"("polls": ["6:99"])", "polls: '6:99' is not a range"},
        Mistake{R"("rates": ["500"])", "rates: '500' is not a slew rate; write 1ppm to 100000ppm"},
        Mistake{R"("rates": ["200000ppm"])", "is not a slew rate"},
        Mistake{R"("seeds": [-1])", "seeds[0]: must be a whole number"},
        Mistake{R"("client": {"ahead": 11})", "client.ahead: a text with a unit"},
        Mistake{R"("client": {"wander": 1})", "client.wander: 1 is outside"},
        Mistake{R"("client": {"drift": {"kind": "sinee"}})", "did you mean 'sine'?"},
        Mistake{R"("client": {"drift": {"period": "0s"}})", "client.drift.period: 0s is outside"},
        Mistake{R"("servers": [{"loss": 2}])", "servers[0].loss: 2 is outside 0 to 1"},
        Mistake{R"("servers": [{"manner": "honets"}])", "did you mean 'honest'?"},
        Mistake{R"("servers": [{"up": {"jiter": "1ms"}}])", "servers[0].up.jiter"},
        Mistake{R"("servers": [{"disturbances": [{"for": "1m"}]}])",
                "disturbances[0].delay: is missing, and so are 'jitter' and 'loss'"},
        Mistake{R"("servers": [{"disturbances": [
                    {"every": "1h", "from": "50m", "for": "20m", "loss": 1}]}])",
                "disturbances[0].every: is shorter than 'from' and 'for' together"},
        Mistake{R"("servers": [{"up": {"disturbances": [{"chance": 2, "loss": 1}]}}])",
                "servers[0].up.disturbances[0].chance: 2 is outside 0 to 1"},
        Mistake{R"("servers": [{"upstream": {"frequency": "501ppm"}}])",
                "servers[0].upstream.frequency: 501ppm is outside"},
        Mistake{R"("date": "2026-12-31")", "date: '2026-12-31' is not a date; write"},
        Mistake{R"("events": [{"at": "10m", "kind": "leap_second"}])",
                "events[0].at: is not a midnight before the first of a month"},
        Mistake{R"("date": "2026-12-31T23:50:00Z",
                    "events": [{"at": "10m", "kind": "leap_second", "by": "500ms"}])",
                "events[0].by: must be"},
        Mistake{R"("date": "2026-12-31T23:50:00Z",
                    "events": [{"at": "10m", "kind": "leap_second", "every": "1h"}])",
                "events[0].every"},
        Mistake{R"("servers": [{"leap": "insrt"}])", "did you mean 'insert'?"},
        Mistake{R"("servers": [{"also": {"behind": "1s"}}])", "servers[0].also.behind"},
        Mistake{R"("servers": [{"count": 33}])", "servers[0].count: 33 is outside 1 to 32"},
        Mistake{R"("servers": [{"count": 32}, {}])", "servers[1]: more than 32 servers"},
        Mistake{R"("servers": [{"count": 2, "name": "x"}])", "several servers cannot share"},
        Mistake{R"("servers": [{"name": "x"}, {"name": "x"}])", "duplicate server name 'x'"},
        Mistake{R"("events": [{"kind": "outage"}])", R"(events[0].at: is missing)"},
        Mistake{R"("events": [{"at": "1m"}])", "events[0].kind: is missing"},
        Mistake{R"("events": [{"at": "1m", "kind": "outrage"}])", "did you mean 'outage'?"},
        Mistake{R"("events": [{"at": "1m", "kind": "outage", "by": "1s"}])", "events[0].by"},
        Mistake{R"("events": [{"at": "0s", "kind": "external_step", "by": "365d", "every": "1m"}])",
                "together they move the clock by more than"},
        Mistake{R"("events": [{"at": "1m", "kind": "busy", "by": "-1ms"}])",
                "events[0].by: -1ms is outside"},
        Mistake{R"("servers": [{"name": "near"}],
                    "events": [{"at": "1m", "kind": "outage", "server": "neat"}])",
                "no server 'neat'; did you mean 'near'?"},
        Mistake{R"("watched": {"from": "2m", "to": "1m"})", "watched.to: 'to' is before 'from'"},
        Mistake{R"("limits": {"time": "0s"})", "limits.time: 0s is outside"},
        Mistake{R"("expect": "synch")", "did you mean 'sync'?"},
        Mistake{R"("core": {"mode": "manual"})", "core.mode: 'manual' is not one of"}));

TEST(ScenarioFile, RefusesDriftsThatTogetherLeaveTheRangeOfTime) {
  EXPECT_THAT(refusal(scenario_text(R"("events": [{"at": "0s", "kind": "server_drift",
                  "frequency": "6%", "every": "1h"}])",
                                    "300d")),
              HasSubstr("together they move the clock by more than"));
}

TEST(ScenarioFile, NeedsSchemaNameAndLength) {
  const std::string told = refusal("{}");
  EXPECT_THAT(told, HasSubstr(R"(schema: is missing; write "schema": "slewd.scenario/1")"));
  EXPECT_THAT(told, HasSubstr("name: is missing"));
  EXPECT_THAT(told, HasSubstr("length: is missing"));
  EXPECT_THAT(refusal(R"({"schema": "slewd.scenario/9", "name": "x", "length": "1h"})"),
              HasSubstr("'slewd.scenario/9' is not supported"));
  EXPECT_THAT(refusal("[]"), HasSubstr("an object was expected"));
  EXPECT_THAT(refusal("{"), HasSubstr("story.json:1:"));
}

TEST(ScenarioFile, TellsTheLineOfAMistake) {
  EXPECT_THAT(refusal("{\n// a comment\n\"schema\": \"slewd.scenario/1\",\n\"name\": \"x\",\n"
                      "\"length\": \"1h\",\n\"client\": {\n\"ahed\": \"1s\"}}"),
              HasSubstr("story.json:7: client.ahed"));
}

}  // namespace
}  // namespace slewd::sim
