// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/ctl_tables.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <type_traits>

#include <nlohmann/json.hpp>

#include "base/duration.hpp"
#include "base/table.hpp"
#include "base/text.hpp"

namespace slewd::app {
namespace {

using Json = nlohmann::json;

constexpr const char* kUnknown = "-";

// Absent means unknown: never a zero.
std::string rounded_seconds(const Json& object, const char* key) {
  return object.contains(key) ? format_rounded(from_seconds(object.at(key).get<double>()))
                              : kUnknown;
}

std::string signed_seconds(const Json& object, const char* key) {
  const std::string text = rounded_seconds(object, key);
  return text.starts_with('-') || text == kUnknown ? text : "+" + text;
}

std::string ppm(const Json& object, const char* key) {
  if (!object.contains(key)) return kUnknown;
  return format_fixed(object.at(key).get<double>() * 1e6, 3) + " ppm";
}

std::string with_uncertainty(const std::string& value, const std::string& uncertainty) {
  return value == kUnknown ? value : value + " +- " + uncertainty;
}

// The rate of a slew; in percent where ppm would be a long number, as on the status page.
std::string rate(const Json& object, const char* key) {
  constexpr double kPercentFrom = 0.01;
  const double ratio = object.at(key).get<double>();
  return std::abs(ratio) >= kPercentFrom ? format_fixed(ratio * 1e2, 1) + " %" : ppm(object, key);
}

// Some texts come from the network: replaces control characters.
std::string text_of(const Json& object, const char* key) {
  if (!object.contains(key)) return kUnknown;
  std::string text = object.at(key).get<std::string>();
  std::ranges::replace_if(
      text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, '?');
  return text;
}

std::string ago(const Json& object, const char* key) {
  return object.contains(key) ? rounded_seconds(object, key) + " ago" : "never";
}

std::string number(const Json& object, const char* key) {
  return object.contains(key) ? std::to_string(object.at(key).get<std::int64_t>()) : kUnknown;
}

// Parses and calls `build`; what is missing in the answer becomes an error.
template <class Build>
auto read(std::string_view text, const Build& build)
    -> Result<std::invoke_result_t<const Build&, const Json&>> {
  try {
    return build(Json::parse(text));
  } catch (const Json::exception& wrong) {
    return fail(ErrorCode::internal,
                std::string("cannot parse the answer of slewd; it may be another version: ") +
                    wrong.what());
  }
}

void add_slew(const Json& status, const std::function<void(const char*, std::string)>& row) {
  const Json& slew = status.at("slew");
  if (slew.value("rate_ratio", 0.0) == 0.0) return row("slew", "none");
  row("slew", rounded_seconds(slew, "remaining_seconds") + " left at " + rate(slew, "rate_ratio") +
                  ", done in " + rounded_seconds(slew, "eta_seconds"));
}

std::string planned_leap(const Json& leap) {
  const bool in_kernel = leap.value("in_kernel", false);
  return text_of(leap, "leap") + " before " + text_of(leap, "month_end_utc") + ", " +
         (in_kernel ? "inserted by the kernel" : "mode " + text_of(leap, "mode"));
}

std::string violated_invariants(const Json& counts) {
  std::string text;
  for (const auto& [name, count] : counts.items())
    if (count != 0)
      append_item(text, name + " violated " + number(counts, name.c_str()) + " times");
  return text.empty() ? "ok" : text;
}

std::string print_status(const Json& status) {
  Table table({{""}, {""}});
  const auto row = [&](const char* name, std::string value) {
    table.add({name, std::move(value)});
  };
  const Json& verdict = status.at("verdict");
  row("verdict", text_of(verdict, "level") + ": " + text_of(verdict, "text"));
  row("state", text_of(status, "state") + " for " + rounded_seconds(status, "state_age_seconds"));
  if (status.contains("alarm")) {
    const Json& alarm = status.at("alarm");
    row("alarm", text_of(alarm, "reason") + ": " + text_of(alarm, "text"));
    row("waiting for", text_of(alarm, "waits_for"));
    row("ends when", text_of(alarm, "ends_when"));
    row("to end it now", text_of(alarm, "command"));
  }
  row("mode",
      text_of(status, "mode") + (status.value("steering", false)
                                     ? std::string(", steering")
                                     : ", not steering: " + text_of(status, "observe_reason")));
  row("offset", signed_seconds(status, "offset_seconds") + " (positive = this clock is behind)");
  row("error bound", rounded_seconds(status, "error_bound_seconds"));
  row("frequency", with_uncertainty(ppm(status, "frequency_ratio"), ppm(status, "skew_ratio")));
  row("base frequency",
      ppm(status, "base_frequency_ratio") + ", limit " + ppm(status, "base_frequency_limit_ratio"));
  add_slew(status, row);
  row("stratum", number(status, "stratum"));
  if (status.contains("planned_leap")) row("leap second", planned_leap(status.at("planned_leap")));
  if (status.contains("tai"))
    row("TAI offset", number(status.at("tai"), "offset_seconds") + " s, list until " +
                          text_of(status.at("tai"), "list_expires_utc"));
  row("root delay", rounded_seconds(status, "root_delay_seconds"));
  row("root dispersion", rounded_seconds(status, "root_dispersion_seconds"));
  row("last update", ago(status, "last_update_age_seconds"));
  const Json& sources = status.at("sources");
  row("sources", number(sources, "total") + ", " + number(sources, "reachable") + " reachable, " +
                     number(sources, "usable") +
                     " usable, selected: " + text_of(sources, "selected"));
  if (status.contains("also_steered_by"))
    row("other time daemon", text_of(status, "also_steered_by"));
  if (status.value("disruption_announced", false)) row("hypervisor", "migration announced");
  const Json& jumps = status.at("jumps");
  row("jumps", number(jumps, "total") + ", largest backward " +
                   (jumps.value("largest_backward_seconds", 0.0) == 0.0
                        ? kUnknown
                        : rounded_seconds(jumps, "largest_backward_seconds")));
  row("invariants", violated_invariants(status.at("invariants")));
  std::string text = table.print();
  return text.substr(text.find('\n') + 1);  // this table has no header
}

int exit_of(const Json& status) {
  const auto level = status.at("verdict").at("level").get<std::string>();
  if (level == "ok") return 0;
  if (level == "warning") return kExitWarning;
  return level == "critical" ? kExitCritical : kExitUnknown;
}

// "10 unsynchronised, 2 mode".
std::string rejected(const Json& source) {
  std::string text;
  for (const auto& [reason, count] : source.at("rejected").items())
    append_item(text, std::to_string(count.get<std::uint64_t>()) + " " + reason);
  return text.empty() ? kUnknown : text;
}

std::string print_sources(const Json& answer) {
  Table table({{"source"},
               {"address"},
               {"state"},
               {"refid"},
               {"st", Align::right},
               {"poll", Align::right},
               {"reach", Align::right},
               {"offset", Align::right},
               {"jitter", Align::right},
               {"delay", Align::right},
               {"last", Align::right},
               {"rejected"},
               {"reason"}});
  for (const Json& source : answer.at("sources"))
    table.add({text_of(source, "name"), text_of(source, "address"), text_of(source, "state"),
               text_of(source, "refid"), number(source, "stratum"),
               rounded_seconds(source, "poll_interval_seconds"), text_of(source, "reach_octal"),
               signed_seconds(source, "offset_seconds"), rounded_seconds(source, "jitter_seconds"),
               rounded_seconds(source, "delay_seconds"),
               rounded_seconds(source, "last_sample_age_seconds"), rejected(source),
               text_of(source, "reason")});
  return table.print();
}

std::string age_text(const Json& event) {
  return event.value("earlier_boot", false) ? "earlier boot" : ago(event, "age_seconds");
}

std::string changed_rate(const Json& jump) { return ppm(jump, "rate_change_ratio"); }

struct JumpColumn {
  Table::Column head;
  std::function<std::string(const Json&)> cell;
  int drop_order = 0;  // where the terminal is too narrow; 0 = never dropped
};

std::vector<JumpColumn> jump_columns() {
  const auto text = [](const char* key) {
    return [key](const Json& jump) { return text_of(jump, key); };
  };
  return {{{"id", Align::right}, [](const Json& jump) { return number(jump, "id"); }},
          {{"detected"}, age_text},
          {{"cause"}, text("cause")},
          {{"size", Align::right},
           [](const Json& jump) { return signed_seconds(jump, "size_seconds"); }},
          {{"+-", Align::right},
           [](const Json& jump) { return rounded_seconds(jump, "uncertainty_seconds"); },
           3},
          {{"rate", Align::right}, changed_rate, 5},
          {{"by"}, text("originator")},
          {{"clock showed"}, text("after_utc"), 4},
          {{"instead of"}, text("before_utc"), 1},
          {{"witnesses"}, text("witnesses"), 2}};
}

std::string print_columns(const Json& jumps, const std::vector<JumpColumn>& columns) {
  std::vector<Table::Column> heads;
  for (const JumpColumn& column : columns) heads.push_back(column.head);
  Table table(std::move(heads));
  for (const Json& jump : jumps) {
    std::vector<std::string> cells;
    for (const JumpColumn& column : columns) cells.push_back(column.cell(jump));
    table.add(std::move(cells));
  }
  return table.print();
}

std::string print_jumps(const Json& answer, std::size_t width) {
  constexpr int kDroppable = 5;
  const Json& jumps = answer.at("jumps");
  if (jumps.empty()) return "no jumps\n";
  std::vector<JumpColumn> columns = jump_columns();
  const bool any_rate = std::ranges::any_of(
      jumps, [](const Json& jump) { return jump.contains("rate_change_ratio"); });
  if (!any_rate)
    std::erase_if(columns, [](const JumpColumn& column) { return column.head.title == "rate"; });
  std::string table = print_columns(jumps, columns);
  for (int next = 1; width > 0 && widest_line(table) > width && next <= kDroppable; ++next) {
    std::erase_if(columns, [&](const JumpColumn& column) { return column.drop_order == next; });
    table = print_columns(jumps, columns);
  }
  return table;
}

std::string print_jump(const Json& jump) {
  std::string line = text_of(jump, "after_utc") + "  jump " + number(jump, "id") + ": " +
                     text_of(jump, "cause") + ", " + signed_seconds(jump, "size_seconds") + " +- " +
                     rounded_seconds(jump, "uncertainty_seconds");
  if (jump.contains("rate_change_ratio")) line += ", rate " + changed_rate(jump);
  if (jump.contains("originator")) line += ", by " + text_of(jump, "originator");
  return line + " (" + text_of(jump, "witnesses") + ")";
}

std::string print_rules(const Json& answer, std::size_t width, bool all) {
  Table table({{"rule"}, {"mode"}, {"state"}, {"for", Align::right}, {"reason"}});
  std::size_t hidden = 0;
  for (const Json& rule : answer.at("rules")) {
    const bool absent = rule.contains("absent");
    if (absent && !all && ++hidden > 0) continue;
    table.add({text_of(rule, "name"), text_of(rule, "mode"),
               absent ? "not installed" : text_of(rule, "state"),
               absent ? "" : rounded_seconds(rule, "state_age_seconds"),
               text_of(rule, "explanation")});
  }
  Table probes({{"probe"}, {"kind"}, {"state"}, {"for", Align::right}, {"detail"}});
  for (const Json& probe : answer.at("probes"))
    probes.add({text_of(probe, "name"), text_of(probe, "kind"), text_of(probe, "state"),
                rounded_seconds(probe, "state_age_seconds"), text_of(probe, "detail")});
  std::string text;
  if (answer.value("paused", false)) text = "PAUSED: " + text_of(answer, "paused_reason") + "\n\n";
  if (answer.contains("refused_files"))
    for (const Json& file : answer.at("refused_files"))
      text += "REFUSED: " + file.get<std::string>() + "\n\n";
  text += table.print(width);
  if (all && !answer.at("probes").empty()) text += "\n" + probes.print(width);
  if (hidden > 0)
    text += std::to_string(hidden) +
            " rules for services that are not installed are hidden; to list them: slewctl rules "
            "--all\n";
  return text;
}

std::string print_actions(const Json& answer) {
  if (answer.at("actions").empty()) return "no actions\n";
  Table table({{"intent", Align::right},
               {"ended"},
               {"rule"},
               {"action"},
               {"result"},
               {"took", Align::right},
               {"detail"}});
  for (const Json& action : answer.at("actions"))
    table.add({number(action, "intent"), age_text(action), text_of(action, "rule"),
               text_of(action, "action"), text_of(action, "ending"),
               rounded_seconds(action, "took_seconds"), text_of(action, "detail")});
  return table.print();
}

std::string print_rule(const Json& rule) {
  std::string text = text_of(rule, "name") + " (" + text_of(rule, "mode") +
                     "): " + text_of(rule, "state") + " for " +
                     rounded_seconds(rule, "state_age_seconds") + "\n";
  text += "  when  " + text_of(rule, "when") + "\n";
  text += "  why   " + text_of(rule, "explanation") + "\n";
  for (const auto& [gate, why] : rule.at("closed_gates").items())
    text += "  gate " + gate + " closed: " + why.get<std::string>() + "\n";
  if (text_of(rule, "breaker") != "closed" || rule.value("consecutive_failures", 0) > 0)
    text += "  breaker " + text_of(rule, "breaker") + ", " + number(rule, "consecutive_failures") +
            " consecutive failures\n";
  for (const auto& [gate, count] : rule.at("suppressed").items())
    text += "  blocked by " + gate + ": " + std::to_string(count.get<std::int64_t>()) + "\n";
  for (const Json& action : rule.at("actions"))
    text += "  " + text_of(action, "action") + ": " + number(action, "attempts") + " attempts, " +
            number(action, "verified") + " verified, " + number(action, "failures") +
            " failed, last success " + ago(action, "last_success_age_seconds") + "\n";
  return text;
}

}  // namespace

Result<std::string> status_table(std::string_view json) { return read(json, print_status); }
Result<int> status_exit(std::string_view json) { return read(json, exit_of); }
Result<std::string> sources_table(std::string_view json) { return read(json, print_sources); }
Result<std::string> jumps_table(std::string_view json, std::size_t width) {
  return read(json, [width](const Json& answer) { return print_jumps(answer, width); });
}
Result<std::string> jump_text(std::string_view json) { return read(json, print_jump); }
Result<std::string> rules_table(std::string_view json, std::size_t width, bool all) {
  return read(json, [=](const Json& answer) { return print_rules(answer, width, all); });
}
Result<std::string> actions_table(std::string_view json) { return read(json, print_actions); }

Result<std::string> rule_explanation(std::string_view json, std::string_view name, bool as_json) {
  std::vector<std::string> names;
  auto found = read(json, [&](const Json& answer) {
    for (const Json& rule : answer.at("rules")) {
      names.push_back(text_of(rule, "name"));
      if (names.back() == name) return as_json ? rule.dump() : print_rule(rule);
    }
    return std::string();
  });
  if (!found || !found->empty()) return found;
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  return fail(ErrorCode::not_found,
              "no rule '" + std::string(name) + "'" + suggestion(name, candidates));
}

}  // namespace slewd::app
