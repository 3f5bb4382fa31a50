#include "agent/linux/udp_network.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "agent/linux/endpoint.hpp"
#include "base/limits.hpp"

namespace slewd::os {
namespace {

Result<Fd> open_socket(bool ipv6) {
  const int family = ipv6 ? AF_INET6 : AF_INET;
  Fd fd(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.valid()) return fd;
  if (errno != EINVAL) return fail(system_error("socket", errno));
  // A libc-level simulator takes the bare type alone.
  fd = Fd(::socket(family, SOCK_DGRAM, 0));
  if (!fd.valid()) return fail(system_error("socket", errno));
  if (::fcntl(fd.get(), F_SETFD, FD_CLOEXEC) != 0 || ::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0)
    return fail(system_error("fcntl", errno));
  return fd;
}

// Without them the arrival is the moment of reading: later, but not wrong.
void ask_for_stamps(int fd) {
  const int flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  static_cast<void>(::setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags));
}

std::optional<WallTime> stamp_in(const msghdr& message) {
  msghdr copy = message;  // CMSG_NXTHDR wants it mutable
  for (cmsghdr* part = CMSG_FIRSTHDR(&copy); part != nullptr; part = CMSG_NXTHDR(&copy, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SO_TIMESTAMPING) continue;
    if (part->cmsg_len < CMSG_LEN(sizeof(scm_timestamping))) continue;
    scm_timestamping stamps{};
    std::memcpy(&stamps, CMSG_DATA(part), sizeof stamps);
    const timespec& software = stamps.ts[0];
    if (software.tv_sec == 0 && software.tv_nsec == 0) continue;
    return WallTime{std::chrono::seconds{software.tv_sec} + Nanos{software.tv_nsec}};
  }
  return std::nullopt;
}

// What one recvmsg(2) gave. One alone for each ready descriptor in a round: a second would take
// another socket's packet under a simulator.
struct ReceivedDatagram {
  int error_number = 0;
  std::size_t size = 0;
  bool truncated = false;
  std::optional<WallTime> stamp;
};

ReceivedDatagram receive_datagram(int fd, std::span<std::byte> buffer) {
  alignas(cmsghdr) std::array<std::byte, 512> control{};
  iovec part{buffer.data(), buffer.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = ::recvmsg(fd, &message, 0);
  if (size < 0) return {errno, 0, false, std::nullopt};
  return {0, static_cast<std::size_t>(size), (message.msg_flags & MSG_TRUNC) != 0,
          stamp_in(message)};
}

}  // namespace

UdpNetwork::UdpNetwork(PollLoop& loop, const core::Clock& stamp_clock,
                       std::function<void(const core::Datagram&)> deliver)
    : loop_(loop), clock_(stamp_clock), deliver_(std::move(deliver)) {}

UdpNetwork::~UdpNetwork() {
  for (const auto& [id, client] : clients_) loop_.unwatch(client.fd.get());
}

Result<core::SocketId> UdpNetwork::open_client(const core::Endpoint& server) {
  const std::string peer = core::format(server);
  const auto refuse = [&](Error error) {
    return fail(std::move(error).within("cannot open a socket to " + peer));
  };
  if (clients_.size() >= limits::kClientSockets)
    return refuse(Error(ErrorCode::limit,
                        "all " + std::to_string(limits::kClientSockets) + " sockets are in use"));
  Result<Fd> fd = open_socket(server.ipv6);
  if (!fd) return refuse(fd.error());
  ask_for_stamps(fd->get());
  const SocketAddress address = to_socket_address(server);
  if (::connect(fd->get(), address.get(), address.length) != 0)
    return refuse(system_error("connect", errno));

  const core::SocketId id{next_id_++};
  loop_.watch(fd->get(), POLLIN, [this, id](short) { on_ready(id); });
  clients_.emplace(id, Client{std::move(*fd), peer, anchor_of(clock_.now()), 0});
  return id;
}

Result<RawTime> UdpNetwork::send(core::SocketId socket, std::span<const std::byte> bytes) {
  const auto found = clients_.find(socket);
  if (found == clients_.end()) return fail(ErrorCode::not_found, "no such socket: it was closed");
  Client& client = found->second;
  if (client.errors_in_a_row >= limits::kSocketErrorsInARow)
    return fail(ErrorCode::unavailable,
                "cannot send to " + client.peer + ": the socket failed, open another");
  const core::ClockReading now = clock_.now();
  if (::send(client.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) {
    ++counters_.errors;
    return fail(system_error("send", errno).within("cannot send to " + client.peer));
  }
  client.sent = anchor_of(now);
  client.errors_in_a_row = 0;
  return now.raw;
}

void UdpNetwork::close(core::SocketId socket) {
  const auto found = clients_.find(socket);
  if (found == clients_.end()) return;
  loop_.unwatch(found->second.fd.get());
  clients_.erase(found);
}

void UdpNetwork::on_ready(core::SocketId socket) {
  const auto found = clients_.find(socket);
  if (found == clients_.end()) return;
  Client& client = found->second;
  std::array<std::byte, limits::kNtpPacketBytes> buffer{};
  const ReceivedDatagram received = receive_datagram(client.fd.get(), buffer);
  const core::ClockReading now = clock_.now();
  if (received.error_number != 0) {
    on_receive_error(client, received.error_number);
    return;
  }
  client.errors_in_a_row = 0;
  if (received.truncated) {
    ++counters_.oversized;
    return;
  }
  const Arrival arrival = arrival_of(received.stamp, now, client.sent);
  ++(arrival.source == core::StampSource::kernel ? counters_.kernel_stamped
                                                 : counters_.daemon_stamped);
  // The last statement: `deliver` may close this socket.
  deliver_({socket, std::span(buffer).first(received.size), arrival.raw, arrival.source});
}

void UdpNetwork::on_receive_error(Client& client, int number) {
  if (number == EINTR) return;
  // Reading an error such as ECONNREFUSED takes it off the socket. One that stays would make poll
  // return at once for ever, so after some in a row nobody looks at this socket any more.
  if (number != EAGAIN) ++counters_.errors;
  if (++client.errors_in_a_row >= limits::kSocketErrorsInARow) loop_.unwatch(client.fd.get());
}

}  // namespace slewd::os
