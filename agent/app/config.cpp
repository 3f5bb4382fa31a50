#include "agent/app/config.hpp"

#include <set>

#include "base/json_reader.hpp"
#include "base/limits.hpp"

namespace slewd::app {
namespace {

using namespace std::chrono_literals;

constexpr EnumName<core::Mode> kModes[] = {{"observe", core::Mode::observe},
                                           {"auto", core::Mode::automatic},
                                           {"takeover", core::Mode::takeover}};
constexpr EnumName<core::StartupStep> kStartupSteps[] = {{"never", core::StartupStep::never},
                                                         {"forward", core::StartupStep::forward},
                                                         {"any", core::StartupStep::any}};
constexpr EnumName<LogLevel> kLogLevels[] = {{"debug", LogLevel::debug},
                                             {"info", LogLevel::info},
                                             {"warning", LogLevel::warning},
                                             {"error", LogLevel::error}};
constexpr EnumName<LogFormat> kLogFormats[] = {{"logfmt", LogFormat::logfmt},
                                               {"json", LogFormat::json}};

constexpr Nanos kShortestPoll = 1s;
constexpr Nanos kLongestPoll = 36h;  // RFC 5905 MAXPOLL
constexpr Ppm kLeastSlew{1};
constexpr Ppm kGreatestSlew{100'000};  // the kernel's tick ends there

void read_poll(const JsonValue& value, const std::string& path, core::PollRange& poll,
               JsonProblems& problems) {
  ObjectReader reader(value, path, problems);
  reader.get("min", poll.minimum, kShortestPoll, kLongestPoll);
  reader.get("max", poll.maximum, kShortestPoll, kLongestPoll);
  if (poll.minimum > poll.maximum) reader.problem("min", "min is longer than max");
  reader.finish();
}

void read_listen(ObjectReader& reader, ListenConfig& listen) {
  std::string text;
  reader.get("listen", text);
  if (!reader.has("listen")) return;
  if (text.empty()) {
    listen = {"", 0};
    return;
  }
  const auto colon = text.rfind(':');
  std::string host = text.substr(0, colon == std::string::npos ? 0 : colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  const std::string digits = colon == std::string::npos ? "" : text.substr(colon + 1);
  const bool numeric = !digits.empty() && digits.size() <= 5 &&
                       digits.find_first_not_of("0123456789") == std::string::npos;
  if (host.empty() || !numeric || std::stoi(digits) > 65535) {
    reader.problem("listen", "'" + text +
                                 "' is not an address and port; write for instance "
                                 "\"127.0.0.1:10123\", or \"\" to serve nothing");
    return;
  }
  listen = {host, static_cast<std::uint16_t>(std::stoi(digits))};
}

core::SourceConfig read_source(const JsonValue& value, const std::string& path, bool pool,
                               JsonProblems& problems) {
  core::SourceConfig source;
  source.pool = pool;
  ObjectReader reader(value, path, problems);
  reader.get("host", source.host);
  reader.get("name", source.name);
  int port = source.port;
  reader.get("port", port, 1, 65535);
  source.port = static_cast<std::uint16_t>(port);
  reader.get("iburst", source.iburst);
  reader.get("prefer", source.prefer);
  reader.get("trust", source.trust);
  reader.get("require", source.require);
  reader.get("noselect", source.noselect);
  reader.get("max_delay", source.max_delay, 1ms, 16s);
  if (pool) reader.get("members", source.pool_members, 1, static_cast<int>(limits::kPoolMembers));
  reader.finish();
  if (source.host.empty()) reader.problem("host", "a host name or address is needed");
  if (source.name.empty())
    source.name =
        source.port == 123 ? source.host : source.host + ":" + std::to_string(source.port);
  return source;
}

void read_sources(ObjectReader& reader, std::vector<core::SourceConfig>& sources,
                  JsonProblems& problems) {
  std::set<std::string> names;
  const auto read = [&](bool pool) {
    return [&, pool](const JsonValue& value, const std::string& path) {
      core::SourceConfig source = read_source(value, path, pool, problems);
      if (!names.insert(source.name).second)
        problems.add(value.line(), path,
                     "the name '" + source.name + "' is taken; give this one a \"name\"");
      sources.push_back(std::move(source));
    };
  };
  if (reader.has("servers") || reader.has("pools")) sources.clear();
  reader.each("servers", read(false));
  reader.each("pools", read(true));
  if (sources.size() > limits::kSources)
    reader.problem("servers", "more than " + std::to_string(limits::kSources) + " sources");
}

void read_steering(const JsonValue& value, core::SteeringConfig& steering, JsonProblems& problems) {
  ObjectReader reader(value, "steering", problems);
  reader.get("max_slew", steering.max_slew, kLeastSlew, kGreatestSlew);
  reader.get("large_offset_slew", steering.large_offset_slew, kLeastSlew, kGreatestSlew);
  reader.get("large_offset", steering.large_offset, 1ms, 1h);
  reader.get("lease", steering.lease, 1s, 5min);
  reader.finish();
}

void read_phase(const JsonValue& value, core::PhaseConfig& phase, JsonProblems& problems) {
  ObjectReader reader(value, "phase", problems);
  reader.get("hold_samples", phase.hold_samples, 1, 100);
  reader.get("large_phase_offset", phase.large_phase_offset, 1ms, 1h);
  reader.get("spike_watch", phase.spike_watch, 1s, 24h);
  reader.get("spike_floor", phase.spike_floor, 1ms, 1h);
  reader.get("panic", phase.panic, 1s, 24h * 365);
  reader.get("max_slew_eta", phase.max_slew_eta, 1min, 24h * 365);
  reader.finish();
}

void read_core(ObjectReader& reader, core::CoreConfig& core, JsonProblems& problems) {
  reader.get<core::Mode>("mode", core.mode, kModes);
  read_sources(reader, core.sources, problems);
  if (const JsonValue* poll = reader.member("poll")) read_poll(*poll, "poll", core.poll, problems);
  if (const JsonValue* steering = reader.member("steering"))
    read_steering(*steering, core.steering, problems);
  if (const JsonValue* phase = reader.member("phase")) read_phase(*phase, core.phase, problems);
  if (const JsonValue* selection = reader.member("selection")) {
    ObjectReader inner(*selection, "selection", problems);
    inner.get("min_sources", core.selection.min_sources, 1, static_cast<int>(limits::kSources));
    inner.get("max_distance", core.selection.max_distance, 1ms, 16s);
    inner.finish();
  }
  if (const JsonValue* step = reader.member("step")) {
    ObjectReader inner(*step, "step", problems);
    inner.get<core::StartupStep>("at_startup", core.step.at_startup, kStartupSteps);
    inner.get("threshold", core.step.threshold, 1ms, 24h * 365);
    inner.finish();
  }
  if (const JsonValue* jumps = reader.member("jumps")) {
    ObjectReader inner(*jumps, "jumps", problems);
    inner.get("floor", core.jumps.floor, 1ms, 1h);
    inner.get("look_every", core.jumps.look_every, 10ms, 1min);
    inner.finish();
  }
  reader.get("synchronized_bound", core.synchronized_bound, 1us, 16s);
}

// Four members of the public pool: what every distribution's default does.
std::vector<core::SourceConfig> default_sources() {
  core::SourceConfig pool;
  pool.host = "pool.ntp.org";
  pool.name = pool.host;
  pool.pool = true;
  return {pool};
}

}  // namespace

Result<Config> parse_config(std::string_view text, std::string_view name) {
  Config config;
  config.core.sources = default_sources();
  const bool blank = text.find_first_not_of(" \t\r\n") == std::string_view::npos;
  if (blank) return config;
  const Result<JsonValue> document = parse_json(text, name);
  if (!document) return fail(document.error());
  JsonProblems problems{std::string(name)};
  ObjectReader reader(*document, "", problems);
  read_core(reader, config.core, problems);
  read_listen(reader, config.listen);
  reader.get("control_socket", config.control_socket);
  reader.get("state_directory", config.state_directory);
  if (const JsonValue* rules = reader.member("rules")) {
    ObjectReader inner(*rules, "rules", problems);
    inner.get("builtin", config.rules.builtin);
    inner.get("files", config.rules.files);
    inner.finish();
  }
  if (const JsonValue* log = reader.member("log")) {
    ObjectReader inner(*log, "log", problems);
    inner.get<LogLevel>("level", config.log.level, kLogLevels);
    inner.get<LogFormat>("format", config.log.format, kLogFormats);
    inner.finish();
  }
  reader.finish();
  if (!problems.empty()) return fail(problems.to_error());
  return config;
}

}  // namespace slewd::app
