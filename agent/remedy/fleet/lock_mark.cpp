// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/fleet/lock_mark.hpp"

#include <charconv>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::remedy {
namespace {

constexpr std::string_view kHead = "slewd-slot";
constexpr std::string_view kMarkVersion = "1";

std::optional<std::int64_t> number_of(std::string_view digits) {
  std::int64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc{} || stop != end || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::string to_text(const LockMark& mark) {
  return std::string(kHead) + ' ' + std::string(kMarkVersion) + ' ' + mark.boot_id + ' ' +
         std::to_string(mark.cool_until.since_epoch.count()) + ' ' +
         std::to_string(mark.transitions) + '\n';
}

std::optional<LockMark> parse_lock_mark(std::string_view text) {
  if (text.size() > limits::kLockMarkBytes || !text.ends_with('\n')) return std::nullopt;
  text.remove_suffix(1);
  const auto fields = split(text, ' ');
  if (fields.size() != 5 || fields[0] != kHead || fields[1] != kMarkVersion || fields[2].empty())
    return std::nullopt;
  const auto until = number_of(fields[3]);
  const auto transitions = number_of(fields[4]);
  if (!until || !transitions) return std::nullopt;
  return LockMark{std::string(fields[2]), BootTime{Nanos{*until}}, *transitions};
}

}  // namespace slewd::remedy
