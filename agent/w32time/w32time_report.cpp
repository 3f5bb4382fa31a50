// SPDX-License-Identifier: Apache-2.0
#include "agent/w32time/w32time_report.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "agent/w32time/w32time_fault.hpp"
#include "agent/w32time/w32time_file.hpp"
#include "agent/w32time/w32time_machine.hpp"
#include "base/atomic_file.hpp"
#include "base/duration.hpp"
#include "base/limits.hpp"
#include "base/table.hpp"

namespace slewd {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kShownOffset = 7s;
constexpr const char* kNoSync =
    "Type is NoSync: the service polls no server and corrects nothing\n";
constexpr std::string_view kServiceKey = R"(HKLM\SYSTEM\CurrentControlSet\Services\W32Time\)";

Result<W32timeFile> load(const std::string& path) {
  const auto bytes = read_file(path, limits::kConfigBytes);
  if (!bytes) return fail(bytes.error());
  return parse_w32time_file(*bytes, path);
}

// "43200 s (12h)"; below a minute the seconds alone.
std::string both(std::chrono::seconds time) {
  const std::string plain = std::to_string(time.count()) + " s";
  return time < 60s ? plain : plain + " (" + format(Nanos(time)) + ")";
}

std::string meaning(const W32timeSettings& settings, const W32timeNumber& number) {
  using std::chrono::seconds;
  const std::uint32_t value = settings.*number.field;
  const bool limit = number.name.ends_with("PhaseCorrection");
  if (limit && value == W32timeSettings::kNoLimit) return "no limit";
  if (number.unit == "s") return both(seconds(value));
  if (number.unit == "log2 s") return both(seconds(std::int64_t{1} << value));
  if (number.unit == "100 ns") return format(Nanos(std::int64_t{value} * 100));
  if (number.unit == "10 ms") return format(std::int64_t{value} * 10ms);
  return std::string(number.unit == "scalar" ? "" : number.unit);
}

std::string origin(const W32timeFile& file, std::string_view name) {
  const auto line = file.line_of(name);
  return line ? "line " + std::to_string(*line) : "default";
}

std::string values_table(const W32timeFile& file) {
  const W32timeSettings& settings = file.settings;
  Table table({{"value"}, {"is"}, {"means"}, {"from"}});
  table.add({"Type", settings.type, "", origin(file, "Type")});
  table.add({"NtpServer", settings.ntp_server,
             settings.polls_at_fixed_interval() ? "0x1: polled each SpecialPollInterval"
                                                : "no fixed interval in use",
             origin(file, "NtpServer")});
  for (const W32timeNumber& number : w32time_numbers())
    table.add({std::string(number.name), std::to_string(settings.*number.field),
               meaning(settings, number), origin(file, number.name)});
  return table.print();
}

std::string reason(const W32timeSettings& settings, const W32timeFault& fault) {
  const std::string offset = format(settings.spike_offset());
  std::string text = "SpecialPollInterval gives a sample each " + both(settings.poll_interval()) +
                     ", but the internal state advances each " +
                     both(settings.internal_interval()) + ", by MinPollInterval.\n" +
                     "After a sample that is " + offset + " or more off (LargePhaseOffset) ";
  if (fault.last_refused > 0s)
    text += "samples are rejected for " + both(fault.last_refused) + "; then ";
  return text + "the timer moves the state from Spike to Unset at\n" + both(fault.unset_at) +
         ", to Hold at " + both(fault.hold_at) + " and to Sync at " + both(fault.sync_at) +
         ". The next sample arrives at\n" + both(fault.next_sample) +
         ", in Sync, and is a spike again.\n";
}

std::string title(W32timeCureKind kind) {
  switch (kind) {
    case W32timeCureKind::shorten_special_poll:
      return "shorten SpecialPollInterval, so that a sample arrives before Sync";
    case W32timeCureKind::raise_min_poll:
      return "raise MinPollInterval, so that Sync is not reached before the next sample";
    case W32timeCureKind::no_fixed_interval:
      return "use MinPollInterval and MaxPollInterval: NtpServer without 0x1";
  }
  return "";
}

std::string reg_add(W32timeKey key, std::string_view name, std::string_view type,
                    const std::string& data) {
  return "     reg add " + std::string(kServiceKey) + std::string(to_string(key)) + " /v " +
         std::string(name) + " /t " + std::string(type) + " /d " + data + " /f\n";
}

// Only what the cure changes, as commands for Windows.
std::string commands(const W32timeSettings& before, const W32timeSettings& after) {
  std::string text;
  for (const W32timeNumber& number : w32time_numbers())
    if (before.*number.field != after.*number.field)
      text += reg_add(number.key, number.name, "REG_DWORD", std::to_string(after.*number.field));
  if (before.ntp_server != after.ntp_server)
    text += reg_add(W32timeKey::parameters, "NtpServer", "REG_SZ", "\"" + after.ntp_server + "\"");
  return text;
}

std::string cures(const W32timeSettings& settings, const W32timeFault& fault) {
  std::string text = "\nFixes (each is sufficient); afterwards run: w32tm /config /update\n";
  int number = 0;
  for (const W32timeCure& cure : fault.cures)
    text += "  " + std::to_string(++number) + ". " + title(cure.kind) + "\n" +
            commands(settings, cure.settings);
  return text;
}

std::string remarks(const W32timeFile& file) {
  const W32timeSettings& settings = file.settings;
  std::string text;
  for (const std::string& note : file.notes) text += "note: " + note + "\n";
  if (settings.type == "NoSync") text += std::string("note: ") + kNoSync;
  const std::chrono::seconds longest(std::int64_t{1} << settings.max_poll_interval);
  if (settings.polls_at_fixed_interval() && settings.poll_interval() > longest)
    text += "note: Windows since version 1703 polls each " + both(longest) +
            " instead: there MaxPollInterval limits SpecialPollInterval\n";
  return text.empty() ? text : "\n" + text;
}

std::string outcome(const W32timeSettings& settings, const W32timeStep& step) {
  const std::string held =
      std::to_string(step.held) + " of HoldPeriod " + std::to_string(settings.hold_period);
  switch (step.outcome) {
    case W32timeOutcome::corrected:
      return (step.event_50 ? "the spike watch has ended: Event 50; " : "") +
             std::string("corrected: ") +
             (kShownOffset > std::chrono::seconds(settings.max_allowed_phase_offset)
                  ? "the clock is stepped"
                  : "the clock is slewed");
    case W32timeOutcome::spike:
      return format(settings.spike_offset()) + " or more off: rejected";
    case W32timeOutcome::beyond_limit:
      return "beyond MaxPosPhaseCorrection: rejected";
    case W32timeOutcome::no_sample:
      break;
  }
  if (step.event_50) return "the spike watch has ended: Event 50";
  return step.before == W32timeState::unset ? "as if a first sample had arrived"
                                            : "as if a sample had arrived: " + held;
}

std::string states(const W32timeStep& step) {
  const std::string before(to_string(step.before));
  return step.before == step.after ? before : before + " -> " + std::string(to_string(step.after));
}

// Rows that differ only in their time are shown as the first, a count and the last.
constexpr std::size_t kLongestRepetition = 3;

std::string moments_table(const W32timeSettings& settings,
                          const std::vector<W32timeMoment>& moments) {
  Table table({{"s", Align::right}, {"time", Align::right}, {"event"}, {"state"}, {"outcome"}});
  const auto add = [&](const W32timeMoment& moment) {
    const bool timer = moment.step.outcome == W32timeOutcome::no_sample;
    table.add({std::to_string(moment.at.count()), format(Nanos(moment.at)),
               timer ? "timer" : "sample", states(moment.step), outcome(settings, moment.step)});
  };
  for (std::size_t first = 0; first < moments.size();) {
    std::size_t end = first + 1;
    while (end < moments.size() && moments[end].step == moments[first].step) ++end;
    if (end - first <= kLongestRepetition) {
      for (; first < end; ++first) add(moments[first]);
      continue;
    }
    add(moments[first]);
    table.add({"", "", "...", "", std::to_string(end - first - 2) + " more samples, all rejected"});
    add(moments[end - 1]);
    first = end;
  }
  return table.print();
}

std::string ending(const W32timeRun& run) {
  switch (run.ending) {
    case W32timeEnding::corrected:
      return "=> corrected " + both(run.moments.back().at) + " after the first sample with it\n";
    case W32timeEnding::never:
      return "=> this repeats without end: the offset is never corrected\n";
    case W32timeEnding::undecided:
      return "=> not decided within " + std::to_string(limits::kW32timeMoments) + " moments\n";
  }
  return "";
}

std::string time_line(const W32timeSettings& settings) {
  const auto drive = w32time_drive(settings);
  const auto run = run_persistent_offset(settings, drive, kShownOffset);
  const std::string pace =
      drive == W32timeDrive::timer
          ? "a sample each " + both(settings.poll_interval()) + ", the internal timer each " +
                both(settings.internal_interval())
          : "a sample each " + both(settings.poll_interval()) + ", no internal timer";
  return pace + "\n" + moments_table(settings, run.moments) + ending(run);
}

}  // namespace

