// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/scenario_file.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/duration.hpp"
#include "base/json_document.hpp"
#include "base/json_reader.hpp"
#include "sim/scenario/date.hpp"
#include "sim/scenario/scenario_decode.hpp"

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kLongestPoll = 36h;  // RFC 5905 MAXPOLL
constexpr int kLongestPollLog2 = 17;
constexpr std::size_t kMostVariants = 16;
constexpr std::size_t kMostEvents = 256;
constexpr double kMostRepeats = 1e6;
constexpr Ppm kLeastRate{1};
constexpr Ppm kGreatestRate{100'000};  // the kernel's tick ends there
constexpr Ppm kRateOfChrony{83'333};   // what the recorded peers slewed at

constexpr std::array<EnumName<Expectation>, 2> kExpectations{
    {{"sync", Expectation::sync}, {"refuse", Expectation::refuse}}};

// "6" is 2^6 s, "64s" is what it says.
std::optional<Nanos> parse_poll(std::string_view text) {
  int exponent = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (code == std::errc{} && end == text.data() + text.size()) {
    if (exponent < 0 || exponent > kLongestPollLog2) return std::nullopt;
    return std::chrono::seconds{std::int64_t{1} << exponent};
  }
  const Result<Nanos> interval = parse_duration(text);
  if (!interval || *interval < 1s || *interval > kLongestPoll) return std::nullopt;
  return *interval;
}

void decode_polls(ObjectReader& reader, Scenario& scenario) {
  std::vector<std::string> texts;
  reader.get("polls", texts);
  if (texts.size() > kMostVariants) return reader.problem("polls", "more than 16 ranges");
  for (const std::string& text : texts) {
    if (const auto range = parse_poll_range(text))
      scenario.polls.push_back(*range);
    else
      reader.problem(
          "polls",
          "'" + text + R"(' is not a range of poll intervals; write "6:10" or "64s:1024s")");
  }
  if (scenario.polls.empty()) scenario.polls.emplace_back();
}

void decode_rates(ObjectReader& reader, Scenario& scenario) {
  std::vector<std::string> texts;
  reader.get("rates", texts);
  if (texts.size() > kMostVariants) return reader.problem("rates", "more than 16 rates");
  for (const std::string& text : texts) {
    const Result<Ppm> rate = parse_ppm(text);
    if (rate && *rate >= kLeastRate && *rate <= kGreatestRate)
      scenario.rates.push_back(*rate);
    else
      reader.problem("rates", "'" + text + "' is not a slew rate; write 1ppm to 100000ppm");
  }
  if (scenario.rates.empty()) scenario.rates.push_back(kRateOfChrony);
}

void decode_seeds(ObjectReader& reader, JsonProblems& problems, Scenario& scenario) {
  reader.each("seeds", [&](const JsonValue& value, const std::string& path) {
    const std::int64_t* seed = value.integer();
    if (seed == nullptr || *seed < 0)
      return problems.add(value.line(), path, "must be a whole number from 0");
    scenario.seeds.push_back(static_cast<std::uint64_t>(*seed));
  });
}

void decode_limits(ObjectReader& scenario_reader, JsonProblems& problems, Scenario& scenario) {
  const JsonValue* value = scenario_reader.member("limits");
  if (value == nullptr) return;
  RunLimits limits{kLargestOffset, kGreatestRate, kLargestOffset, kGreatestRate, kLongestRun};
  ObjectReader reader(*value, "limits", problems);
  reader.get("time", limits.time, 1ns, kLargestOffset);
  reader.get("frequency", limits.frequency, Ppm{0}, Ppm{1e6});
  reader.get("rms_time", limits.rms_time, 1ns, kLargestOffset);
  reader.get("rms_frequency", limits.rms_frequency, Ppm{0}, Ppm{1e6});
  reader.get("sync", limits.sync, 0s, kLongestRun);
  reader.finish();
  scenario.limits = limits;
}

void decode_watched(ObjectReader& scenario_reader, JsonProblems& problems, Scenario& scenario) {
  const JsonValue* value = scenario_reader.member("watched");
  if (value == nullptr) return;
  Window window;
  ObjectReader reader(*value, "watched", problems);
  reader.get("from", window.from, 0s, kLongestRun);
  reader.get("to", window.to, 0s, kLongestRun);
  if (window.to < window.from) reader.problem("to", "'to' is before 'from'");
  reader.finish();
  scenario.watched = window;
}

void decode_schema(ObjectReader& reader) {
  std::string schema;
  reader.get("schema", schema);
  const std::string wanted = R"("schema": ")" + std::string(kScenarioSchema) + "\"";
  if (!reader.has("schema")) return reader.problem("schema", "is missing; write " + wanted);
  if (schema != kScenarioSchema)
    reader.problem("schema", "'" + schema + "' is not supported; write " + wanted);
}

void decode_date(ObjectReader& reader, Scenario& scenario) {
  if (!reader.has("date")) return;
  std::string text;
  reader.get("date", text);
  if (const auto start = parse_date(text))
    scenario.start = *start;
  else
    reader.problem("date", "'" + text + R"(' is not a date; write "2026-12-31T00:00:00Z")");
}

void decode_parts(ObjectReader& reader, JsonProblems& problems, Scenario& scenario) {
  if (const JsonValue* client = reader.member("client"))
    decode_client(*client, "client", scenario.client, problems);
  reader.each("servers", [&](const JsonValue& value, const std::string& path) {
    decode_server(value, path, scenario.servers, problems);
  });
  reader.each("events", [&](const JsonValue& value, const std::string& path) {
    if (scenario.events.size() == kMostEvents)
      return problems.add(value.line(), path, "more than 256 events");
    decode_event(value, path, scenario, scenario.events, problems);
  });
  if (const JsonValue* core = reader.member("core"))
    decode_core(*core, "core", scenario.core, problems);
}

// A clock's time must stay within 64 bits of nanoseconds.
void check_events(ObjectReader& reader, const Scenario& scenario) {
  double moved = 0;
  for (const Happening& event : scenario.events) {
    double times = 1;
    if (event.every > Nanos{0}) times += to_seconds(scenario.length) / to_seconds(event.every);
    if (times > kMostRepeats)
      reader.problem("events", "an event happens more than a million times; lengthen 'every'");
    moved += times * to_seconds(magnitude(event.amount) + event.length);
    if (event.kind == EventKind::server_drift)
      moved += times * to_ratio(magnitude(event.frequency)) * to_seconds(scenario.length);
  }
  if (moved > to_seconds(kLargestOffset))
    reader.problem("events", "together they move the clock by more than " + format(kLargestOffset));
}

// A clock must also begin within these years, with room for the events.
void check_clocks(ObjectReader& reader, const Scenario& scenario) {
  constexpr TrueTime kLatest{
      std::chrono::sys_days{std::chrono::year{2220} / 1 / 1}.time_since_epoch()};
  Nanos most = scenario.client.ahead;
  for (const ServerLaw& server : scenario.servers) most = std::max(most, server.ahead);
  if (most > kLargestOffset && scenario.start + most > kLatest)
    reader.problem("date", "a clock would begin after the year 2220");
}

void decode_scenario(ObjectReader& reader, JsonProblems& problems, Scenario& scenario) {
  decode_schema(reader);
  reader.get("name", scenario.name);
  if (scenario.name.empty()) reader.problem("name", "is missing or empty");
  reader.get("comment", scenario.comment);
  decode_seeds(reader, problems, scenario);
  decode_date(reader, scenario);
  reader.get("length", scenario.length, 1s, kLongestRun);
  if (!reader.has("length")) reader.problem("length", R"(is missing; for instance "length": "2d")");
  reader.get("statistics_from", scenario.statistics_from, 0s, kLongestRun);
  if (scenario.statistics_from > scenario.length)
    reader.problem("statistics_from",
                   "begins after the end, which 'length' puts at " + format(scenario.length));
  decode_polls(reader, scenario);
  decode_rates(reader, scenario);
  reader.get<Expectation>("expect", scenario.expect, kExpectations);
  reader.get("honest", scenario.honest);
  decode_parts(reader, problems, scenario);
  check_clocks(reader, scenario);
  check_events(reader, scenario);
  decode_watched(reader, problems, scenario);
  decode_limits(reader, problems, scenario);
  reader.finish();
}

}  // namespace

std::optional<core::PollRange> parse_poll_range(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto low = parse_poll(text.substr(0, colon));
  const auto high = parse_poll(text.substr(colon + 1));
  if (!low || !high || *low > *high) return std::nullopt;
  return core::PollRange{*low, *high};
}

Result<Scenario> parse_scenario(std::string_view text, std::string_view name) {
  const Result<JsonValue> document = parse_json(text, name);
  if (!document) return fail(document.error());
  JsonProblems problems{std::string(name)};
  Scenario scenario;
  // As the recorded peers did: steer the clock, and never step it.
  scenario.core.mode = core::Mode::takeover;
  scenario.core.step.at_startup = core::StartupStep::never;
  ObjectReader reader(*document, "", problems);
  if (document->object() != nullptr) decode_scenario(reader, problems, scenario);
  if (!problems.empty()) return fail(problems.to_error());
  return scenario;
}

}  // namespace slewd::sim
