// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/scenario_decode.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/duration.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "sim/scenario/date.hpp"

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kLongestDelay = 1h;
constexpr Nanos kMostLatency = 10s;
constexpr Nanos kSettledFor = 12h;  // an upstream's client that says nothing of its boot
constexpr Nanos kLongestUptime = 24h * 30;
constexpr Ppm kMostServerFrequency{500};
constexpr double kMostWander = 1e-3;
constexpr std::size_t kMostDisturbances = 16;  // of one direction

constexpr std::array<EnumName<DriftKind>, 4> kDriftKinds{{{"none", DriftKind::none},
                                                          {"sine", DriftKind::sine},
                                                          {"square", DriftKind::square},
                                                          {"linear", DriftKind::linear}}};
constexpr std::array<EnumName<ServerManner>, 7> kManners{
    {{"honest", ServerManner::honest},
     {"silent", ServerManner::silent},
     {"unsynchronised", ServerManner::unsynchronised},
     {"bogus_origin", ServerManner::bogus_origin},
     {"kiss_rate", ServerManner::kiss_rate},
     {"kiss_deny", ServerManner::kiss_deny},
     {"kiss_restrict", ServerManner::kiss_restrict}}};
constexpr std::array<EnumName<core::Leap>, 3> kLeaps{
    {{"none", core::Leap::none}, {"insert", core::Leap::insert}, {"erase", core::Leap::erase}}};
constexpr std::array<EnumName<core::Mode>, 3> kModes{{{"observe", core::Mode::observe},
                                                      {"auto", core::Mode::automatic},
                                                      {"takeover", core::Mode::takeover}}};
constexpr std::array<EnumName<core::StartupStep>, 4> kStartupSteps{
    {{"never", core::StartupStep::never},
     {"forward", core::StartupStep::forward},
     {"boot", core::StartupStep::boot},
     {"any", core::StartupStep::any}}};

void decode_drift(const JsonValue& value, const std::string& path, DriftLaw& drift,
                  JsonProblems& problems) {
  ObjectReader reader(value, path, problems);
  reader.get<DriftKind>("kind", drift.kind, kDriftKinds);
  reader.get("amplitude", drift.amplitude, -kLargestFrequency, kLargestFrequency);
  reader.get("period", drift.period, 2s, kLongestRun);
  reader.finish();
}

Disturbance decode_disturbance(const JsonValue& value, const std::string& path,
                               JsonProblems& problems) {
  ObjectReader reader(value, path, problems);
  Disturbance result;
  reader.get("every", result.every, 1s, kLongestRun);
  reader.get("from", result.from, 0s, kLongestRun);
  Nanos length{};
  reader.get("for", length, 0s, kLongestRun);
  if (reader.has("for")) result.length = length;
  reader.get("chance", result.chance, 0, 1);
  reader.get("delay", result.delay, 0s, kLongestDelay);
  reader.get("ramp", result.ramp, 0s, kLongestRun);
  reader.get("jitter", result.jitter, 0s, kLongestDelay);
  reader.get("loss", result.loss, 0, 1);
  if (result.every > 0s && result.from + length > result.every)
    reader.problem("every", "is shorter than 'from' and 'for' together");
  if (!reader.has("delay") && !reader.has("jitter") && !reader.has("loss"))
    reader.problem("delay", R"(is missing, and so are 'jitter' and 'loss': no effect)");
  reader.finish();
  return result;
}

// The keys that a server and each direction of its path share.
void read_link(ObjectReader& reader, LinkLaw& link, JsonProblems& problems) {
  reader.get("delay", link.delay, 0s, kLongestDelay);
  reader.get("jitter", link.jitter, 0s, kLongestDelay);
  reader.get("loss", link.loss, 0, 1);
  reader.get("duplicate", link.duplicate, 0, 1);
  reader.get("pass_every", link.pass_every, 1, 1'000'000);
  std::vector<Disturbance> disturbances;
  reader.each("disturbances", [&](const JsonValue& value, const std::string& path) {
    if (disturbances.size() == kMostDisturbances)
      return problems.add(value.line(), path, "more than 16 disturbances");
    disturbances.push_back(decode_disturbance(value, path, problems));
  });
  // The older key of a single one.
  if (const JsonValue* recurring = reader.member("recurring"))
    disturbances.push_back(decode_disturbance(*recurring, reader.path_of("recurring"), problems));
  if (!disturbances.empty() || reader.has("disturbances"))
    link.disturbances = std::move(disturbances);
}

void decode_link(ObjectReader& server, std::string_view key, LinkLaw& link,
                 JsonProblems& problems) {
  const JsonValue* value = server.member(key);
  if (value == nullptr) return;
  ObjectReader reader(*value, server.path_of(key), problems);
  read_link(reader, link, problems);
  reader.finish();
}

SecondClock decode_second_clock(const JsonValue& value, const std::string& path,
                                JsonProblems& problems) {
  ObjectReader reader(value, path, problems);
  SecondClock also;
  reader.get("ahead", also.ahead, -kLargestOffset, kLargestOffset);
  reader.get("chance", also.chance, 0, 1);
  reader.finish();
  return also;
}

