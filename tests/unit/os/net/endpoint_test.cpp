// SPDX-License-Identifier: Apache-2.0
#include "agent/os/net/endpoint.hpp"

#include <string>

#include <gtest/gtest.h>
#include <net/if.h>

namespace slewd::os {
namespace {

TEST(ParseNumeric, ReadsBothFamilies) {
  const auto ipv4 = parse_numeric("192.0.2.1", 123);
  ASSERT_TRUE(ipv4);
  EXPECT_EQ(core::format(*ipv4), "192.0.2.1:123");
  const auto ipv6 = parse_numeric("2001:db8::1", 4123);
  ASSERT_TRUE(ipv6);
  EXPECT_EQ(core::format(*ipv6), "[2001:db8::1]:4123");
}

TEST(ParseNumeric, ReadsTheScopeOfALinkLocalAddressByNumberAndByName) {
  EXPECT_EQ(parse_numeric("fe80::1%7", 123)->scope, 7U);
  EXPECT_EQ(parse_numeric("fe80::1%lo", 123)->scope, ::if_nametoindex("lo"));
}

TEST(ParseNumeric, RefusesEverythingElse) {
  using namespace std::string_literals;
  for (const std::string& text : {""s, "time.example"s, "192.0.2"s, "192.0.2.256"s, "192.0.2.1%1"s,
                                  "[2001:db8::1]"s, "2001:db8::1%"s, "2001:db8::1%no-such-card"s,
                                  "fe80::1%0"s, "192.0.2.1\0x"s, std::string(5000, '1')}) {
    const auto endpoint = parse_numeric(text, 123);
    ASSERT_FALSE(endpoint) << text;
    EXPECT_EQ(endpoint.error().code(), ErrorCode::invalid);
    EXPECT_LT(endpoint.error().describe().size(), 300U);
  }
}

TEST(SocketAddress, GoesThereAndBack) {
  for (const char* text : {"127.0.0.1", "::1", "fe80::2%3"}) {
    const auto endpoint = parse_numeric(text, 10123);
    ASSERT_TRUE(endpoint);
    const SocketAddress address = to_socket_address(*endpoint);
    const auto back = from_socket_address(address.get(), address.length);
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, *endpoint) << text;
  }
}

TEST(SocketAddress, IsRefusedWhenShortOrOfAnotherFamily) {
  SocketAddress address = to_socket_address(*parse_numeric("127.0.0.1", 1));
  EXPECT_FALSE(from_socket_address(address.get(), 8));
  EXPECT_FALSE(from_socket_address(address.get(), 0));
  EXPECT_FALSE(from_socket_address(nullptr, 0));
  address.storage.ss_family = AF_UNIX;
  EXPECT_FALSE(from_socket_address(address.get(), address.length));
}

}  // namespace
}  // namespace slewd::os
