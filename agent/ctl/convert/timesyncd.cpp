// SPDX-License-Identifier: Apache-2.0
// timesyncd.conf(5): "Key=value" below [Time]; drop-ins lie in timesyncd.conf.d beside it.
#include <algorithm>
#include <array>

#include "agent/ctl/convert/inputs.hpp"
#include "agent/ctl/convert/target_keys.hpp"
#include "base/duration.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::app::convert {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kUsualMinimum = 32s;
constexpr Nanos kUsualMaximum = 2048s;
constexpr std::string_view kDefaultPool = "pool.ntp.org";  // of slewd

constexpr std::array<Directive, 7> kTimesyncdSettings{{
    {"ntp"},
    {"fallbackntp"},
    {"rootdistancemaxsec"},
    {"pollintervalminsec"},
    {"pollintervalmaxsec"},
    {"connectionretrysec", Fate::implied, "slewd asks a silent server again at each poll"},
    {"saveintervalsec", Fate::lost, "slewd does not set the clock from a saved time at the boot",
     "step.at_startup sets it at the first answer; fake-hwclock does it without a network"},
}};

// Units of systemd.time(7) in seconds; without a unit it is seconds.
std::optional<double> systemd_seconds(std::string_view text) {
  struct Unit {
    std::string_view name;
    double seconds;
  };
  constexpr std::array<Unit, 19> kUnits{{{"", 1},
                                         {"s", 1},
                                         {"sec", 1},
                                         {"second", 1},
                                         {"seconds", 1},
                                         {"ms", 1e-3},
                                         {"msec", 1e-3},
                                         {"us", 1e-6},
                                         {"usec", 1e-6},
                                         {"m", 60},
                                         {"min", 60},
                                         {"minute", 60},
                                         {"minutes", 60},
                                         {"h", 3600},
                                         {"hr", 3600},
                                         {"hour", 3600},
                                         {"hours", 3600},
                                         {"d", 86400},
                                         {"day", 86400}}};
  double sum = 0;
  text = trim(text);
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
    const auto value = number(text.substr(0, digits));
    text = trim(text.substr(digits));
    const std::size_t end = std::min(text.find_first_of("0123456789. "), text.size());
    const auto unit = std::ranges::find(kUnits, text.substr(0, end), &Unit::name);
    if (!value || unit == kUnits.end()) return std::nullopt;
    sum += *value * unit->seconds;
    text = trim(text.substr(end));
  }
  return sum;
}

struct TimesyncdList {
  std::vector<std::pair<SourceLine, std::string>> hosts;
  std::vector<SourceLine> lines;
};

class TimesyncdConverter {
 public:
  TimesyncdConverter(Inputs& inputs, Draft& draft) : inputs_(inputs), draft_(draft) {}

  void read(const NamedText& file);
  void finish();

 private:
  void line(std::string_view text);
  void setting(std::string_view key, std::string_view value);
  void poll_bound(std::optional<std::pair<SourceLine, double>>& bound, double seconds);
  void add(const TimesyncdList& list);

  Inputs& inputs_;
  Draft& draft_;
  bool in_time_ = false;
  TimesyncdList servers_;
  TimesyncdList fallbacks_;
  std::optional<std::pair<SourceLine, double>> shortest_;
  std::optional<std::pair<SourceLine, double>> longest_;
};

// A line that ends with '\' goes on in the next one.
void TimesyncdConverter::read(const NamedText& file) {
  in_time_ = false;
  std::string joined;
  std::size_t first = 0;
  std::size_t number = 0;
  for (std::string_view text : split(file.text, '\n')) {
    ++number;
    text = trim(text);
    if (text.empty() || text.starts_with('#') || text.starts_with(';')) continue;
    if (joined.empty()) first = number;
    const bool goes_on = text.ends_with('\\');
    joined += goes_on ? std::string(text.substr(0, text.size() - 1)) + " " : std::string(text);
    if (goes_on) continue;
    draft_.at(source_line(file.name, first, joined));
    line(joined);
    joined.clear();
  }
  if (joined.empty()) return;
  draft_.at(source_line(file.name, first, joined));
  line(joined);
}

void TimesyncdConverter::line(std::string_view text) {
  if (text.starts_with('[')) {
    in_time_ = text == "[Time]";
    if (in_time_) return;
    return draft_.lost("timesyncd has no such section", "[Time]");
  }
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return draft_.unreadable(text);
  if (!in_time_) return draft_.lost("this is outside [Time]: timesyncd does not use it");
  setting(trim(text.substr(0, equals)), trim(text.substr(equals + 1)));
}