UpstreamLaw decode_upstream(const JsonValue& value, const std::string& path,
                            JsonProblems& problems) {
  ObjectReader reader(value, path, problems);
  UpstreamLaw upstream{.up_for = kSettledFor};
  reader.get("delay", upstream.delay, 0s, kLongestDelay);
  reader.get("jitter", upstream.jitter, 0s, kLongestDelay);
  reader.get("frequency", upstream.frequency, -kMostServerFrequency, kMostServerFrequency);
  reader.get("wander", upstream.wander, 0, kMostWander);
  reader.get("up_for", upstream.up_for, 0s, kLongestUptime);
  reader.finish();
  return upstream;
}

std::string letter_name(std::size_t index) {
  std::string name;
  for (std::size_t left = index + 1; left > 0; left = (left - 1) / 26)
    name.insert(name.begin(), static_cast<char>('a' + static_cast<int>((left - 1) % 26)));
  return name;
}

// Which keys a kind of event takes; any other key is a mistake.
struct EventKeys {
  bool server = false;
  bool by = false;  // an amount of time
  bool length = false;
  bool frequency = false;
};

constexpr EventKeys keys_of(EventKind kind) {
  switch (kind) {
    case EventKind::server_step:
      return {.server = true, .by = true};
    case EventKind::server_back:
      return {.server = true};
    case EventKind::server_drift:
      return {.server = true, .frequency = true};
    case EventKind::server_mute:
    case EventKind::outage:
      return {.server = true, .length = true};
    case EventKind::frequency_step:
    case EventKind::external_slew:
      return {.frequency = true};
    case EventKind::leap_second:
    case EventKind::external_step:
    case EventKind::external_adjtime:
      return {.by = true};
    case EventKind::vm_pause:
    case EventKind::snapshot_rollback:
    case EventKind::kill:
    case EventKind::steal:
      return {.length = true};
    case EventKind::migration:
      return {.length = true, .frequency = true};
    case EventKind::suspend:
    case EventKind::busy:
      return {.by = true, .length = true};
  }
  return {};
}

void read_event_kind(ObjectReader& reader, EventKind& kind) {
  std::array<EnumName<EventKind>, kEventKinds> names{};
  for (std::size_t i = 0; i < kEventKinds; ++i) {
    const auto each = static_cast<EventKind>(i);
    names[i] = {to_string(each), each};
  }
  reader.get<EventKind>("kind", kind, names);
  if (!reader.has("kind")) reader.problem("kind", R"(is missing; for instance "kind": "outage")");
}

// Leap seconds are at the end of a month, in UTC.
void read_leap(ObjectReader& reader, const Scenario& scenario, Happening& event) {
  event.amount = 1s;
  reader.get("by", event.amount, -1s, 1s);
  if (magnitude(event.amount) != 1s)
    reader.problem("by", R"(must be "1s" (inserted) or "-1s" (deleted))");
  const Nanos midnight = (scenario.start + event.at).since_epoch;
  const std::chrono::sys_days day{std::chrono::floor<std::chrono::days>(midnight)};
  if (midnight % 24h != 0s || std::chrono::year_month_day{day}.day() != std::chrono::day{1})
    reader.problem("at", "is not a midnight before the first of a month: see 'date', which is " +
                             date_text(scenario.start));
}

void check_server(ObjectReader& reader, const Scenario& scenario, const Happening& event) {
  if (event.server.empty()) return;
  std::vector<std::string_view> names;
  for (const ServerLaw& server : scenario.servers) names.push_back(server.name);
  if (std::ranges::find(names, event.server) == names.end())
    reader.problem("server", "no server '" + event.server + "'" + suggestion(event.server, names));
}

}  // namespace

void decode_client(const JsonValue& value, const std::string& path, ClientLaw& client,
                   JsonProblems& problems) {
  ObjectReader reader(value, path, problems);
  reader.get("ahead", client.ahead, -kFarthestClock, kFarthestClock);
  reader.get("uptime", client.uptime, 1s, kLongestUptime);
  reader.get("frequency", client.frequency, -kLargestFrequency, kLargestFrequency);
  reader.get("wander", client.wander, 0, kMostWander);
  if (const JsonValue* drift = reader.member("drift"))
    decode_drift(*drift, reader.path_of("drift"), client.drift, problems);
  reader.get("timer_latency", client.timer_latency, 0s, kMostLatency);
  reader.get("stamp_noise", client.stamp_noise, 0s, kMostLatency);
  if (reader.has("host_clock")) {
    Nanos uncertainty{};
    reader.get("host_clock", uncertainty, 0s, 10s);
    client.host_clock = uncertainty;
  }
  if (const JsonValue* stored = reader.member("drift_file")) {
    core::DriftRecord record;
    ObjectReader inner(*stored, reader.path_of("drift_file"), problems);
    inner.get("frequency", record.frequency, -kLargestFrequency, kLargestFrequency);
    inner.get("uncertainty", record.uncertainty, Ppm{0}, kLargestFrequency);
    inner.finish();
    client.drift_file = record;
  }
  reader.finish();
}

