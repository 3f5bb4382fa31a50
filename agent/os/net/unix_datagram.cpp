// SPDX-License-Identifier: Apache-2.0
#include "agent/os/net/unix_datagram.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>

#include "base/fd.hpp"

namespace slewd::os {
namespace {

struct UnixAddress {
  sockaddr_un address{};
  socklen_t length = 0;
};

Result<UnixAddress> address_of(const std::string& name) {
  UnixAddress result;
  result.address.sun_family = AF_UNIX;
  const bool abstract = name.starts_with('@');
  if (!abstract && !name.starts_with('/'))
    return fail(ErrorCode::unsupported, "must be a path or @name, not '" + name + "'");
  // A path needs its terminating zero, an abstract name has none.
  const std::size_t needed = name.size() + (abstract ? 0 : 1);
  if (name.size() < 2 || needed > sizeof result.address.sun_path)
    return fail(ErrorCode::invalid, "a socket name of " + std::to_string(name.size()) + " bytes");
  std::memcpy(result.address.sun_path, name.data(), name.size());
  if (abstract) result.address.sun_path[0] = '\0';
  result.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + needed);
  return result;
}

}  // namespace

Result<void> send_datagram(const std::string& socket, std::string_view message) {
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

}  // namespace slewd::os
