// SPDX-License-Identifier: Apache-2.0
#include "agent/w32time/w32time_file.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "agent/w32time/w32time_reg.hpp"
#include "base/text.hpp"

namespace slewd {
namespace {

constexpr std::array<std::string_view, 4> kTypes{"NTP", "NT5DS", "AllSync", "NoSync"};

const W32timeNumber* find_number(std::string_view name) {
  const auto numbers = w32time_numbers();
  const auto found = std::ranges::find(numbers, lower_case(name), [](const W32timeNumber& number) {
    return lower_case(number.name);
  });
  return found == numbers.end() ? nullptr : &*found;
}

// One value of the file, whichever format it came in.
struct Value {
  std::string name;
  bool is_number = false;
  std::int64_t number = 0;
  std::string text;
  int line = 0;
};

// Puts values into settings: texts first, because Type says whose defaults the numbers have.
class Assembly {
 public:
  Assembly(W32timeFile& file, JsonProblems& problems) : file_(file), problems_(problems) {}

  void assemble(const std::vector<Value>& values) {
    std::string type = "NTP";
    for (const Value& value : values)
      if (lower_case(value.name) == "type") take_type(value, type);
    file_.role = type == "NT5DS" ? W32timeRole::member : W32timeRole::standalone;
    file_.settings = w32time_defaults(file_.role);
    file_.settings.type = type;
    for (const Value& value : values) {
      if (lower_case(value.name) == "ntpserver") take_peers(value);
      if (const W32timeNumber* number = find_number(value.name); number != nullptr)
        take_number(value, *number);
    }
    check_order();
  }

 private:
  void given(std::string_view name, int line) {
    std::erase_if(file_.given, [&](const auto& earlier) { return earlier.name == name; });
    file_.given.push_back({std::string(name), line});
  }

  bool wants_text(const Value& value, const char* example) {
    if (!value.is_number) return true;
    problems_.add(value.line, value.name, std::string("must be a text, for instance ") + example);
    return false;
  }

  void take_type(const Value& value, std::string& type) {
    if (!wants_text(value, "\"NTP\"")) return;
    for (const std::string_view known : kTypes) {
      if (lower_case(known) != lower_case(value.text)) continue;
      type = known;
      given("Type", value.line);
      return;
    }
    problems_.add(value.line, "Type",
                  "'" + value.text + "' is not one of NTP, NT5DS, AllSync, NoSync" +
                      suggestion(value.text, kTypes));
  }

  void take_peers(const Value& value) {
    if (!wants_text(value, "\"time.windows.com,0x9\"")) return;
    auto peers = parse_peers(value.text);
    if (!peers) return problems_.add(value.line, "NtpServer", peers.error().message());
    file_.settings.peers = std::move(*peers);
    file_.settings.ntp_server = value.text;
    given("NtpServer", value.line);
  }

  void take_number(const Value& value, const W32timeNumber& number) {
    if (!value.is_number)
      return problems_.add(
          value.line, number.name,
          "must be a number (dword: in a registry file), not the text '" + value.text + "'");
    if (value.number < number.lowest || value.number > number.highest)
      return problems_.add(
          value.line, number.name,
          std::to_string(value.number) + " is outside " + std::to_string(number.lowest) + " to " +
              std::to_string(number.highest) + " (" + std::string(number.unit) + ")");
    file_.settings.*number.field = static_cast<std::uint32_t>(value.number);
    given(number.name, value.line);
  }

  void check_order() {
    const auto line = file_.line_of("MinPollInterval");
    const W32timeSettings& settings = file_.settings;
    if (!line || settings.min_poll_interval <= settings.max_poll_interval) return;
    problems_.add(*line, "MinPollInterval",
                  std::to_string(settings.min_poll_interval) +
                      " is above MaxPollInterval, which is " +
                      std::to_string(settings.max_poll_interval) +
                      (file_.line_of("MaxPollInterval") ? "" : " by default") +
                      "; lower this one or raise the other");
  }

  W32timeFile& file_;
  JsonProblems& problems_;
};

struct Place {
  std::string subkey;  // lower case
  bool policy = false;
};

// "HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\W32Time\Config" and its policy twin; empty
// for a key of something else.
std::optional<Place> place_of(const std::string& key) {
  const std::string path = lower_case(key);
  constexpr std::array<std::string_view, 2> kHives{"hkey_local_machine\\", "hklm\\"};
  constexpr std::string_view kPolicies = R"(software\policies\microsoft\w32time\)";
  constexpr std::string_view kServices = R"(\services\w32time\)";
  for (const std::string_view hive : kHives) {
    if (!path.starts_with(hive)) continue;
    const std::string_view rest = std::string_view(path).substr(hive.size());
    if (rest.starts_with(kPolicies)) return Place{std::string(rest.substr(kPolicies.size())), true};
    const auto at = rest.find(kServices);
    const std::string_view control_set = rest.substr(0, at);
    if (at != std::string_view::npos && (control_set.starts_with("system\\currentcontrolset") ||
                                         control_set.starts_with("system\\controlset")))
      return Place{std::string(rest.substr(at + kServices.size())), false};
  }
  return std::nullopt;
}

// The subkey in which a name counts; empty for other names.
std::optional<W32timeKey> home_of(std::string_view name) {
  if (const W32timeNumber* number = find_number(name); number != nullptr) return number->key;
  if (lower_case(name) == "ntpserver" || lower_case(name) == "type") return W32timeKey::parameters;
  return std::nullopt;
}

class RegCollector {
 public:
  RegCollector(W32timeFile& file, std::string_view name) : file_(file), file_name_(name) {}

