// SPDX-License-Identifier: Apache-2.0
#include "agent/core/discipline/alarm.hpp"

#include <cstddef>

namespace slewd::core {
namespace {

constexpr std::string_view kStep = "slewctl step --to-true";

constexpr std::array<std::string_view, kAlarmReasons.size()> kReasonNames{
    "unconfirmed_step", "beyond_panic", "slew_too_long", "no_majority"};

constexpr std::array<AlarmAdvice, kAlarmReasons.size()> kAdvice{{
    {"a second source, the battery clock or the dates of files to agree with the source",
     "one of them agrees, or the source agrees with the clock", kStep},
    {"the clock to be set", "the clock is set, or the sources come back to within phase.panic",
     kStep},
    {"the clock to be set",
     "the clock is set, or the sources come back to an offset that is slewed within "
     "phase.max_slew_eta",
     kStep},
    {"more than half of the sources to agree on the time",
     "they agree, or the wrong source is silent for 8 polls",
     "systemctl reload slewd, after the wrong source is taken out of the configuration (slewctl "
     "sources shows it)"},
}};

}  // namespace

std::string_view to_string(AlarmReason reason) {
  return kReasonNames[static_cast<std::size_t>(reason)];
}

const AlarmAdvice& advice_on(AlarmReason reason) {
  return kAdvice[static_cast<std::size_t>(reason)];
}

std::string alarm_line(const AlarmView& alarm) {
  const AlarmAdvice& advice = advice_on(alarm.reason);
  return "alarm " + std::string(to_string(alarm.reason)) + ": " + alarm.text + "; waits for " +
         std::string(advice.waits_for) + "; ends by itself when " + std::string(advice.ends_when) +
         "; to end it now: " + std::string(advice.command);
}

}  // namespace slewd::core