void decode_server(const JsonValue& value, const std::string& path, std::vector<ServerLaw>& servers,
                   JsonProblems& problems) {
  ObjectReader reader(value, path, problems);
  ServerLaw server;
  server.name = letter_name(servers.size());
  reader.get("name", server.name);
  int count = 1;
  reader.get("count", count, 1, static_cast<int>(limits::kSources));
  reader.get("ahead", server.ahead, -kFarthestClock, kFarthestClock);
  reader.get<ServerManner>("manner", server.manner, kManners);
  if (reader.has("leap")) {
    server.leap = core::Leap::none;
    reader.get<core::Leap>("leap", *server.leap, kLeaps);
  }
  reader.get("prefer", server.prefer);
  reader.get("trust", server.trust);
  reader.get("noselect", server.noselect);
  if (const JsonValue* also = reader.member("also"))
    server.also = decode_second_clock(*also, reader.path_of("also"), problems);
  if (const JsonValue* upstream = reader.member("upstream"))
    server.upstream = decode_upstream(*upstream, reader.path_of("upstream"), problems);
  read_link(reader, server.up, problems);
  server.down = server.up;
  decode_link(reader, "up", server.up, problems);
  decode_link(reader, "down", server.down, problems);
  if (count > 1 && reader.has("name"))
    reader.problem("name", "several servers cannot share one name; remove 'name' or 'count'");
  reader.finish();
  for (int i = 0; i < count; ++i) {
    if (servers.size() == limits::kSources)
      return problems.add(value.line(), path,
                          "more than " + std::to_string(limits::kSources) + " servers");
    if (i > 0) server.name = letter_name(servers.size());
    if (std::ranges::find(servers, server.name, &ServerLaw::name) != servers.end())
      problems.add(value.line(), path, "duplicate server name '" + server.name + "'");
    servers.push_back(server);
  }
}

void decode_event(const JsonValue& value, const std::string& path, const Scenario& scenario,
                  std::vector<Happening>& events, JsonProblems& problems) {
  ObjectReader reader(value, path, problems);
  Happening event;
  read_event_kind(reader, event.kind);
  const EventKeys keys = keys_of(event.kind);
  reader.get("at", event.at, 0s, kLongestRun);
  if (!reader.has("at")) reader.problem("at", R"(is missing; for instance "at": "12h")");
  if (keys.server) reader.get("server", event.server);
  if (event.kind == EventKind::leap_second)
    read_leap(reader, scenario, event);
  else if (event.kind == EventKind::busy)
    reader.get("by", event.amount, 0s, kMostLatency);
  else if (keys.by)
    reader.get("by", event.amount, -kLargestOffset, kLargestOffset);
  if (keys.length) reader.get("for", event.length, 0s, kLongestRun);
  if (keys.frequency)
    reader.get("frequency", event.frequency, -kLargestFrequency, kLargestFrequency);
  if (event.kind == EventKind::vm_pause) reader.get("tsc_kept", event.tsc_kept);
  if (event.kind == EventKind::migration || event.kind == EventKind::snapshot_rollback)
    reader.get("signalled", event.signalled);
  if (event.kind == EventKind::kill) reader.get("restored", event.restored);
  if (event.kind != EventKind::leap_second) reader.get("every", event.every, 10ms, kLongestRun);
  check_server(reader, scenario, event);
  reader.finish();
  events.push_back(std::move(event));
}

void decode_core(const JsonValue& value, const std::string& path, core::CoreConfig& core,
                 JsonProblems& problems) {
  ObjectReader reader(value, path, problems);
  reader.get<core::Mode>("mode", core.mode, kModes);
  reader.get<core::StartupStep>("startup_step", core.step.at_startup, kStartupSteps);
  reader.get("max_unconfirmed", core.step.max_unconfirmed, 0s, kLargestOffset);
  reader.get("boot_window", core.step.boot_window, 0s, kLongestRun);
  reader.get("step_threshold", core.step.threshold, 1ms, kLargestOffset);
  reader.get("max_frequency", core.steering.max_frequency, core::kPlausibleOscillator,
             kLargestFrequency);
  reader.get("large_offset", core.steering.large_offset, 1ms, 1h);
  reader.get("hold_samples", core.phase.hold_samples, 1, 100);
  reader.get("large_phase_offset", core.phase.large_phase_offset, 1ms, kLargestOffset);
  reader.get("spike_watch", core.phase.spike_watch, 0s, kLongestRun);
  reader.get("spike_floor", core.phase.spike_floor, 1ms, kLargestOffset);
  reader.get("panic", core.phase.panic, 1s, kLargestOffset);
  reader.get("max_slew_eta", core.phase.max_slew_eta, 1s, kLargestOffset);
  reader.get("min_sources", core.selection.min_sources, 1, static_cast<int>(limits::kSources));
  reader.get("max_distance", core.selection.max_distance, 1ms, kLongestDelay);
  reader.finish();
}

}  // namespace slewd::sim
