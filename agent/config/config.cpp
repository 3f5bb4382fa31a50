// SPDX-License-Identifier: Apache-2.0
#include "agent/config/config.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <optional>
#include <set>

#include <linux/limits.h>
#include <net/if.h>

#include "agent/config/foreign_config.hpp"
#include "agent/config/host_check.hpp"
#include "agent/core/discipline/w32time_profile.hpp"
#include "agent/core/ntp/packet.hpp"
#include "agent/os/net/endpoint.hpp"
#include "base/duration.hpp"
#include "base/json_reader.hpp"
#include "base/limits.hpp"
#include "rules/files/decode.hpp"

namespace slewd::app {
namespace {

using namespace std::chrono_literals;

constexpr std::array<EnumName<core::Mode>, 3> kModes{{{"observe", core::Mode::observe},
                                                      {"auto", core::Mode::automatic},
                                                      {"takeover", core::Mode::takeover}}};
constexpr std::array<EnumName<core::LeapMode>, 3> kLeapModes{{{"slew", core::LeapMode::slew},
                                                              {"kernel", core::LeapMode::kernel},
                                                              {"ignore", core::LeapMode::ignore}}};
constexpr std::array<EnumName<core::AfterPause>, 2> kAfterPauses{
    {{"slew", core::AfterPause::slew}, {"step_forward", core::AfterPause::step_forward}}};
constexpr std::array<EnumName<core::StartupStep>, 4> kStartupSteps{
    {{"never", core::StartupStep::never},
     {"forward", core::StartupStep::forward},
     {"boot", core::StartupStep::boot},
     {"any", core::StartupStep::any}}};
constexpr std::array<EnumName<core::Profile>, 2> kProfiles{
    {{"native", core::Profile::native}, {"w32time", core::Profile::w32time}}};
constexpr std::array<EnumName<core::AddressFamily>, 3> kFamilies{
    {{"any", core::AddressFamily::any},
     {"ipv4", core::AddressFamily::ipv4},
     {"ipv6", core::AddressFamily::ipv6}}};
constexpr std::array<EnumName<LogLevel>, 4> kLogLevels{{{"debug", LogLevel::debug},
                                                        {"info", LogLevel::info},
                                                        {"warning", LogLevel::warning},
                                                        {"error", LogLevel::error}}};
constexpr std::array<EnumName<LogFormat>, 2> kLogFormats{
    {{"logfmt", LogFormat::logfmt}, {"json", LogFormat::json}}};

constexpr const char* kDefaultPool = "pool.ntp.org";
constexpr Nanos kShortestPoll = 1s;
constexpr Nanos kShortestPrivatePoll = 125ms;  // of a server of this network
constexpr Nanos kLongestPoll = 36h;            // RFC 5905 MAXPOLL
constexpr std::size_t kHostBytes = 253;        // RFC 1035 section 2.3.4, as text
constexpr std::size_t kSourceNameBytes = 260;  // a label of metrics; a host with its port fits
constexpr std::size_t kPathBytes = PATH_MAX - 1;
constexpr std::size_t kUserBytes = 32;  // useradd(8)
constexpr std::size_t kDeviceBytes = IFNAMSIZ - 1;
constexpr Ppm kLeastSlew{1};
constexpr Ppm kGreatestSlew{100'000};  // the kernel's tick ends there

void read_poll(const JsonValue& value, const std::string& path, core::PollRange& poll,
               JsonProblems& problems, Nanos shortest = kShortestPoll) {
  ObjectReader reader(value, path, problems);
  reader.get("min", poll.minimum, shortest, kLongestPoll);
  reader.get("max", poll.maximum, shortest, kLongestPoll);
  if (poll.minimum > poll.maximum)
    reader.problem("min",
                   "min " + format(poll.minimum) + " is longer than max " + format(poll.maximum));
  reader.finish();
}

// "127.0.0.1:10123" or "[::1]:10123". Names are not resolved: the daemon must serve without DNS.
std::optional<ListenConfig> parse_listen(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string digits(text.substr(colon + 1));
  const bool numeric = !digits.empty() && digits.size() <= 5 &&
                       digits.find_first_not_of("0123456789") == std::string::npos;
  if (!numeric || std::stoi(digits) > 65535) return std::nullopt;
  const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (brackets) host = host.substr(1, host.size() - 2);
  const auto port = static_cast<std::uint16_t>(std::stoi(digits));
  const auto address = os::parse_numeric(host, port);
  if (!address || address->ipv6 != brackets || address->scope != 0) return std::nullopt;
  return ListenConfig{std::string(host), port};
}

void read_listen(ObjectReader& reader, ListenConfig& listen) {
  if (!reader.has("listen")) return;
  std::string text;
  reader.get("listen", text);
  if (text.empty()) {
    listen = {"", 0};
    return;
  }
  if (const auto parsed = parse_listen(text)) {
    listen = *parsed;
    return;
  }
  reader.problem("listen", "'" + text +
                               "' is not a numeric address and port; write for instance "
                               "\"127.0.0.1:10123\" or \"[::1]:10123\", or \"\" to disable HTTP");
}

bool has_control_characters(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
}

// A path, name or host: one line without control characters, not beyond `limit` bytes.
void read_word(ObjectReader& reader, std::string_view key, std::string& out, std::size_t limit) {
  reader.get(key, out);
  if (has_control_characters(out))
    reader.problem(key, "contains control characters");
  else if (out.size() > limit)
    reader.problem(key, "is longer than " + std::to_string(limit) + " bytes");
}

void read_paths(ObjectReader& reader, Config& config) {
  read_word(reader, "control_socket", config.control_socket, kPathBytes);
  read_word(reader, "state_directory", config.state_directory, kPathBytes);
  read_word(reader, "trace_file", config.trace_file, kPathBytes);
  read_word(reader, "leap_list", config.leap_list, kPathBytes);
  read_word(reader, "time_bound", config.time_bound, kPathBytes);
  reader.get("seccomp", config.seccomp);
  read_word(reader, "user", config.user, kUserBytes);
  if (config.user.empty())
    reader.problem("user", "must be a user name, for instance \"slewd\" or \"root\"");
  if (config.state_directory.empty())
    reader.problem("state_directory", "must not be empty; the default is \"/var/lib/slewd\"");
}

// Below a second for servers of this network alone. A name may have an address of either kind: then
// the core takes a second where the address is a public one.
void read_own_poll(ObjectReader& reader, const std::string& path, core::SourceConfig& source,
                   JsonProblems& problems) {
  const JsonValue* poll = reader.member("poll");
  if (poll == nullptr) return;
  const auto numeric = os::parse_numeric(source.host, source.port);
  const bool may_be_private = !source.pool && (!numeric || core::is_private(*numeric));
  read_poll(*poll, path + ".poll", source.poll.emplace(), problems,
            may_be_private ? kShortestPrivatePoll : kShortestPoll);
}

// Where the requests come from.
void read_local(ObjectReader& reader, const core::SourceConfig& source, core::LocalEnd& local) {
  read_word(reader, "bind_address", local.address, kHostBytes);
  read_word(reader, "bind_device", local.device, kDeviceBytes);
  reader.get("dscp", local.dscp, 0, 63);
  if (local.address.empty()) return;
  const auto address = os::parse_numeric(local.address, 0);
  if (!address)
    reader.problem("bind_address", "'" + local.address +
                                       "' is not a numeric address; write for instance "
                                       "\"192.0.2.7\" or \"2001:db8::7\"");
  else if (const auto server = os::parse_numeric(source.host, 0);
           server && server->ipv6 != address->ipv6)
    reader.problem("bind_address", "is of another family than host " + source.host);
}

void read_family(ObjectReader& reader, core::SourceConfig& source) {
  reader.get<core::AddressFamily>("family", source.family, kFamilies);
  const auto server = os::parse_numeric(source.host, 0);
  if (!server || source.family == core::AddressFamily::any) return;
  if (server->ipv6 != (source.family == core::AddressFamily::ipv6))
    reader.problem("family", "host " + source.host + " is of the other family; leave this out");
}

core::SourceConfig read_source(const JsonValue& value, const std::string& path, bool pool,
                               JsonProblems& problems) {
  core::SourceConfig source;
  source.pool = pool;
  ObjectReader reader(value, path, problems);
  read_word(reader, "host", source.host, kHostBytes);
  read_word(reader, "name", source.name, kSourceNameBytes);
  int port = source.port;
  reader.get("port", port, 1, 65535);
  source.port = static_cast<std::uint16_t>(port);
  reader.get("iburst", source.iburst);
  reader.get("prefer", source.prefer);
  reader.get("trust", source.trust);
  reader.get("require", source.require);
  reader.get("noselect", source.noselect);
  reader.get("max_delay", source.max_delay, 1ms, 16s);
  reader.get("max_delay_ratio", source.max_delay_ratio, 1.1, 1000);
  reader.get("min_delay", source.min_delay, 0s, 16s);
  reader.get("asymmetry", source.asymmetry, -0.5, 0.5);
  reader.get("offset", source.offset, -24h, 24h);
  reader.get("version", source.version, 1, int{core::kNtpVersion});
  read_own_poll(reader, path, source, problems);
  read_family(reader, source);
  read_local(reader, source, source.local);
  if (pool) reader.get("members", source.pool_members, 1, static_cast<int>(limits::kPoolMembers));
  reader.finish();
  if (source.host.empty()) reader.problem("host", "must be a host name or address");
  if (const std::string problem = host_problem(source.host); !problem.empty())
    reader.problem("host", problem);
  if (source.name.empty())
    source.name =
        source.port == 123 ? source.host : source.host + ":" + std::to_string(source.port);
  return source;
}

void read_sources(ObjectReader& reader, std::vector<core::SourceConfig>& sources,
                  JsonProblems& problems) {
  std::set<std::string> names;
  std::set<std::pair<std::string, std::uint16_t>> places;
  const auto read = [&](bool pool) {
    return [&, pool](const JsonValue& value, const std::string& path) {
      core::SourceConfig source = read_source(value, path, pool, problems);
      if (!names.insert(source.name).second)
        problems.add(value.line(), path,
                     "the name '" + source.name + "' is already used; set a different \"name\"");
      if (source.name.find('#') != std::string::npos)
        problems.add(value.line(), path,
                     "must not contain '#', which numbers the members of pools");
      if (!source.host.empty() && !places.insert({source.host, source.port}).second)
        problems.add(
            value.line(), path,
            source.host + " port " + std::to_string(source.port) + " is already configured");
      sources.push_back(std::move(source));
    };
  };
  reader.each("servers", read(false));
  reader.each("pools", read(true));
  if (sources.size() > limits::kSources)
    reader.problem("servers", "more than " + std::to_string(limits::kSources) + " sources");
}

void read_steering(const JsonValue& value, core::SteeringConfig& steering, JsonProblems& problems) {
  ObjectReader reader(value, "steering", problems);
  reader.get("max_frequency", steering.max_frequency, core::kPlausibleOscillator, kGreatestSlew);
  reader.get("max_slew", steering.max_slew, kLeastSlew, kGreatestSlew);
  reader.get("large_offset_slew", steering.large_offset_slew, kLeastSlew, kGreatestSlew);
  reader.get("large_offset", steering.large_offset, 1ms, 1h);
  reader.get("lease", steering.lease, 1s, 5min);
  reader.finish();
}

// w32time has whole seconds, an offset that fits its registry value, and a timer of 2^n seconds.
void check_w32time(ObjectReader& reader, const core::PhaseConfig& phase, Nanos poll_minimum) {
  const auto whole = [&](std::string_view key, Nanos value) {
    if (value % 1s != Nanos{0})
      reader.problem(key, format(value) + " is not a whole number of seconds, as w32time requires");
  };
  whole("spike_watch", phase.spike_watch);
  if (phase.special_poll_interval) whole("special_poll_interval", *phase.special_poll_interval);
  if (phase.large_phase_offset > core::kLongestLargePhaseOffset)
    reader.problem("large_phase_offset",
                   format(phase.large_phase_offset) +
                       " is above the limit of w32time: " + format(core::kLongestLargePhaseOffset));
  const auto seconds = static_cast<std::uint64_t>(poll_minimum / 1s);
  const bool power_of_two = poll_minimum % 1s == Nanos{0} && std::has_single_bit(seconds);
  if (phase.legacy_timer_driven && phase.special_poll_interval && !power_of_two)
    reader.problem("legacy_timer_driven", "the timer's interval is poll.min, and " +
                                              format(poll_minimum) +
                                              " is not a power of two in seconds; write for "
                                              "instance \"" +
                                              std::to_string(std::bit_floor(seconds)) + "s\"");
}

void read_profile(ObjectReader& reader, core::PhaseConfig& phase, Nanos poll_minimum) {
  reader.get<core::Profile>("profile", phase.profile, kProfiles);
  if (reader.has("special_poll_interval"))
    reader.get("special_poll_interval", phase.special_poll_interval.emplace(kShortestPoll),
               kShortestPoll, kLongestPoll);
  reader.get("legacy_timer_driven", phase.legacy_timer_driven);
  if (phase.profile == core::Profile::w32time) return check_w32time(reader, phase, poll_minimum);
  for (const char* key : {"special_poll_interval", "legacy_timer_driven"})
    if (reader.has(key))
      reader.problem(key, R"(needs "profile": "w32time"; add that, or remove this key)");
}

void read_phase(const JsonValue& value, core::PhaseConfig& phase, Nanos poll_minimum,
                JsonProblems& problems) {
  ObjectReader reader(value, "phase", problems);
  reader.get("hold_samples", phase.hold_samples, 1, 100);
  reader.get("large_phase_offset", phase.large_phase_offset, 1ms, 1h);
  reader.get("spike_watch", phase.spike_watch, 1s, 24h);
  reader.get("spike_floor", phase.spike_floor, 1ms, 1h);
  reader.get("panic", phase.panic, 1s, 24h * 365);
  reader.get("max_slew_eta", phase.max_slew_eta, 1min, 24h * 365);
  read_profile(reader, phase, poll_minimum);
  reader.finish();
}

// Without a source the clock would never be disciplined. In mode observe, jumps can be detected and
// repaired without a source.
void check_any(ObjectReader& reader, const core::CoreConfig& core) {
  if (core.sources.empty() && core.mode != core::Mode::observe)
    reader.problem(reader.has("servers") ? "servers" : "pools",
                   "is empty; add a server, remove this key to use " + std::string(kDefaultPool) +
                       ", or set mode observe");
}

// With fewer sources than min_sources the clock would never be disciplined.
void check_enough(ObjectReader& reader, const core::CoreConfig& core) {
  const int most = std::accumulate(
      core.sources.begin(), core.sources.end(), 0,
      [](int sum, const core::SourceConfig& s) { return sum + (s.pool ? s.pool_members : 1); });
  if (reader.has("min_sources") && core.selection.min_sources > most)
    reader.problem("min_sources", std::to_string(core.selection.min_sources) +
                                      " cannot be reached: servers and pools give at most " +
                                      std::to_string(most));
}

void read_leap(ObjectReader& reader, core::LeapConfig& leap, JsonProblems& problems) {
  reader.get<core::LeapMode>("leap", leap.mode, kLeapModes);
  if (reader.has("leap_months")) leap.months.clear();
  reader.each("leap_months", [&](const JsonValue& value, const std::string& path) {
    const std::int64_t* month = value.integer();
    if (month == nullptr || *month < 1 || *month > 12)
      problems.add(value.line(), path, "must be a month from 1 to 12");
    else
      leap.months.push_back(static_cast<int>(*month));
  });
}

void read_core(ObjectReader& reader, core::CoreConfig& core, JsonProblems& problems) {
  reader.get<core::Mode>("mode", core.mode, kModes);
  if (reader.has("servers") || reader.has("pools")) core.sources.clear();
  read_sources(reader, core.sources, problems);
  check_any(reader, core);
  if (const JsonValue* poll = reader.member("poll")) read_poll(*poll, "poll", core.poll, problems);
  if (const JsonValue* steering = reader.member("steering"))
    read_steering(*steering, core.steering, problems);
  if (const JsonValue* phase = reader.member("phase"))
    read_phase(*phase, core.phase, core.poll.minimum, problems);
  if (const JsonValue* selection = reader.member("selection")) {
    ObjectReader inner(*selection, "selection", problems);
    inner.get("min_sources", core.selection.min_sources, 1, static_cast<int>(limits::kSources));
    inner.get("max_distance", core.selection.max_distance, 1ms, 16s);
    check_enough(inner, core);
    inner.finish();
  }
  if (const JsonValue* step = reader.member("step")) {
    ObjectReader inner(*step, "step", problems);
    inner.get<core::StartupStep>("at_startup", core.step.at_startup, kStartupSteps);
    inner.get("threshold", core.step.threshold, 1ms, 24h * 365);
    inner.get("max_unconfirmed", core.step.max_unconfirmed, 0s, 24h * 365 * 100);
    inner.get("boot_window", core.step.boot_window, 0s, 24h);
    inner.finish();
  }
  read_leap(reader, core.leap, problems);
  reader.get("synchronized_bound", core.synchronized_bound, 1us, 16s);
}

void read_jumps(const JsonValue& value, Config& config, JsonProblems& problems) {
  ObjectReader reader(value, "jumps", problems);
  reader.get("floor", config.core.jumps.floor, 1ms, 1h);
  reader.get("look_every", config.core.jumps.look_every, 10ms, 1min);
  reader.get<core::AfterPause>("after_pause", config.core.jumps.after_pause, kAfterPauses);
  reader.get("journal", config.journal_jumps);
  reader.finish();
}

// Four members of the public pool, as in the defaults of distributions.
std::vector<core::SourceConfig> default_sources() {
  core::SourceConfig pool;
  pool.host = kDefaultPool;
  pool.name = pool.host;
  pool.pool = true;
  return {pool};
}

void read_origins(ObjectReader& reader, SourceOrigins& origins) {
  reader.get("sources_folders", origins.folders);
  std::vector<std::string> from;
  reader.get("sources_from", from);
  for (const std::string& each : from) {
    if (each == "dhcp")
      origins.dhcp = true;
    else
      reader.problem("sources_from", "'" + each + "' is not known; the one origin is \"dhcp\"");
  }
}

// True for white space and comments only: a file with every line commented out is empty.
bool says_nothing(std::string_view text) {
  if (text.size() > limits::kConfigBytes) return false;
  const auto with_nothing = parse_json(std::string(text) + "\n{}", "");
  return with_nothing && with_nothing->object() != nullptr && with_nothing->object()->empty();
}

}  // namespace

Result<std::vector<core::SourceConfig>> parse_sources(std::string_view text,
                                                      std::string_view name) {
  const Result<JsonValue> document = parse_json(text, name);
  if (!document) return fail(document.error());
  JsonProblems problems{std::string(name)};
  ObjectReader reader(*document, "", problems);
  std::vector<core::SourceConfig> sources;
  read_sources(reader, sources, problems);
  reader.finish();
  if (!problems.empty()) return fail(problems.to_error());
  return sources;
}

Result<Config> parse_config(std::string_view text, std::string_view name) {
  Config config;
  config.core.sources = default_sources();
  config.default_sources = true;
  if (says_nothing(text)) return config;
  const Result<JsonValue> document = parse_json(text, name);
  if (!document) {
    const std::string hint = foreign_hint(text, name);
    return hint.empty() ? fail(document.error())
                        : fail(ErrorCode::invalid, std::string(name) + ": " + hint);
  }
  JsonProblems problems{std::string(name)};
  ObjectReader reader(*document, "", problems);
  config.default_sources = !reader.has("servers") && !reader.has("pools");
  read_core(reader, config.core, problems);
  read_origins(reader, config.origins);
  if (const JsonValue* jumps = reader.member("jumps")) read_jumps(*jumps, config, problems);
  read_listen(reader, config.listen);
  read_paths(reader, config);
  if (const JsonValue* of_rules = reader.member("rules")) {
    ObjectReader inner(*of_rules, "rules", problems);
    inner.get("builtin", config.rules.builtin);
    inner.get("files", config.rules.files);
    inner.get("folder", config.rules.folder);
    if (const JsonValue* modes = inner.member("modes")) {
      ObjectReader choices(*modes, "rules.modes", problems);
      config.rules.modes = rules::decode_rule_modes(*modes, choices, std::string(name));
    }
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
