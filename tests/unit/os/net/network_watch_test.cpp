// SPDX-License-Identifier: Apache-2.0
#include "agent/os/net/network_watch.hpp"

#include <cstring>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

namespace slewd::os {
namespace {

using Bytes = std::vector<std::byte>;

template <typename Value>
void append_bytes(Bytes& bytes, const Value& value) {
  const std::size_t size = bytes.size();
  bytes.resize(size + sizeof value);
  std::memcpy(bytes.data() + size, &value, sizeof value);
}

template <typename Value>
void append_attribute(Bytes& bytes, unsigned short type, const Value& value) {
  const rtattr head{.rta_len = sizeof(rtattr) + sizeof value, .rta_type = type};
  append_bytes(bytes, head);
  append_bytes(bytes, value);
}

Bytes message(std::uint16_t type, const Bytes& content) {
  nlmsghdr head{};
  head.nlmsg_len = static_cast<std::uint32_t>(sizeof head + content.size());
  head.nlmsg_type = type;
  Bytes bytes;
  append_bytes(bytes, head);
  bytes.insert(bytes.end(), content.begin(), content.end());
  return bytes;
}

Bytes link(std::uint16_t type, unsigned flags, int index = 2) {
  ifinfomsg content{};
  content.ifi_index = index;
  content.ifi_flags = flags;
  Bytes bytes;
  append_bytes(bytes, content);
  return message(type, bytes);
}

// `lifetime` changes with each router advertisement.
Bytes address(std::uint16_t type, unsigned last, unsigned lifetime = 0, unsigned char flags = 0) {
  ifaddrmsg content{};
  content.ifa_family = AF_INET6;
  content.ifa_prefixlen = 64;
  content.ifa_flags = flags;
  content.ifa_index = 2;
  Bytes bytes;
  append_bytes(bytes, content);
  append_attribute(bytes, IFA_ADDRESS, last);
  append_attribute(bytes, IFA_CACHEINFO, lifetime);
  return message(type, bytes);
}

Bytes route(std::uint16_t type, unsigned gateway, unsigned lifetime = 0,
            unsigned char kind = RTN_UNICAST) {
  rtmsg content{};
  content.rtm_family = AF_INET6;
  content.rtm_type = kind;
  Bytes bytes;
  append_bytes(bytes, content);
  append_attribute(bytes, RTA_GATEWAY, gateway);
  append_attribute(bytes, RTA_CACHEINFO, lifetime);
  return message(type, bytes);
}

constexpr unsigned kUp = IFF_UP;
constexpr unsigned kRunning = IFF_UP | IFF_RUNNING;

TEST(NetworkWatch, TellsOfNewAddressesRoutesAndRunningLinks) {
  NetworkFacts facts;
  EXPECT_TRUE(facts.take(link(RTM_NEWLINK, kRunning)));
  EXPECT_TRUE(facts.take(address(RTM_NEWADDR, 1)));
  EXPECT_TRUE(facts.take(route(RTM_NEWROUTE, 1)));
  EXPECT_TRUE(facts.take(link(RTM_NEWLINK, kRunning, 3))) << "another one";
  EXPECT_TRUE(facts.take(address(RTM_NEWADDR, 2)));
  EXPECT_TRUE(facts.take(route(RTM_NEWROUTE, 2)));
}

TEST(NetworkWatch, WhatIsKnownIsNoNews) {
  NetworkFacts facts;
  facts.take(link(RTM_NEWLINK, kRunning));
  facts.take(address(RTM_NEWADDR, 1, 1800));
  facts.take(route(RTM_NEWROUTE, 1, 1800));
  EXPECT_FALSE(facts.take(link(RTM_NEWLINK, kRunning | IFF_PROMISC)));
  EXPECT_FALSE(facts.take(address(RTM_NEWADDR, 1, 1750)));
  EXPECT_FALSE(facts.take(route(RTM_NEWROUTE, 1, 1750)));
}

TEST(NetworkWatch, WhatWentAndComesBackIsNews) {
  NetworkFacts facts;
  const std::vector<std::pair<Bytes, Bytes>> pairs{
      {link(RTM_NEWLINK, kRunning), link(RTM_NEWLINK, kUp)},
      {link(RTM_NEWLINK, kRunning), link(RTM_DELLINK, kRunning)},
      {address(RTM_NEWADDR, 1), address(RTM_DELADDR, 1)},
      {route(RTM_NEWROUTE, 1), route(RTM_DELROUTE, 1)}};
  for (const auto& [comes, goes] : pairs) {
    EXPECT_TRUE(facts.take(comes));
    EXPECT_FALSE(facts.take(goes));
    EXPECT_TRUE(facts.take(comes));
    EXPECT_FALSE(facts.take(goes));
  }
}

TEST(NetworkWatch, ARouteThatWentWithItsLinkOrAddressIsNewsAgain) {
  for (const auto& [comes, goes] : {std::pair(link(RTM_NEWLINK, kRunning), link(RTM_NEWLINK, kUp)),
                                    std::pair(address(RTM_NEWADDR, 1), address(RTM_DELADDR, 1))}) {
    NetworkFacts facts;
    facts.take(comes);
    facts.take(route(RTM_NEWROUTE, 1));
    facts.take(goes);
    EXPECT_TRUE(facts.take(route(RTM_NEWROUTE, 1)));
  }
}

TEST(NetworkWatch, IsSilentOfWhatBringsNoNetwork) {
  NetworkFacts facts;
  EXPECT_FALSE(facts.take(link(RTM_NEWLINK, kUp)));
  EXPECT_FALSE(facts.take(link(RTM_NEWNEIGH, kRunning)));
  EXPECT_FALSE(facts.take(address(RTM_NEWADDR, 1, 0, IFA_F_TENTATIVE)));
  EXPECT_FALSE(facts.take(route(RTM_NEWROUTE, 1, 0, RTN_LOCAL)));
  EXPECT_TRUE(facts.take(address(RTM_NEWADDR, 1))) << "now it can be used";
}

TEST(NetworkWatch, FindsTheNewsBehindOtherMessages) {
  NetworkFacts facts;
  Bytes both = route(RTM_DELROUTE, 1);
  const Bytes second = address(RTM_NEWADDR, 1);
  both.insert(both.end(), second.begin(), second.end());
  EXPECT_TRUE(facts.take(both));
}

TEST(NetworkWatch, ATruncatedMessageIsNoNews) {
  NetworkFacts facts;
  for (const Bytes& whole :
       {link(RTM_NEWLINK, kRunning), address(RTM_NEWADDR, 1), route(RTM_NEWROUTE, 1)})
    for (std::size_t size = 0; size < whole.size(); ++size)
      EXPECT_FALSE(facts.take(std::span(whole).first(size))) << size;
  Bytes endless = address(RTM_NEWADDR, 1);
  std::memset(endless.data(), 0, sizeof(std::uint32_t));
  EXPECT_FALSE(facts.take(endless));
  Bytes hollow = address(RTM_NEWADDR, 1);  // an attribute without a length
  std::memset(hollow.data() + sizeof(nlmsghdr) + sizeof(ifaddrmsg), 0, sizeof(std::uint16_t));
  EXPECT_TRUE(facts.take(hollow));
}

TEST(NetworkWatch, RemembersNoMoreThanItsLimit) {
  NetworkFacts facts;
  const unsigned many = static_cast<unsigned>(kMostNetworkFacts);
  for (unsigned i = 0; i < many; ++i) EXPECT_TRUE(facts.take(route(RTM_NEWROUTE, i)));
  EXPECT_FALSE(facts.take(route(RTM_NEWROUTE, 0)));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(facts.take(route(RTM_NEWROUTE, many)));
}

}  // namespace
}  // namespace slewd::os
