// SPDX-License-Identifier: Apache-2.0
// Limits outside the rules: maintenance windows, fleet locks, limits of all rules.
#include <array>

#include "base/limits.hpp"
#include "rules/files/decode.hpp"
#include "rules/unit_name.hpp"

namespace slewd::rules {
namespace {

constexpr std::array<std::string_view, 7> kDaysFromSunday{"sun", "mon", "tue", "wed",
                                                          "thu", "fri", "sat"};

std::optional<int> two_digits(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 2 || !digit(text[0]) || !digit(text[1])) return std::nullopt;
  return (text[0] - '0') * 10 + (text[1] - '0');
}

// "02:30"; 24:00 is the end of the day.
std::optional<Nanos> time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hours = two_digits(text.substr(0, 2));
  const auto minutes = two_digits(text.substr(3));
  if (!hours || !minutes || *minutes > 59) return std::nullopt;
  const Nanos time = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return time <= 24h ? std::optional(time) : std::nullopt;
}

// A template covers all its instances.
std::string an_instance(std::string unit) {
  const std::size_t at = unit.find("@.");
  return at == std::string::npos ? unit : unit.insert(at + 1, "1");
}

// "UTC", "+02:00", "-05:30".
std::optional<Nanos> zone_of(std::string_view text) {
  if (text == "UTC" || text == "Z") return 0s;
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto shift = time_of_day(text.substr(1));
  if (!shift || *shift > 14h) return std::nullopt;
  return text[0] == '-' ? -*shift : *shift;
}

void decode_days(ObjectReader& reader, MaintenanceWindow& window) {
  std::vector<std::string> days;
  reader.get("days", days);
  if (!reader.has("days")) return;
  window.days = {};
  for (const std::string& day : days) {
    bool known = false;
    for (std::size_t i = 0; i < kDaysFromSunday.size(); ++i) {
      if (day != kDaysFromSunday[i]) continue;
      window.days[i] = true;
      known = true;
    }
    if (!known)
      reader.problem("days", "'" + day + "' is not one of mon, tue, wed, thu, fri, sat, sun");
  }
  if (days.empty()) reader.problem("days", "at least one day is needed; omit the key for all days");
}

void decode_time(ObjectReader& reader, std::string_view key, Nanos& out) {
  std::string text;
  reader.get(key, text);
  if (!reader.has(key)) return reader.problem(key, R"(is missing, for instance "02:00")");
  const auto time = time_of_day(text);
  if (!time) return reader.problem(key, "'" + text + R"(' is not a time of day like "02:00")");
  out = *time;
}

}  // namespace

MaintenanceWindow decode_window(const JsonValue& value, const std::string& name,
                                const std::string& path, JsonProblems& problems) {
  MaintenanceWindow window;
  window.name = name;
  if (!is_name(name)) problems.add(value.line(), path, bad_name(name));
  ObjectReader reader(value, path, problems);
  std::string zone;
  reader.get("zone", zone);
  decode_days(reader, window);
  if (value.object() == nullptr) return window;
  decode_time(reader, "from", window.from);
  decode_time(reader, "to", window.to);
  reader.get("max_bound", window.max_bound, 1ms, 1h);
  if (const auto shift = zone_of(zone); shift)
    window.zone = *shift;
  else if (!reader.has("zone"))
    reader.problem("zone", R"(is missing: "UTC" or a distance like "+02:00")");
  else
    reader.problem("zone",
                   R"("UTC" or a distance like "+02:00"; names of time zones are not supported, )"
                   R"(because their rules can change)");
  reader.finish();
  return window;
}

FleetLock decode_lock(const JsonValue& value, const std::string& name, const std::string& path,
                      JsonProblems& problems) {
  FleetLock lock;
  lock.name = name;
  if (!is_name(name)) problems.add(value.line(), path, bad_name(name));
  ObjectReader reader(value, path, problems);
  reader.get("slots", lock.slots, 1, 16);
  reader.get("ttl", lock.ttl, 15s, 1h);
  reader.get("interval", lock.interval, 0s, 24h);
  reader.get("jitter", lock.jitter, 0s, 10min);
  reader.get("min_healthy", lock.min_healthy, 0, 1);
  reader.finish();
  return lock;
}

std::vector<ModeChoice> decode_rule_modes(const JsonValue& value, ObjectReader& reader,
                                          const std::string& file) {
  std::vector<ModeChoice> modes;
  if (value.object() == nullptr) return modes;
  for (const auto& [name, word] : *value.object()) {
    if (modes.size() == limits::kRules) {
      reader.problem(name, "more than " + std::to_string(limits::kRules) + " modes");
      break;
    }
    ModeChoice choice{name, RuleMode::shadow, file};
    reader.get<RuleMode>(name, choice.mode, kRuleModeNames);
    modes.push_back(std::move(choice));
  }
  return modes;
}

GlobalLimits decode_global(const JsonValue& value, JsonProblems& problems) {
  GlobalLimits global;
  ObjectReader reader(value, "global", problems);
  reader.get("kill_switch", global.kill_switch);
  reader.get<RuleMode>("mode", global.mode, kRuleModeNames);
  reader.get("actions_per_hour", global.actions_per_hour, 0, 1000);
  reader.get("boot_grace", global.boot_grace, 0s, 24h);
  reader.get("protect", global.protect);
  if (global.protect.size() > limits::kProtectedUnits)
    reader.problem("protect",
                   "more than " + std::to_string(limits::kProtectedUnits) + " protected units");
  for (const std::string& unit : global.protect)
    if (const auto why = why_no_unit(an_instance(unit)); why) reader.problem("protect", *why);
  double share = 0;
  reader.get("storm_share", share, 0.01, 1);
  if (reader.has("storm_share")) global.storm_share = share;
  reader.finish();
  return global;
}

}  // namespace slewd::rules
