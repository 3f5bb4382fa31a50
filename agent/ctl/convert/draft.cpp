// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/convert/draft.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <linux/limits.h>

#include "agent/config/host_check.hpp"
#include "agent/core/ports.hpp"
#include "agent/ctl/convert/target_keys.hpp"
#include "agent/os/net/endpoint.hpp"
#include "base/duration.hpp"
#include "base/json_text.hpp"
#include "base/limits.hpp"
#include "base/one_line.hpp"
#include "base/text.hpp"

namespace slewd::app::convert {
namespace {

using namespace std::chrono_literals;

// slewd's ranges (docs/configuration.md).
constexpr Nanos kShortest = 1s;
constexpr Nanos kShortestPrivate = 125ms;
constexpr Nanos kLongest = 36h;
constexpr std::size_t kPathBytes = PATH_MAX - 1;
constexpr std::int64_t kLongestPower = 17;  // RFC 5905 MAXPOLL: 131072 s, which is called 36 h

Nanos shortest_poll(const DraftSource& source) {
  if (source.kind == SourceKind::clock) return kShortestPrivate;
  if (source.kind == SourceKind::pool) return kShortest;
  const auto numeric = os::parse_numeric(source.host, source.port);
  return !numeric || core::is_private(*numeric) ? kShortestPrivate : kShortest;
}

double power_of_two(std::int64_t exponent) {
  return std::ldexp(1.0, static_cast<int>(std::clamp<std::int64_t>(exponent, -40, 40)));
}

std::string source_default_name(const DraftSource& source) {
  if (source.kind == SourceKind::clock) return source.clock_key + ":" + source.host;
  return source.port == 123 ? source.host : source.host + ":" + std::to_string(source.port);
}

}  // namespace

std::string comment_of(const SourceLine& line) { return line.place + ": " + line.text; }

std::string quoted(std::string_view text) { return to_text(JsonValue(std::string(text), 0)); }

std::string json_of(Nanos duration) { return quoted(format(duration)); }

std::string json_of(double value) { return format_number(value); }

std::string json_ppm(double ppm) {
  const bool whole = std::floor(ppm) == ppm;
  return quoted(format_fixed(ppm, whole ? 0 : 3) + "ppm");
}

void DraftSource::set(std::string_view key, std::string json) {
  const auto same = std::ranges::find(more, key, [](const auto& member) { return member.first; });
  if (same == more.end())
    more.emplace_back(std::string(key), std::move(json));
  else
    same->second = std::move(json);
}

void Draft::note(std::string_view reason, std::string_view cure, bool lost) {
  // One more than the limit shows that there were too many.
  if (notes_.size() <= limits::kConvertNotes)
    notes_.push_back({line_, one_line(reason, limits::kConvertTextBytes),
                      one_line(cure, limits::kConvertTextBytes), lost});
}

void Draft::implied(std::string_view reason) { note(reason, "", false); }

void Draft::lost(std::string_view reason, std::string_view cure) { note(reason, cure, true); }

bool Draft::by_fate(Fate fate, std::string_view reason, std::string_view cure,
                    std::string_view part) {
  if (fate == Fate::converted) return false;
  const std::string whole =
      part.empty() ? std::string(reason) : std::string(part) + ": " + std::string(reason);
  if (fate == Fate::implied)
    implied(whole);
  else
    lost(whole, cure);
  return true;
}

void Draft::unreadable(std::string_view what) {
  lost("cannot read '" + std::string(what.substr(0, limits::kConvertShownBytes)) + "'",
       "write the setting by hand");
}

void Draft::set(std::string_view section, std::string_view key, std::string json,
                std::string_view remark) {
  const auto same = std::ranges::find_if(
      settings_, [&](const Setting& each) { return each.section == section && each.key == key; });
  std::vector<std::string> comments{comment_of(line_)};
  if (!remark.empty()) comments.push_back("  " + one_line(remark, limits::kConvertTextBytes));
  if (same == settings_.end()) {
    settings_.push_back({line_, std::string(section), std::string(key), std::move(json), comments});
    return;
  }
  same->line = line_;
  same->json = std::move(json);
  same->comments.insert(same->comments.end(), comments.begin(), comments.end());
}

void Draft::set_path(std::string_view key, std::span<const std::string_view> words) {
  if (words.size() == 1 && is_plain(words[0], kPathBytes))
    set("", key, quoted(words[0]));
  else
    unreadable(key);
}

bool Draft::has(std::string_view section, std::string_view key) const {
  return std::ranges::any_of(
      settings_, [&](const Setting& each) { return each.section == section && each.key == key; });
}

DraftSource* Draft::add_source(SourceKind kind, std::string_view host, std::uint16_t port) {
  if (host.empty()) {
    unreadable("a source without a host");
    return nullptr;
  }
  if (const std::string problem = host_problem(host); !problem.empty()) {
    lost("slewd refuses this host: " + problem);
    return nullptr;
  }
  const auto same = std::ranges::find_if(sources_, [&](const DraftSource& each) {
    return each.kind != SourceKind::clock && each.host == host && each.port == port;
  });
  if (same != sources_.end()) {
    implied("the same server is named before; it is asked once");
    return nullptr;
  }
  if (sources_.size() >= limits::kSources) {
    lost("slewd has at most " + std::to_string(limits::kSources) + " sources",
         "leave out the least useful");
    return nullptr;
  }
  DraftSource& source = sources_.emplace_back();
  source.kind = kind;
  source.host = host;
  source.port = port;
  source.line = line_;
  return &source;
}

DraftSource* Draft::add_clock(std::string_view key, std::string_view device) {
  if (sources_.size() >= limits::kSources) {
    lost("slewd has at most " + std::to_string(limits::kSources) + " sources",
         "leave out the least useful");
    return nullptr;
  }
  DraftSource& source = sources_.emplace_back();
  source.kind = SourceKind::clock;
  source.clock_key = key;
  source.host = device;
  source.line = line_;
  return &source;
}

const SourceOption* Draft::next_option(std::span<const std::string_view> words, std::size_t& index,
                                       std::span<const SourceOption> table,
                                       std::string_view& value) {
  const std::string_view word = words[index];
  const SourceOption* option = find(table, word);
  if (option == nullptr) {
    lost("option '" + std::string(word.substr(0, limits::kConvertShownBytes)) + "' is unknown",
         "look it up in the manual of the former daemon");
    return nullptr;
  }
  if (option->has_value) {
    if (index + 1 == words.size()) {
      unreadable(std::string(word) + " without a value");
      return nullptr;
    }
    value = words[++index];
  }
  const std::string part = std::string(word) + (value.empty() ? "" : " ") +
                           std::string(value.substr(0, limits::kConvertShownBytes));
  return by_fate(option->fate, option->reason, option->cure, part) ? nullptr : option;
}

void Draft::apply(DraftSource& source, const SourceOption& option, std::string_view value) {
  if (option.kind == OptionKind::flag) {
    source.noselect = source.noselect || option.key == "noselect";
    source.set(option.key, "true");
    return;
  }
  const auto given = number(value);
  if (!given || (option.kind == OptionKind::whole && std::floor(*given) != *given))
    return unreadable(std::string(option.word) + " " + std::string(value));
  if (option.kind == OptionKind::seconds)
    source.set(option.key, json_of(within(option.word, *given, from_seconds(option.low),
                                          from_seconds(option.high))));
  else
    source.set(option.key, json_of(within(option.word, *given, option.low, option.high)));
}

bool Draft::set_key(DraftSource& source, std::string_view id) {
  const auto value = whole_number(id);
  if (!value || *value < 1 || *value > std::numeric_limits<int>::max()) return false;
  source.keyed = true;
  source.set(keys::kKey, std::to_string(*value));
  return true;
}

bool Draft::set_members(DraftSource& source, std::string_view count) {
  const auto value = whole_number(count);
  if (!value || *value < 1) return false;
  if (source.kind != SourceKind::pool) return true;  // of no effect there
  source.members = static_cast<int>(within("members of a pool", static_cast<double>(*value), 1.0,
                                           static_cast<double>(limits::kPoolMembers)));
  return true;
}

bool Draft::set_name(DraftSource& source, std::string_view name) {
  if (!is_plain(name, limits::kConvertShownBytes) || name.find('#') != std::string_view::npos)
    return false;
  source.name = name;
  return true;
}

bool Draft::set_family(DraftSource& source, bool ipv6) {
  const auto numeric = os::parse_numeric(source.host, 0);
  if (numeric && numeric->ipv6 != ipv6) return false;
  source.family = ipv6 ? "ipv6" : "ipv4";
  return true;
}

void Draft::set_poll(DraftSource& source, const PollRange& range, const PollRange& usual) {
  if (!range.minimum && !range.maximum) return;
  const std::int64_t minimum = range.minimum.value_or(
      std::min(usual.minimum.value_or(0), range.maximum.value_or(kLongestPower)));
  const std::int64_t maximum =
      std::max(minimum, range.maximum.value_or(usual.maximum.value_or(minimum)));
  const auto nanos = [&](std::string_view what, std::int64_t power) {
    if (power == kLongestPower) return kLongest;
    return within(what, power_of_two(power), shortest_poll(source), kLongest);
  };
  source.set("poll", "{\"min\": " + json_of(nanos("shortest poll", minimum)) +
                         ", \"max\": " + json_of(nanos("longest poll", maximum)) + "}");
}

Nanos Draft::within(std::string_view what, double seconds, Nanos low, Nanos high) {
  const Nanos wanted = from_seconds(seconds);
  const Nanos taken = std::clamp(wanted, low, high);
  if (taken != wanted)
    lost(std::string(what) + " " + format(wanted) + " is outside slewd's range: " + format(taken) +
         " is written");
  return taken;
}

double Draft::within(std::string_view what, double value, double low, double high) {
  const double taken = std::clamp(value, low, high);
  if (taken != value)
    lost(std::string(what) + " " + format_number(value) +
         " is outside slewd's range: " + format_number(taken) + " is written");
  return taken;
}

void Draft::check_min_sources() {
  const auto setting = std::ranges::find_if(settings_, [](const Setting& each) {
    return each.section == "selection" && each.key == "min_sources";
  });
  if (setting == settings_.end()) return;
  int most = 0;
  for (const DraftSource& source : sources_)
    if (!source.noselect)
      most += source.kind == SourceKind::pool ? (source.members == 0 ? 4 : source.members) : 1;
  most = std::min(most, static_cast<int>(limits::kSources));
  const auto wanted = number(setting->json);
  if (!wanted || *wanted <= most) return;
  at(setting->line);
  if (most == 0)
    settings_.erase(setting);
  else
    setting->json = std::to_string(most);
  lost("more sources are wanted (" + format_number(*wanted) +
           ") than slewd can select: " + std::to_string(most),
       "name more servers");
}

void Draft::finish() {
  std::set<std::string> names;
  for (DraftSource& source : sources_) {
    if (source.nts && source.kind == SourceKind::pool) {
      source.kind = SourceKind::server;
      at(source.line);
      lost("slewd has no pools with NTS: one server of it is asked", "name more servers with NTS");
    }
    if (source.nts && source.keyed) {
      at(source.line);
      lost("slewd takes NTS or a key for a source, not both: NTS is written");
      std::erase_if(source.more, [](const auto& member) { return member.first == keys::kKey; });
      source.keyed = false;
    }
    std::string name = source.name.empty() ? source_default_name(source) : source.name;
    for (int i = 2; !names.insert(name).second; ++i) {
      source.name = source_default_name(source) + "-" + std::to_string(i);
      name = source.name;
    }
  }
  check_min_sources();
}

bool Draft::complete() const { return std::ranges::none_of(notes_, &Note::lost); }

}  // namespace slewd::app::convert
