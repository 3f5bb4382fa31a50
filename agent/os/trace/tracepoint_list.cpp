// SPDX-License-Identifier: Apache-2.0
#include "agent/os/trace/tracepoint_list.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::os {
namespace {

constexpr std::array<TracepointName, 5> kTracepointNames{
    {{Traced::clock_settime, "syscalls/sys_enter_clock_settime", "which_clock"},
     {Traced::settimeofday, "syscalls/sys_enter_settimeofday", ""},
     {Traced::clock_adjtime, "syscalls/sys_enter_clock_adjtime", "which_clock"},
     {Traced::adjtimex, "syscalls/sys_enter_adjtimex", ""},
     {Traced::process_exit, "sched/sched_process_exit", "comm"}}};

std::optional<std::uint16_t> parse_id(std::string_view digits) {
  std::uint16_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, number);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return number;
}

std::optional<std::uint16_t> value_after(std::string_view text, std::string_view key, char end) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(at + key.size());
  return parse_id(trim(rest.substr(0, rest.find(end))));
}

// "field:char comm[16];" declares comm.
bool declares(std::string_view line, std::string_view field) {
  constexpr std::string_view kKey = "field:";
  const std::size_t at = line.find(kKey);
  if (at == std::string_view::npos) return false;
  std::string_view declaration = line.substr(at + kKey.size());
  declaration = declaration.substr(0, declaration.find(';'));
  // "__data_loc char[] comm" holds the place of the text instead of the text.
  if (declaration.starts_with("__")) return false;
  declaration = declaration.substr(0, declaration.find('['));
  return declaration.substr(declaration.find_last_of(" *") + 1) == field;
}

Result<Tracepoint> parse_tracepoint(std::string_view line) {
  const std::vector<std::string_view> words = split(line, ' ');
  const auto* const name = std::ranges::find(kTracepointNames, words[0], &TracepointName::path);
  if (words.size() != 3 || name == kTracepointNames.end())
    return fail(ErrorCode::invalid, "expected a known tracepoint, its number and an offset");
  const auto id = parse_id(words[1]);
  const auto field = parse_id(words[2]);
  if (!id || *id == 0 || !field)
    return fail(ErrorCode::invalid, "number must be 1 to 65535, offset 0 to 65535");
  return Tracepoint{name->what, *id, *field};
}

bool sets_the_clock(const Tracepoint& each) {
  return each.what == Traced::clock_settime || each.what == Traced::settimeofday;
}

}  // namespace

std::span<const TracepointName> traced_names() { return kTracepointNames; }

Result<Tracepoint> parse_tracepoint_format(const TracepointName& name, std::string_view text) {
  Tracepoint found{name.what, 0, 0};
  bool placed = name.field.empty();
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with("ID:")) found.id = value_after(line, "ID:", '\n').value_or(0);
    if (placed || !declares(line, name.field)) continue;
    const auto offset = value_after(line, "offset:", ';');
    placed = offset.has_value();
    found.field = offset.value_or(0);
  }
  if (found.id == 0 || !placed)
    return fail(ErrorCode::unsupported, "the format of " + std::string(name.path) + " is unknown");
  return found;
}

Result<TracepointList> parse_tracepoints(std::string_view text) {
  TracepointList list;
  const std::vector<std::string_view> lines = split(text, '\n');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    Result<Tracepoint> parsed = parse_tracepoint(lines[i]);
    if (parsed && std::ranges::find(list, parsed->what, &Tracepoint::what) != list.end())
      parsed = fail(ErrorCode::invalid, "duplicate tracepoint");
    if (!parsed) return fail(std::move(parsed.error()).within("line " + std::to_string(i + 1)));
    list.push_back(*parsed);
  }
  if (std::ranges::none_of(list, sets_the_clock))
    return fail(ErrorCode::unsupported, "no tracepoint of a system call that sets the clock");
  return list;
}

std::string format_tracepoints(const TracepointList& list) {
  std::string text;
  for (const Tracepoint& each : list) {
    const auto* const name = std::ranges::find(kTracepointNames, each.what, &TracepointName::what);
    text += std::string(name->path) + " " + std::to_string(each.id) + " " +
            std::to_string(each.field) + "\n";
  }
  return text;
}

}  // namespace slewd::os