void TimesyncdConverter::setting(std::string_view key, std::string_view value) {
  const Directive* known = find(timesyncd_settings(), key);
  if (known == nullptr)
    return draft_.lost(
        "timesyncd.conf has no such setting" + convert::suggestion(timesyncd_settings(), key),
        "look it up in timesyncd.conf(5)");
  if (draft_.by_fate(known->fate, known->reason, known->cure, "")) return;
  if (known->word == "ntp" || known->word == "fallbackntp") {
    TimesyncdList& list = known->word == "ntp" ? servers_ : fallbacks_;
    if (value.empty()) list.hosts.clear();
    list.lines.push_back(draft_.line());
    for (const std::string_view host : words_of(value))
      list.hosts.emplace_back(draft_.line(), std::string(host));
    return;
  }
  const auto seconds = systemd_seconds(value);
  if (!seconds) return draft_.unreadable(value);
  if (known->word == "rootdistancemaxsec")
    draft_.set("selection", "max_distance",
               json_of(draft_.within("RootDistanceMaxSec", *seconds, 1ms, 16s)));
  else
    poll_bound(known->word == "pollintervalminsec" ? shortest_ : longest_, *seconds);
}

void TimesyncdConverter::poll_bound(std::optional<std::pair<SourceLine, double>>& bound,
                                    double seconds) {
  const SourceLine here = draft_.line();
  if (bound) {
    draft_.at(bound->first);
    draft_.implied("a later line replaces it");
    draft_.at(here);
  }
  bound = {here, seconds};
}

void TimesyncdConverter::add(const TimesyncdList& list) {
  for (const auto& [line, host] : list.hosts) {
    draft_.at(line);
    (void)draft_.add_source(SourceKind::server, host);
  }
}

void TimesyncdConverter::finish() {
  add(servers_.hosts.empty() ? fallbacks_ : servers_);
  const TimesyncdList& unused = servers_.hosts.empty() ? servers_ : fallbacks_;
  for (const TimesyncdList* list : {&servers_, &fallbacks_})
    for (const SourceLine& line : list->lines) {
      draft_.at(line);
      const bool named = std::ranges::any_of(
          list->hosts, [&](const auto& host) { return host.first.place == line.place; });
      if (!named)
        draft_.implied("it names no server that counts");
      else if (list == &unused)
        draft_.implied("timesyncd does not use it while NTP= has servers");
    }
  draft_.at({inputs_.file().name, "(servers of the links, from systemd-networkd)"});
  draft_.set("", keys::kSourcesFrom, "[" + quoted(keys::kDhcp) + "]");
  if (draft_.sources().empty()) {
    draft_.at({inputs_.file().name, "(no server of its own)"});
    if (DraftSource* pool = draft_.add_source(SourceKind::pool, kDefaultPool); pool != nullptr)
      pool->remarks.emplace_back("instead of the servers that are built into timesyncd");
  }
  if (!shortest_ && !longest_) return;
  const auto bounded = [&](std::string_view what, const auto& given, Nanos usual) {
    if (!given) return usual;
    draft_.at(given->first);
    return draft_.within(what, given->second, 1s, 36h);
  };
  const Nanos longest = bounded("PollIntervalMaxSec", longest_, kUsualMaximum);
  const Nanos minimum = bounded("PollIntervalMinSec", shortest_, std::min(longest, kUsualMinimum));
  const Nanos maximum = std::max(minimum, longest);
  draft_.at((shortest_ ? shortest_ : longest_)->first);
  draft_.set("poll", "min", json_of(minimum));
  draft_.at((longest_ ? longest_ : shortest_)->first);
  draft_.set("poll", "max", json_of(maximum));
}

}  // namespace

std::span<const Directive> timesyncd_settings() { return kTimesyncdSettings; }

Result<void> convert_timesyncd(Inputs& inputs, Draft& draft) {
  TimesyncdConverter converter(inputs, draft);
  converter.read(inputs.file());
  const std::string pattern = inputs.file().name + ".d/*.conf";
  if (auto drop_ins = inputs.matching(pattern)) {
    for (const NamedText& each : *drop_ins) converter.read(each);
  } else {
    draft.at({pattern, "(drop-ins)"});
    draft.lost("cannot read it: " + drop_ins.error().describe(), "convert it where it can be read");
  }
  converter.finish();
  return {};
}

}  // namespace slewd::app::convert
