// SPDX-License-Identifier: Apache-2.0
#include "agent/os/net/udp_network.hpp"

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
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "agent/os/net/endpoint.hpp"
#include "agent/os/net/kernel_stamp.hpp"
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

// Without them the departure is the moment before send(2) and the arrival that of reading: less
// exact, but not wrong. The stamp of a departure comes alone, without the packet (OPT_TSONLY).
void ask_for_stamps(int fd) {
  const int flags = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE |
                    SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_OPT_ID |
                    SOF_TIMESTAMPING_OPT_TSONLY;
  static_cast<void>(::setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags));
}

Result<void> set_option(int fd, int level, int option, int value, const char* name) {
  if (::setsockopt(fd, level, option, &value, sizeof value) == 0) return {};
  return fail(system_error(name, errno));
}

// Before the socket is connected.
Result<void> bind_local(int fd, const core::Endpoint& server, const core::LocalEnd& local) {
  if (local.dscp != 0) {
    constexpr int kEcnBits = 2;  // below the DSCP (RFC 2474 section 3)
    const int traffic_class = local.dscp << kEcnBits;
    const auto set = server.ipv6
                         ? set_option(fd, IPPROTO_IPV6, IPV6_TCLASS, traffic_class, "IPV6_TCLASS")
                         : set_option(fd, IPPROTO_IP, IP_TOS, traffic_class, "IP_TOS");
    if (!set) return set;
  }
  if (!local.device.empty() && ::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, local.device.c_str(),
                                            static_cast<socklen_t>(local.device.size())) != 0)
    return fail(system_error("cannot bind to device " + local.device, errno));
  if (local.address.empty()) return {};
  const auto address = parse_numeric(local.address, 0);
  if (!address || address->ipv6 != server.ipv6)
    return fail(ErrorCode::invalid,
                "cannot bind to " + local.address + ": the server's address is of another family");
  const SocketAddress from = to_socket_address(*address);
  if (::bind(fd, from.get(), from.length) != 0)
    return fail(system_error("cannot bind to " + local.address, errno));
  return {};
}

template <class T>
T content_of(const cmsghdr& part) {
  T content{};
  if (part.cmsg_len >= CMSG_LEN(sizeof content))
    std::memcpy(&content, CMSG_DATA(&part), sizeof content);
  return content;
}

bool is_receive_error(const cmsghdr& part) {
  return (part.cmsg_level == SOL_IP && part.cmsg_type == IP_RECVERR) ||
         (part.cmsg_level == SOL_IPV6 && part.cmsg_type == IPV6_RECVERR);
}

// What one recvmsg(2) gave.
struct ReceivedMessage {
  int error_number = 0;
  std::size_t size = 0;
  bool truncated = false;
  std::optional<WallTime> stamp{};
  std::uint32_t stamp_id = 0;  // of a departure: the how-manieth packet of its socket, from 0
};

void read_control(msghdr& message, ReceivedMessage& received) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SO_TIMESTAMPING) {
      const timespec software = content_of<scm_timestamping>(*part).ts[0];
      if (software.tv_sec == 0 && software.tv_nsec == 0) continue;
      received.stamp = WallTime{std::chrono::seconds{software.tv_sec} + Nanos{software.tv_nsec}};
    } else if (is_receive_error(*part)) {
      received.stamp_id = content_of<sock_extended_err>(*part).ee_data;
    }
  }
}

// One message alone for each ready descriptor in a round: a second would take another socket's
// packet under a simulator.
ReceivedMessage receive_message(int fd, std::span<std::byte> buffer, int flags) {
  alignas(cmsghdr) std::array<std::byte, 512> control{};
  iovec part{buffer.data(), buffer.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = ::recvmsg(fd, &message, flags);
  if (size < 0) return {.error_number = errno};
  ReceivedMessage received{.size = static_cast<std::size_t>(size),
                           .truncated = (message.msg_flags & MSG_TRUNC) != 0};
  read_control(message, received);
  return received;
}

}  // namespace

UdpNetwork::UdpNetwork(PollLoop& loop, const core::Clock& stamp_clock,
                       std::function<void(const core::Datagram&)> deliver)
    : loop_(loop), clock_(stamp_clock), deliver_(std::move(deliver)) {
  Result<Fd> fd = open_socket(false);
  if (!fd) return;
  ask_for_stamps(fd->get());
  keeps_stamping_ = std::move(*fd);
}