  // Policies come last: they override the service's own keys.
  std::vector<Value> collect(const std::vector<RegEntry>& entries) {
    std::vector<Value> own;
    std::vector<Value> policies;
    for (const RegEntry& entry : entries) {
      const auto place = place_of(entry.key);
      if (!place) continue;
      if (auto value = take(entry, *place)) (place->policy ? policies : own).push_back(*value);
    }
    own.insert(own.end(), policies.begin(), policies.end());
    return own;
  }

 private:
  void note(const RegEntry& entry, const std::string& what) {
    file_.notes.push_back(file_name_ + ":" + std::to_string(entry.line) + ": " + entry.name + " " +
                          what);
  }

  std::optional<Value> take(const RegEntry& entry, const Place& place) {
    const auto home = home_of(entry.name);
    if (!home) {
      note_unknown(entry, place);
      return std::nullopt;
    }
    if (place.subkey != lower_case(to_string(*home))) {
      // The provider for virtual machines and the server have values of the same names.
      if (place.subkey.find('\\') == std::string::npos)
        note(entry,
             "is not read there by Windows; move it to W32Time\\" + std::string(to_string(*home)));
      return std::nullopt;
    }
    if (entry.kind == RegKind::removal) {
      note(entry, "is removed by the file: the default applies");
      return std::nullopt;
    }
    if (entry.kind == RegKind::list) {
      note(entry, "is a hexadecimal list and is ignored: the default applies");
      return std::nullopt;
    }
    return Value{entry.name, entry.kind == RegKind::number, std::int64_t{entry.number}, entry.text,
                 entry.line};
  }

  // Windows silently ignores a misspelled name.
  void note_unknown(const RegEntry& entry, const Place& place) {
    const bool ours = place.subkey == "config" || place.subkey == "parameters" ||
                      place.subkey == "timeproviders\\ntpclient";
    const bool known = std::ranges::any_of(w32time_names(), [&](std::string_view name) {
      return lower_case(name) == lower_case(entry.name);
    });
    if (!ours || known || entry.name.empty()) return;
    note(entry, "is not a documented value of w32time" + suggestion(entry.name, w32time_names()));
  }

  W32timeFile& file_;
  std::string file_name_;
};

std::vector<Value> values_of_json(const JsonValue& root, JsonProblems& problems) {
  std::vector<Value> values;
  if (root.object() == nullptr) {
    problems.add(root.line(), "", "must be an object, not " + std::string(root.kind()));
    return values;
  }
  for (const auto& [name, member] : *root.object()) {
    Value value{.name = name, .text = {}, .line = member.line()};
    if (const std::int64_t* number = member.integer(); number != nullptr) {
      value.is_number = true;
      value.number = *number;
    } else if (member.string() != nullptr) {
      value.text = *member.string();
    } else {
      problems.add(member.line(), name,
                   "must be a whole number or a text, not " + std::string(member.kind()));
      continue;
    }
    const bool known =
        std::ranges::find(w32time_names(), std::string_view(name)) != w32time_names().end();
    if (known) {
      values.push_back(std::move(value));
    } else {
      problems.add(member.line(), name, "unknown value" + suggestion(name, w32time_names()));
    }
  }
  return values;
}

bool looks_like_json(std::string_view text) {
  const std::string_view begin = trim(text).substr(0, 1);
  return begin == "{" || begin == "/";
}

}  // namespace

std::optional<int> W32timeFile::line_of(std::string_view name) const {
  const auto found = std::ranges::find(given, name, &Given::name);
  if (found == given.end()) return std::nullopt;
  return found->line;
}

Result<W32timeFile> parse_w32time_file(std::string_view bytes, std::string_view name) {
  auto text = decode_registry_text(bytes, name);
  if (!text) return fail(std::move(text.error()));
  W32timeFile file;
  JsonProblems problems{std::string(name)};
  std::vector<Value> values;
  if (looks_like_json(*text)) {
    const auto root = parse_json(*text, name);
    if (!root) return fail(root.error());
    values = values_of_json(*root, problems);
  } else {
    values = RegCollector(file, name).collect(parse_reg(*text, problems));
  }
  Assembly(file, problems).assemble(values);
  if (problems.empty() && file.given.empty())
    problems.add(1, "",
                 "contains no value of w32time; create the file with: reg export "
                 "HKLM\\SYSTEM\\CurrentControlSet\\Services\\W32Time w32time.reg");
  if (!problems.empty()) return fail(problems.to_error());
  return file;
}

}  // namespace slewd
