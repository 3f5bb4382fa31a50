// SPDX-License-Identifier: Apache-2.0
// Why slewd is in Alarm, what it waits for, and what ends it: one place for log, status, page,
// metrics and API. docs/troubleshooting.md has the same table.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace slewd::core {

enum class AlarmReason {
  unconfirmed_step,  // the start-up step is large, and a lone source asks for it
  beyond_panic,      // the clock is off by more than phase.panic
  slew_too_long,     // the slew would take longer than phase.max_slew_eta
  no_majority,       // the sources contradict each other
};
inline constexpr std::array kAlarmReasons{AlarmReason::unconfirmed_step, AlarmReason::beyond_panic,
                                          AlarmReason::slew_too_long, AlarmReason::no_majority};
[[nodiscard]] std::string_view to_string(AlarmReason reason);

// What an operator needs to know of a reason; each is a part of a sentence.
struct AlarmAdvice {
  std::string_view waits_for;  // "waits for ..."
  std::string_view ends_when;  // "ends by itself when ..."
  std::string_view command;    // ends it now
};
[[nodiscard]] const AlarmAdvice& advice_on(AlarmReason reason);

struct AlarmView {
  AlarmReason reason = AlarmReason::no_majority;
  std::string text;  // what is wrong, with the figures of this machine
};

// Reason, text and advice in one line, for the log.
[[nodiscard]] std::string alarm_line(const AlarmView& alarm);

}  // namespace slewd::core
