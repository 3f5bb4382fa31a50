// SPDX-License-Identifier: Apache-2.0
// ntp.toml of ntpd-rs. TOML is read by toml++, headers alone.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <linux/limits.h>

// Errors are values, and nothing is written as TOML.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
// Its parse_key() asserts, and assumes where NDEBUG is set, that a key begins here. After "[" and a
// line's end none does: without the assertion that is an error like any other.
#define TOML_ASSERT(expr) static_assert(true)
#pragma push_macro("NDEBUG")
#undef NDEBUG
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

#include "agent/ctl/convert/inputs.hpp"
#include "agent/ctl/convert/target_keys.hpp"
#include "agent/os/net/endpoint.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::app::convert {
namespace {

using namespace std::chrono_literals;

constexpr Draft::PollRange kNtpdRsPolls{4, 10};
constexpr double kInfinite = std::numeric_limits<double>::infinity();

struct TomlMember {
  std::size_t line = 0;
  std::string key;
  const toml::node* node = nullptr;
};

// In the order of the text.
std::vector<TomlMember> members_by_line(const toml::table& table) {
  std::vector<TomlMember> members;
  for (const auto& [key, node] : table)
    members.push_back({key.source().begin.line, std::string(key.str()), &node});
  std::ranges::sort(members, {}, [](const TomlMember& each) {
    return std::pair(each.line, std::string_view(each.key));
  });
  return members;
}

std::optional<double> toml_number(const toml::node& node) {
  if (const auto value = node.value<double>()) return std::isnan(*value) ? std::nullopt : value;
  const auto text = node.value<std::string>();
  if (!text) return std::nullopt;
  return *text == "inf" ? std::optional(kInfinite) : number(*text);
}

struct Threshold {
  double forward = kInfinite;
  double backward = kInfinite;
};

std::optional<Threshold> threshold_of(const toml::node& node) {
  const toml::table* table = node.as_table();
  if (table == nullptr) {
    const auto both = toml_number(node);
    return both ? std::optional(Threshold{*both, *both}) : std::nullopt;
  }
  Threshold result;
  for (const auto& [key, value] : *table) {
    const auto seconds = toml_number(value);
    if (!seconds) return std::nullopt;
    if (key.str() == "forward") result.forward = *seconds;
    if (key.str() == "backward") result.backward = *seconds;
  }
  return result;
}

struct HostAndPort {
  std::string host;
  std::optional<std::uint16_t> port;
};

// "name", "name:123", "192.0.2.1:123", "[2001:db8::1]:123" or "2001:db8::1".
std::optional<HostAndPort> host_and_port(std::string_view text) {
  HostAndPort result;
  const std::size_t bracket = text.find(']');
  const std::size_t colon = text.rfind(':');
  const bool brackets = text.starts_with('[') && bracket != std::string_view::npos;
  const bool has_port =
      brackets ? bracket + 1 == colon : colon != std::string_view::npos && text.find(':') == colon;
  result.host =
      brackets ? text.substr(1, bracket - 1) : text.substr(0, has_port ? colon : text.size());
  if (!has_port) return result;
  const auto port = whole_number(text.substr(colon + 1));
  if (!port || *port < 1 || *port > 65535) return std::nullopt;
  result.port = static_cast<std::uint16_t>(*port);
  return result;
}

class NtpdRsConverter {
 public:
  NtpdRsConverter(const NamedText& file, Draft& draft)
      : file_(file), draft_(draft), lines_(split(file.text, '\n')) {}

  void read(const toml::table& root);

 private:
  using Handler = void (NtpdRsConverter::*)(const toml::node&);
  struct Named {
    std::string_view word;
    Handler handler;
  };
  static Handler handler_of(std::string_view word);

  void walk(const toml::table& table, const std::string& section);
  void member(const TomlMember& member, const std::string& section);
  void at(std::size_t line);
  void source(const toml::table& table, std::size_t line);
  DraftSource* add_source(const toml::table& table, std::string_view mode);
  void source_member(DraftSource& source, const TomlMember& member);

