// SPDX-License-Identifier: Apache-2.0
#include "agent/app/jump_journal.hpp"

#include <string>
#include <utility>

#include "base/duration.hpp"
#include "base/text.hpp"
#include "base/utc.hpp"

namespace slewd::app {
namespace {

constexpr const char* kWarning = "4";  // syslog(3)
constexpr int kNanosecondDigits = 9;

std::string in_seconds(Nanos time) { return format_fixed(to_seconds(time), kNanosecondDigits); }

std::string sentence(const core::ClockEvent& event) {
  const std::string size = event.size_known() ? format_rounded(event.size) : "an unknown amount";
  std::string text =
      "the clock jumped by " + size + ": " + std::string(core::to_string(event.cause));
  if (!event.originator.empty()) text += " by " + event.originator;
  return text;
}

}  // namespace

std::vector<os::JournalField> journal_fields(const core::ClockEvent& event) {
  std::vector<os::JournalField> fields;
  const auto add = [&](std::string_view name, std::string value) {
    fields.push_back({name, std::move(value)});
  };
  add("MESSAGE", sentence(event));
  add("MESSAGE_ID", kJumpMessageId);
  add("PRIORITY", kWarning);
  add("SYSLOG_IDENTIFIER", "slewd");
  add("SLEWD_JUMP_ID", std::to_string(event.id));
  add("SLEWD_JUMP_CAUSE", std::string(core::to_string(event.cause)));
  if (event.size_known()) {
    add("SLEWD_JUMP_SIZE_SECONDS", in_seconds(event.size));
    add("SLEWD_JUMP_UNCERTAINTY_SECONDS", in_seconds(event.uncertainty));
  }
  add("SLEWD_JUMP_LATENCY_SECONDS", in_seconds(event.latency));
  add("SLEWD_JUMP_BEFORE_UTC", utc_text(event.wall_before));
  add("SLEWD_JUMP_AFTER_UTC", utc_text(event.wall_after));
  add("SLEWD_JUMP_WITNESSES", event.witnesses);
  if (event.rate_change != Ppm{})
    add("SLEWD_JUMP_RATE_CHANGE_PPM", format_number(event.rate_change.value));
  if (!event.originator.empty()) add("SLEWD_JUMP_ORIGINATOR", event.originator);
  return fields;
}

}  // namespace slewd::app
