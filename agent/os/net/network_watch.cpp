// SPDX-License-Identifier: Apache-2.0
#include "agent/os/net/network_watch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <string_view>
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

constexpr std::size_t align_up(std::size_t size) {
  return (size + NLMSG_ALIGNTO - 1) & ~std::size_t{NLMSG_ALIGNTO - 1};
}

template <typename Head>
std::optional<Head> head_of(std::span<const std::byte> content) {
  Head head{};
  if (content.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, content.data(), sizeof head);
  return head;
}

template <typename Number>
void append(std::string& key, Number number) {
  key += std::to_string(number) + ' ';
}

// Adds the attributes of these types, which identify an address or route, without lifetimes and
// counters.
void append_attributes(std::string& key, std::span<const std::byte> content,
                       std::initializer_list<int> types) {
  while (const auto head = head_of<rtattr>(content)) {
    if (head->rta_len < sizeof(rtattr) || head->rta_len > content.size()) return;
    if (std::ranges::find(types, head->rta_type) != types.end())
      for (const std::byte each : content.first(head->rta_len)) key += static_cast<char>(each);
    content = content.subspan(std::min(content.size(), align_up(head->rta_len)));
  }
}

constexpr std::string_view kLink = "link ";
constexpr std::string_view kRoute = "route ";

struct NetworkFact {
  std::string key;
  bool there = false;
};

std::optional<NetworkFact> link_fact(bool is_new, std::span<const std::byte> content) {
  const auto link = head_of<ifinfomsg>(content);
  if (!link) return std::nullopt;
  NetworkFact fact{std::string(kLink), is_new && (link->ifi_flags & IFF_RUNNING) != 0};
  append(fact.key, link->ifi_index);
  return fact;
}

// An IPv6 address is of no use before it has been found to be the only one of its kind.
std::optional<NetworkFact> address_fact(bool is_new, std::span<const std::byte> content) {
  const auto address = head_of<ifaddrmsg>(content);
  if (!address) return std::nullopt;
  NetworkFact fact{"address ", is_new && (address->ifa_flags & IFA_F_TENTATIVE) == 0};
  append(fact.key, address->ifa_index);
  append(fact.key, int{address->ifa_family});
  append(fact.key, int{address->ifa_prefixlen});
  append_attributes(fact.key, content.subspan(align_up(sizeof(ifaddrmsg))),
                    {IFA_ADDRESS, IFA_LOCAL});
  return fact;
}

std::optional<NetworkFact> route_fact(bool is_new, std::span<const std::byte> content) {
  const auto route = head_of<rtmsg>(content);
  if (!route || route->rtm_type != RTN_UNICAST || (route->rtm_flags & RTM_F_CLONED) != 0)
    return std::nullopt;
  NetworkFact fact{std::string(kRoute), is_new};
  append(fact.key, int{route->rtm_family});
  append(fact.key, int{route->rtm_dst_len});
  append(fact.key, int{route->rtm_table});
  append_attributes(
      fact.key, content.subspan(align_up(sizeof(rtmsg))),
      {RTA_DST, RTA_GATEWAY, RTA_VIA, RTA_OIF, RTA_MULTIPATH, RTA_PRIORITY, RTA_TABLE});
  return fact;
}

std::optional<NetworkFact> fact_of(int type, std::span<const std::byte> content) {
  switch (type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      return link_fact(type == RTM_NEWLINK, content);
    case RTM_NEWADDR:
    case RTM_DELADDR:
      return address_fact(type == RTM_NEWADDR, content);
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      return route_fact(type == RTM_NEWROUTE, content);
    default:
      return std::nullopt;
  }
}

}  // namespace

bool NetworkFacts::take_one(int type, std::span<const std::byte> content) {
  const auto fact = fact_of(type, content);
  if (!fact) return false;
  if (!fact->there) {
    // With a link or an address the kernel removes IPv4 routes without a message.
    if (known_.erase(fact->key) > 0 && !fact->key.starts_with(kRoute))
      std::erase_if(known_, [](const std::string& key) { return !key.starts_with(kLink); });
    return false;
  }
  if (known_.contains(fact->key)) return false;
  if (known_.size() < kMostNetworkFacts) known_.insert(fact->key);
  return true;
}

bool NetworkFacts::take(std::span<const std::byte> messages) {
  bool news = false;
  while (const auto head = head_of<nlmsghdr>(messages)) {
    if (head->nlmsg_len < sizeof(nlmsghdr) || head->nlmsg_len > messages.size()) break;
    news |= take_one(head->nlmsg_type, messages.first(head->nlmsg_len).subspan(sizeof(nlmsghdr)));
    messages = messages.subspan(std::min(messages.size(), align_up(head->nlmsg_len)));
  }
  return news;
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
      news |= facts_.take(std::span(buffer).first(static_cast<std::size_t>(size)));
  }
  if (news) changed_();
}

}  // namespace slewd::os
