#include "agent/linux/notify.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.hpp"
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

struct UnixAddress {
  sockaddr_un address{};
  socklen_t length = 0;
};

Result<UnixAddress> address_of(const std::string& name) {
  UnixAddress result;
  result.address.sun_family = AF_UNIX;
  const bool abstract = name.front() == '@';
  if (!abstract && name.front() != '/')
    return fail(ErrorCode::unsupported, "only a path or @name is known, not '" + name + "'");
  // A path needs its terminating zero, an abstract name has none.
  const std::size_t needed = name.size() + (abstract ? 0 : 1);
  if (name.size() < 2 || needed > sizeof result.address.sun_path)
    return fail(ErrorCode::invalid, "a socket name of " + std::to_string(name.size()) + " bytes");
  std::memcpy(result.address.sun_path, name.data(), name.size());
  if (abstract) result.address.sun_path[0] = '\0';
  result.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + needed);
  return result;
}

Result<void> send_message(const std::string& socket, const std::string& message) {
  const Result<UnixAddress> target = address_of(socket);
  if (!target) return fail(target.error());
  const Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return fail(system_error("socket", errno));
  const auto* address = reinterpret_cast<const sockaddr*>(&target->address);
  if (::sendto(fd.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT, address,
               target->length) < 0)
    return fail(system_error("sendto", errno));
  return {};
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
  Result<void> sent = send_message(environment_.socket, message);
  if (!sent) return fail(std::move(sent.error()).within("cannot notify the service manager"));
  return {};
}

}  // namespace slewd::os