Result<W32timeCheck> check_w32time(const std::string& path) {
  const auto file = load(path);
  if (!file) return fail(file.error());
  const auto fault = find_kb2638243(file->settings);
  W32timeCheck check;
  check.sound = !fault;
  check.text = path + ": the Windows Time service of " + std::string(to_string(file->role)) +
               "\n\n" + values_table(*file) + remarks(*file) + "\n";
  if (fault) {
    check.text += "FAULT KB2638243: an offset that persists is never corrected\n" +
                  reason(file->settings, *fault) + cures(file->settings, *fault);
  } else {
    check.text += "OK: KB2638243 does not apply\n";
  }
  return check;
}

Result<std::string> show_w32time(const std::string& path) {
  const auto file = load(path);
  if (!file) return fail(file.error());
  const W32timeSettings& settings = file->settings;
  if (settings.type == "NoSync") return path + ": " + kNoSync;
  std::string text =
      "A clock in Sync is 7 s behind from 0 s on.\n\n" + path + ": " + time_line(settings);
  const auto fault = find_kb2638243(settings);
  if (!fault) return text;
  int number = 0;
  for (const W32timeCure& cure : fault->cures)
    text += "\nFix " + std::to_string(++number) + ": " + title(cure.kind) + "\n" +
            commands(settings, cure.settings) + time_line(cure.settings);
  return text;
}

}  // namespace slewd
