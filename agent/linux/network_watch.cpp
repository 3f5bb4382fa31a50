#include "agent/linux/network_watch.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/limits.hpp"

namespace slewd::os {
namespace {

constexpr unsigned kNetworkGroups =
    RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;

bool is_running_link(std::span<const std::byte> content) {
  ifinfomsg link{};
  if (content.size() < sizeof link) return false;
  std::memcpy(&link, content.data(), sizeof link);
  return (link.ifi_flags & IFF_RUNNING) != 0;
}

}  // namespace

bool tells_of_network(std::span<const std::byte> messages) {
  nlmsghdr head{};
  while (messages.size() >= sizeof head) {
    std::memcpy(&head, messages.data(), sizeof head);
    if (head.nlmsg_len < sizeof head || head.nlmsg_len > messages.size()) return false;
    if (head.nlmsg_type == RTM_NEWADDR || head.nlmsg_type == RTM_NEWROUTE) return true;
    if (head.nlmsg_type == RTM_NEWLINK &&
        is_running_link(messages.first(head.nlmsg_len).subspan(sizeof head)))
      return true;
    const std::size_t padded = (head.nlmsg_len + NLMSG_ALIGNTO - 1) & ~(NLMSG_ALIGNTO - 1);
    if (padded >= messages.size()) return false;
    messages = messages.subspan(padded);
  }
  return false;
}

Result<std::unique_ptr<NetworkWatch>> NetworkWatch::start(PollLoop& loop,
                                                          std::function<void()> changed) {
  const auto refuse = [](const char* call) {
    const int number = errno;
    return fail(Error(ErrorCode::unsupported, system_error(call, number).message())
                    .within("cannot watch the network"));
  };
  Fd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!fd.valid()) return refuse("socket");
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = kNetworkGroups;
  sockaddr generic{};
  static_assert(sizeof generic >= sizeof address);
  std::memcpy(&generic, &address, sizeof address);
  if (::bind(fd.get(), &generic, sizeof address) != 0) return refuse("bind");
  return std::unique_ptr<NetworkWatch>(new NetworkWatch(loop, std::move(fd), std::move(changed)));
}

NetworkWatch::NetworkWatch(PollLoop& loop, Fd fd, std::function<void()> changed)
    : loop_(loop), fd_(std::move(fd)), changed_(std::move(changed)) {
  loop_.watch(fd_.get(), POLLIN, [this](short) { on_readable(); });
}

NetworkWatch::~NetworkWatch() { loop_.unwatch(fd_.get()); }

// Bounded: what is left wakes the loop again.
void NetworkWatch::on_readable() {
  bool news = false;
  alignas(nlmsghdr) std::array<std::byte, limits::kNetlinkBytes> buffer{};
  for (int i = 0; i < limits::kNetlinkAtOnce; ++i) {
    sockaddr_nl from{};
    socklen_t length = sizeof from;
    sockaddr generic{};
    const ssize_t size = ::recvfrom(fd_.get(), buffer.data(), buffer.size(), 0, &generic, &length);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) {
      news = news || errno == ENOBUFS;  // messages were dropped: something has happened
      break;
    }
    std::memcpy(&from, &generic, sizeof from);
    // Any process may send to this socket; the kernel has port 0.
    if (from.nl_pid == 0)
      news = news || tells_of_network(std::span(buffer).first(static_cast<std::size_t>(size)));
  }
  if (news) changed_();
}

}  // namespace slewd::os