UdpNetwork::~UdpNetwork() {
  for (const auto& [id, client] : clients_) loop_.unwatch(client.fd.get());
}

Result<core::SocketId> UdpNetwork::open_client(const core::Endpoint& server,
                                               const core::LocalEnd& local) {
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
  if (auto bound = bind_local(fd->get(), server, local); !bound) return refuse(bound.error());
  const SocketAddress address = to_socket_address(server);
  if (::connect(fd->get(), address.get(), address.length) != 0)
    return refuse(system_error("connect", errno));

  const core::SocketId id{next_id_++};
  // Linux reports a departure as POLLERR, asked or not; a libc-level simulator as POLLPRI.
  loop_.watch(fd->get(), POLLIN | POLLPRI, [this, id](short revents) { on_ready(id, revents); });
  clients_.emplace(id, Client{.fd = std::move(*fd), .peer = peer, .sent = clock_.now()});
  return id;
}

Result<RawTime> UdpNetwork::send(core::SocketId socket, std::span<const std::byte> bytes) {
  const auto found = clients_.find(socket);
  if (found == clients_.end()) return fail(ErrorCode::not_found, "the socket was closed");
  Client& client = found->second;
  if (client.errors_in_a_row >= limits::kSocketErrorsInARow)
    return fail(ErrorCode::unavailable,
                "cannot send to " + client.peer + ": the socket has failed");
  const core::ClockReading now = clock_.now();
  if (::send(client.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) {
    ++counters_.errors;
    return fail(system_error("send", errno).within("cannot send to " + client.peer));
  }
  client.sent = now;
  ++client.requests;
  client.departed.reset();
  client.errors_in_a_row = 0;
  return now.raw;
}

void UdpNetwork::close(core::SocketId socket) {
  const auto found = clients_.find(socket);
  if (found == clients_.end()) return;
  loop_.unwatch(found->second.fd.get());
  clients_.erase(found);
}

void UdpNetwork::on_ready(core::SocketId socket, short revents) {
  const auto found = clients_.find(socket);
  if (found == clients_.end()) return;
  Client& client = found->second;
  // First the departure, so that a reply in the same round has it. Only when poll says that there
  // is one: under a simulator this read would take a reply.
  const bool departure = (revents & (POLLPRI | POLLERR)) != 0 && take_departure(client);
  if (departure && (revents & POLLIN) == 0) return;
  std::array<std::byte, limits::kNtpPacketBytes> buffer{};
  const ReceivedMessage received = receive_message(client.fd.get(), buffer, 0);
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
  core::Datagram datagram{.socket = socket,
                          .bytes = std::span(buffer).first(received.size),
                          .raw = now.raw,
                          .departed = client.departed};
  if (const auto raw = received.stamp ? raw_of(*received.stamp, client.sent, now) : std::nullopt) {
    datagram.raw = *raw;
    datagram.source = core::StampSource::kernel;
  }
  ++(datagram.source == core::StampSource::kernel ? counters_.kernel_stamped
                                                  : counters_.daemon_stamped);
  deliver_(datagram);  // the last statement: it may close this socket
}

bool UdpNetwork::take_departure(Client& client) {
  std::array<std::byte, limits::kNtpPacketBytes> buffer{};  // where a packet comes along after all
  const ReceivedMessage looped = receive_message(client.fd.get(), buffer, MSG_ERRQUEUE);
  if (looped.error_number != 0) return false;
  // Linux counts from 0 and a simulator from 1: what is certain is that a lower number is of an
  // older request.
  if (looped.stamp && looped.stamp_id + 1 >= client.requests)
    client.departed = raw_of(*looped.stamp, client.sent, clock_.now());
  return true;
}

void UdpNetwork::on_receive_error(Client& client, int number) {
  if (number == EINTR) return;
  // Reading an error such as ECONNREFUSED clears it. One that stays would make poll return at once
  // forever, so after some in a row this socket is not watched any more.
  if (number != EAGAIN) ++counters_.errors;
  if (++client.errors_in_a_row >= limits::kSocketErrorsInARow) loop_.unwatch(client.fd.get());
}

}  // namespace slewd::os