  void default_polls(const toml::node& node);
  void log_level(const toml::node& node);
  void metrics_listen(const toml::node& node);
  void minimum_sources(const toml::node& node);
  void single_step(const toml::node& node);
  void startup_step(const toml::node& node);
  void step_threshold(const toml::node& node);
  void slew_rate(const toml::node& node);
  void frequency(const toml::node& node);

  const NamedText& file_;
  Draft& draft_;
  std::vector<std::string_view> lines_;
  Draft::PollRange polls_ = kNtpdRsPolls;
};

NtpdRsConverter::Handler NtpdRsConverter::handler_of(std::string_view word) {
  using Self = NtpdRsConverter;
  static constexpr std::array<Named, 9> kHandlers{
      {{"source-defaults.poll-interval-limits", &Self::default_polls},
       {"observability.log-level", &Self::log_level},
       {"observability.metrics-exporter-listen", &Self::metrics_listen},
       {"synchronization.minimum-agreeing-sources", &Self::minimum_sources},
       {"synchronization.single-step-panic-threshold", &Self::single_step},
       {"synchronization.startup-step-panic-threshold", &Self::startup_step},
       {"synchronization.algorithm.step-threshold", &Self::step_threshold},
       {"synchronization.algorithm.slew-maximum-frequency-offset", &Self::slew_rate},
       {"synchronization.algorithm.maximum-frequency-steer", &Self::frequency}}};
  const auto found = std::ranges::find(kHandlers, word, &Named::word);
  return found == kHandlers.end() ? nullptr : found->handler;
}

void NtpdRsConverter::at(std::size_t line) {
  const bool there = line >= 1 && line <= lines_.size();
  draft_.at(source_line(file_.name, line, there ? lines_[line - 1] : ""));
}

void NtpdRsConverter::read(const toml::table& root) {
  const auto usual = root["source-defaults"]["poll-interval-limits"];
  if (const auto least = usual["min"].value<std::int64_t>()) polls_.minimum = least;
  if (const auto most = usual["max"].value<std::int64_t>()) polls_.maximum = most;
  walk(root, "");
}

void NtpdRsConverter::walk(const toml::table& table, const std::string& section) {
  for (const TomlMember& each : members_by_line(table)) member(each, section);
}

void NtpdRsConverter::member(const TomlMember& member, const std::string& section) {
  const std::string path = section.empty() ? member.key : section + "." + member.key;
  at(member.line);
  if (const Directive* known = find(ntpd_rs_settings(), path); known != nullptr) {
    if (draft_.by_fate(known->fate, known->reason, known->cure, "")) return;
    if (const Handler handler = handler_of(known->word)) (this->*handler)(*member.node);
    return;
  }
  const toml::array* array = member.node->as_array();
  if (const toml::table* inner = member.node->as_table(); inner != nullptr && !inner->empty())
    return walk(*inner, path);
  if (array == nullptr || array->empty() || !array->is_homogeneous<toml::table>())
    return draft_.lost(
        "ntp.toml has no such setting" + convert::suggestion(ntpd_rs_settings(), path),
        "look it up in ntp.toml(5) of your ntpd-rs");
  for (const toml::node& each : *array) {
    if (path == "source")
      source(*each.as_table(), each.source().begin.line);
    else
      walk(*each.as_table(), path);
  }
}

// Sources.

void NtpdRsConverter::source(const toml::table& table, std::size_t line) {
  at(line);
  const std::string mode = table["mode"].value_or(std::string());
  DraftSource* source = add_source(table, mode);
  for (const TomlMember& each : members_by_line(table)) {
    at(each.line);
    const std::string path = "source." + each.key;
    const Directive* known = find(ntpd_rs_settings(), path);
    if (known == nullptr)
      draft_.lost("ntp.toml has no such setting" + convert::suggestion(ntpd_rs_settings(), path),
                  "look it up in ntp.toml(5) of your ntpd-rs");
    else if (source == nullptr)
      draft_.implied("its source is not converted");
    else if (!draft_.by_fate(known->fate, known->reason, known->cure, ""))
      source_member(*source, each);
  }
}

DraftSource* NtpdRsConverter::add_source(const toml::table& table, std::string_view mode) {
  if (mode == "sock") {
    const std::string path = table["path"].value_or(std::string());
    if (is_plain(path, PATH_MAX - 1)) return draft_.add_clock(keys::kClockSock, path);
    draft_.unreadable("path");
    return nullptr;
  }
  if (mode == "pps") {
    draft_.lost("slewd reads no pulses (PPS)", "a source that has the full time");
    return nullptr;
  }
  const bool nts = mode == "nts" || mode == "nts-pool";
  if (!nts && mode != "server" && mode != "pool") {
    draft_.lost("slewd has no source of this mode", "server, pool or nts");
    return nullptr;
  }
  const auto address = host_and_port(table["address"].value_or(std::string()));
  if (!address) {
    draft_.unreadable(table["address"].value_or(std::string()));
    return nullptr;
  }
  const SourceKind kind = mode.ends_with("pool") ? SourceKind::pool : SourceKind::server;
  DraftSource* source = draft_.add_source(kind, address->host,
                                          nts ? std::uint16_t{123} : address->port.value_or(123));
  if (source != nullptr && nts) {
    source->nts = true;
    source->nts_port = address->port.value_or(0);
  }
  return source;
}

void NtpdRsConverter::source_member(DraftSource& source, const TomlMember& member) {
  source.remarks.push_back(comment_of(draft_.line()));
  if (member.key == "count") {
    const auto count = member.node->value<std::int64_t>();
    if (!count || !draft_.set_members(source, std::to_string(*count))) draft_.unreadable("count");
  } else if (member.key == "certificate-authority") {
    source.nts_authority = member.node->value_or(std::string());
    if (!is_plain(source.nts_authority, PATH_MAX - 1)) {
      source.nts_authority.clear();
      return draft_.unreadable(member.key);
    }
    draft_.lost("slewd trusts the file of nts.ca alone, without the system's authorities",
                "add the authorities that the servers need to this file");
  } else if (member.key == "ntp-version") {
    if (member.node->value<std::int64_t>() != 4)
      draft_.lost("slewd asks with version 4 at most", "leave the version out");
  } else if (member.key == "poll-interval-limits") {
    const toml::table* range = member.node->as_table();
    if (range == nullptr) return draft_.unreadable(member.key);
    const auto bound = [&](const char* name, const std::optional<std::int64_t>& usual) {
      return range->contains(name) ? (*range)[name].value<std::int64_t>() : usual;
    };
    draft_.set_poll(source, {bound("min", polls_.minimum), bound("max", polls_.maximum)}, polls_);
  }
}

// The rest.

void NtpdRsConverter::default_polls(const toml::node&) {
  const auto seconds = [&](std::string_view what, std::int64_t power) {
    const auto exponent = static_cast<int>(std::clamp<std::int64_t>(power, -40, 40));
    return draft_.within(what, std::ldexp(1.0, exponent), 1s, 36h);
  };
  const Nanos minimum = seconds("shortest poll", *polls_.minimum);
  const Nanos maximum = seconds("longest poll", *polls_.maximum);
  draft_.set("poll", "min", json_of(minimum));
  draft_.set("poll", "max", json_of(std::max(minimum, maximum)));
}

void NtpdRsConverter::log_level(const toml::node& node) {
  const std::string level = node.value_or(std::string());
  if (level == "trace" || level == "debug")
    draft_.set("log", "level", quoted("debug"));
  else if (level == "info" || level == "error")
    draft_.set("log", "level", quoted(level));
  else if (level == "warn")
    draft_.set("log", "level", quoted("warning"));
  else
    draft_.unreadable("log-level");
}

void NtpdRsConverter::metrics_listen(const toml::node& node) {
  const std::string text = node.value_or(std::string());
  const auto address = host_and_port(text);
  const auto numeric = os::parse_numeric(address ? address->host : "", 0);
  if (!address || !address->port || !numeric || numeric->scope != 0)
    return draft_.unreadable("metrics-exporter-listen");
  const std::string host = numeric->ipv6 ? "[" + address->host + "]" : address->host;
  draft_.set("", "listen", quoted(host + ":" + std::to_string(*address->port)),
             "the metrics have other names (docs/metrics.md)");
}

void NtpdRsConverter::minimum_sources(const toml::node& node) {
  const auto least = node.value<std::int64_t>();
  if (!least || *least < 1 || *least > 1000) return draft_.unreadable("minimum-agreeing-sources");
  draft_.set("selection", "min_sources", std::to_string(*least));
}

void NtpdRsConverter::single_step(const toml::node& node) {
  const auto threshold = threshold_of(node);
  if (!threshold) return draft_.unreadable("single-step-panic-threshold");
  const double least = std::min(threshold->forward, threshold->backward);
  if (least == kInfinite)
    draft_.set("jumps", "after_pause", quoted("step_forward"),
               "after a pause slewd steps forward, whatever the offset; other offsets above "
               "phase.panic are an Alarm");
  else
    draft_.set("phase", "panic",
               json_of(draft_.within("single-step-panic-threshold", least, 1s, 24h * 365)),
               "beyond it slewd goes into Alarm; it does not exit");
}

void NtpdRsConverter::startup_step(const toml::node& node) {
  const auto threshold = threshold_of(node);
  if (!threshold) return draft_.unreadable("startup-step-panic-threshold");
  draft_.set("step", "at_startup", quoted(threshold->backward > 0 ? "any" : "forward"));
  const double finite = threshold->backward > 0 ? std::min(threshold->forward, threshold->backward)
                                                : threshold->forward;
  if (finite == kInfinite) return;
  draft_.set("step", "max_unconfirmed",
             json_of(draft_.within("startup-step-panic-threshold", finite, 0s, 24h * 365 * 100)),
             "a larger step needs a second witness; without one slewd goes into Alarm");
}

void NtpdRsConverter::step_threshold(const toml::node& node) {
  const auto seconds = toml_number(node);
  if (!seconds) return draft_.unreadable("step-threshold");
  draft_.set("step", "threshold",
             json_of(draft_.within("step-threshold", *seconds, 1ms, 24h * 365)),
             "slewd steps at the start alone; later offsets are slewed");
}

void NtpdRsConverter::slew_rate(const toml::node& node) {
  const auto ratio = toml_number(node);
  if (!ratio) return draft_.unreadable("slew-maximum-frequency-offset");
  draft_.set("steering", "max_slew",
             json_ppm(draft_.within("slew-maximum-frequency-offset", *ratio * 1e6, 1.0, 1e5)));
}

void NtpdRsConverter::frequency(const toml::node& node) {
  const auto ratio = toml_number(node);
  if (!ratio) return draft_.unreadable("maximum-frequency-steer");
  draft_.set("steering", "max_frequency",
             json_ppm(draft_.within("maximum-frequency-steer", *ratio * 1e6, 500.0, 1e5)));
}

}  // namespace

Result<void> convert_ntpd_rs(Inputs& inputs, Draft& draft) {
  if (std::ranges::count(inputs.file().text, '.') > static_cast<int>(limits::kConvertDots))
    return fail(ErrorCode::limit, inputs.file().name + ": more than " +
                                      std::to_string(limits::kConvertDots) + " dots");
  const toml::parse_result parsed = toml::parse(inputs.file().text, inputs.file().name);
  if (!parsed)
    return fail(ErrorCode::invalid, inputs.file().name + ":" +
                                        std::to_string(parsed.error().source().begin.line) + ": " +
                                        std::string(parsed.error().description()));
  NtpdRsConverter(inputs.file(), draft).read(parsed.table());
  return {};
}

}  // namespace slewd::app::convert
