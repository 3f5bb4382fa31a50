// SPDX-License-Identifier: Apache-2.0
// The tables of what other daemons' configurations can have, and how their lines are read.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slewd::app::convert {

enum class Fate {
  converted,  // the converter of the format has a function for it
  implied,    // slewd does it by itself, or it has no effect without something else
  lost,       // slewd has nothing like it
};

struct Directive {
  std::string_view word;
  Fate fate = Fate::converted;
  std::string_view reason = {};  // why it needs no setting, or why there is none
  std::string_view cure = {};    // of a lost one: the nearest thing; may be empty
};

// What an option of a source becomes.
enum class OptionKind {
  flag,     // a member that is true
  seconds,  // a duration
  number,   // a number as it is
  whole,    // a whole number
  special,  // the converter of the format has a function for it
  none,     // nothing: its fate says why
};

struct SourceOption {
  std::string_view word;
  OptionKind kind = OptionKind::none;
  bool has_value = false;
  std::string_view key = {};  // slewd's member
  double low = 0;             // slewd's range of it
  double high = 0;
  Fate fate = Fate::converted;
  std::string_view reason = {};
  std::string_view cure = {};
};

[[nodiscard]] std::string lower(std::string_view text);

// By the word in any case; null where there is none.
[[nodiscard]] const Directive* find(std::span<const Directive> table, std::string_view word);
[[nodiscard]] const SourceOption* find(std::span<const SourceOption> table, std::string_view word);

// "; did you mean 'x'?" or "".
[[nodiscard]] std::string suggestion(std::span<const Directive> table, std::string_view word);

[[nodiscard]] std::vector<std::string_view> words_of(std::string_view line);

// One word or path that slewd's configuration can have: without control characters, not too long.
[[nodiscard]] bool is_plain(std::string_view text, std::size_t limit);

// The whole text is the number.
[[nodiscard]] std::optional<double> number(std::string_view text);
[[nodiscard]] std::optional<std::int64_t> whole_number(std::string_view text);

// Reasons and cures that several formats share.
inline constexpr std::string_view kNoServer = "slewd serves no time";
inline constexpr std::string_view kBeside =
    "to serve time, run a server that does not set the clock beside slewd (chronyd -x)";
inline constexpr std::string_view kOwnEstimator =
    "slewd estimates offset and frequency in its own way, without a setting for it";
inline constexpr std::string_view kOwnSelection =
    "slewd selects and weighs sources by their error bounds, without a setting for it";
inline constexpr std::string_view kNoClients = "it limits clients, and slewd serves none";
inline constexpr std::string_view kNoLogFiles =
    "slewd writes no files about each measurement or source";
inline constexpr std::string_view kTraceFile =
    "trace_file has each decision; metrics and 'slewctl sources' have each source";
inline constexpr std::string_view kDriftFile =
    "slewd keeps frequency and error below state_directory";
inline constexpr std::string_view kSystemd = "the unit of systemd does this";
inline constexpr std::string_view kLogged = "slewd logs to the journal (log.level, log.format)";
inline constexpr std::string_view kBurst =
    "slewd sends single packets, and bursts at the start and after a silence alone";

}  // namespace slewd::app::convert
