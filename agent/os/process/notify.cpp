// SPDX-License-Identifier: Apache-2.0
#include "agent/os/process/notify.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>

#include <unistd.h>

#include "agent/os/net/unix_datagram.hpp"
#include "base/limits.hpp"

namespace slewd::os {
namespace {

constexpr std::uint64_t kLongestWatchdogUsec = 86'400'000'000;  // a day: beyond is a mistake

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return number;
}

}  // namespace

Notifier Notifier::from_environment() {
  return Notifier({variable("NOTIFY_SOCKET"), variable("WATCHDOG_USEC"), variable("WATCHDOG_PID")});
}

Result<void> Notifier::ready() const { return tell("READY=1"); }

Result<void> Notifier::reloading(MonoTime now) const {
  const auto micros = std::chrono::floor<std::chrono::microseconds>(now.since_epoch);
  return tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(micros.count()));
}

Result<void> Notifier::stopping() const { return tell("STOPPING=1"); }

Result<void> Notifier::status(std::string_view text) const {
  constexpr std::string_view kKey = "STATUS=";
  std::string line(text.substr(0, limits::kNotifyBytes - kKey.size()));
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\0'; }, ' ');
  return tell(std::string(kKey) + line);
}

Result<void> Notifier::watchdog() const { return tell("WATCHDOG=1"); }

std::optional<Nanos> Notifier::watchdog_timeout() const {
  const std::optional<std::uint64_t> micros = parse_number(environment_.watchdog_usec);
  if (!micros || *micros == 0 || *micros > kLongestWatchdogUsec) return std::nullopt;
  if (!environment_.watchdog_pid.empty()) {
    const std::optional<std::uint64_t> pid = parse_number(environment_.watchdog_pid);
    if (!pid || *pid != static_cast<std::uint64_t>(::getpid())) return std::nullopt;
  }
  return std::chrono::microseconds{*micros};
}

Result<void> Notifier::tell(const std::string& message) const {
  if (!present()) return {};
  Result<void> sent = send_datagram(environment_.socket, message);
  if (!sent) return fail(std::move(sent.error()).within("cannot notify the service manager"));
  return {};
}

}  // namespace slewd::os
