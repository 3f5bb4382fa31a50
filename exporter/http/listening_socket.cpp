// SPDX-License-Identifier: Apache-2.0
#include "exporter/http/listening_socket.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/limits.hpp"

namespace slewd::exporter {
namespace {

// Large enough for the burst that comes while slewd waits for a processor, small enough for memory:
// each connection in the queue may hold a page, or all of its receive buffer.
constexpr int kBacklog = 1024;
// How long the kernel holds back a connection that has sent nothing.
constexpr int kDeferSeconds = 1;
constexpr int kStreamFlags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

// The one cast that the socket API asks for.
template <class T>
sockaddr* as_sockaddr(T* address) {
  return reinterpret_cast<sockaddr*>(
      address);  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
}
template <class T>
const sockaddr* as_sockaddr(const T* address) {
  return reinterpret_cast<const sockaddr*>(
      address);  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
}

Result<sockaddr_storage> parse_address(const std::string& address, std::uint16_t port,
                                       socklen_t& length) {
  sockaddr_storage storage{};
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    length = sizeof v4;
    std::memcpy(&storage, &v4, sizeof v4);
  } else if (::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1) {
    length = sizeof v6;
    std::memcpy(&storage, &v6, sizeof v6);
  } else {
    return fail(ErrorCode::invalid, "'" + address +
                                        "' is not a numeric address; use one like 127.0.0.1, ::1, "
                                        "0.0.0.0 or :: (names are not looked up)");
  }
  return storage;
}

Result<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::invalid, "a unix socket's path has 1 to 107 bytes");
  }
  std::memcpy(&address.sun_path, path.data(), path.size());
  return address;
}

// Removes the socket file that a dead daemon has left. A socket with a listener is kept.
Result<void> clear_stale(const std::string& path, const sockaddr_un& address) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return {};
    return fail(system_error("stat", errno));
  }
  if (!S_ISSOCK(info.st_mode)) {
    return fail(ErrorCode::invalid, "exists and is not a socket; remove it or choose another path");
  }
  const Fd probe(::socket(AF_UNIX, kStreamFlags, 0));
  if (!probe.valid()) return fail(system_error("socket", errno));
  if (::connect(probe.get(), as_sockaddr(&address), sizeof address) == 0 || errno != ECONNREFUSED) {
    return fail(ErrorCode::unavailable, "another process listens here; is slewd running already?");
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail(system_error("unlink", errno));
  return {};
}

// Accepted sockets inherit all of it. A socket that refuses an option works all the
// same, so errors are ignored.
void harden(int fd) {
  // The connection of a normal client is accepted together with its request, however long the path
  // is; one that sends nothing waits in the kernel at almost no cost.
  ::setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &kDeferSeconds, sizeof kDeferSeconds);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &limits::kHttpSendBytes, sizeof limits::kHttpSendBytes);
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &limits::kHttpReceiveBytes,
               sizeof limits::kHttpReceiveBytes);
}

}  // namespace

Result<ListeningSocket> ListeningSocket::tcp(const std::string& address, std::uint16_t port) {
  const std::string place = address + ":" + std::to_string(port);
  socklen_t length = 0;
  const Result<sockaddr_storage> parsed = parse_address(address, port, length);
  if (!parsed) return fail(Error(parsed.error()).within(place));
  Fd fd(::socket(parsed->ss_family, kStreamFlags, 0));
  if (!fd.valid()) return fail(system_error("socket", errno).within(place));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), as_sockaddr(&*parsed), length) != 0) {
    return fail(system_error("bind", errno).within(place));
  }
  harden(fd.get());
  if (::listen(fd.get(), kBacklog) != 0) return fail(system_error("listen", errno).within(place));
  return ListeningSocket(std::move(fd), Transport::tcp);
}

Result<ListeningSocket> ListeningSocket::unix_path(const std::string& path, unsigned mode) {
  const Result<sockaddr_un> address = unix_address(path);
  if (!address) return fail(Error(address.error()).within(path));
  if (const Result<void> cleared = clear_stale(path, *address); !cleared) {
    return fail(Error(cleared.error()).within(path));
  }
  Fd fd(::socket(AF_UNIX, kStreamFlags, 0));
  if (!fd.valid()) return fail(system_error("socket", errno).within(path));
  if (::bind(fd.get(), as_sockaddr(&*address), sizeof *address) != 0) {
    return fail(system_error("bind", errno).within(path));
  }
  ListeningSocket made(std::move(fd), Transport::unix_socket);
  made.path_ = path;
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) made.inode_ = info.st_ino;
  // Before listen() no client can connect, so the mode is set in time.
  if (::chmod(path.c_str(), mode) != 0) return fail(system_error("chmod", errno).within(path));
  if (::listen(made.fd(), kBacklog) != 0) return fail(system_error("listen", errno).within(path));
  return made;
}

Result<ListeningSocket> ListeningSocket::adopt(Fd fd) {
  int listening = 0;
  socklen_t length = sizeof listening;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) != 0 ||
      listening == 0) {
    return fail(ErrorCode::invalid, "the passed descriptor is not a listening socket");
  }
  sockaddr_storage address{};
  length = sizeof address;
  if (::getsockname(fd.get(), as_sockaddr(&address), &length) != 0) {
    return fail(system_error("getsockname", errno));
  }
  const bool local = address.ss_family == AF_UNIX;
  if (!local && address.ss_family != AF_INET && address.ss_family != AF_INET6) {
    return fail(ErrorCode::invalid, "the passed socket is neither TCP nor unix");
  }
  if (!local) harden(fd.get());
  ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC);
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    return fail(system_error("fcntl", errno));
  }
  return ListeningSocket(std::move(fd), local ? Transport::unix_socket : Transport::tcp);
}

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : fd_(std::move(other.fd_)),
      transport_(other.transport_),
      path_(std::exchange(other.path_, {})),
      inode_(other.inode_) {}

ListeningSocket::~ListeningSocket() {
  if (path_.empty()) return;
  struct stat info {};
  if (::lstat(path_.c_str(), &info) == 0 && info.st_ino == inode_) ::unlink(path_.c_str());
}

std::uint16_t ListeningSocket::port() const {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(fd_.get(), as_sockaddr(&address), &length) != 0) return 0;
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return ntohs(v4.sin_port);
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    return ntohs(v6.sin6_port);
  }
  return 0;
}

}  // namespace slewd::exporter
