// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include <gtest/gtest.h>

#include "agent/core/ports.hpp"

namespace slewd::core {
namespace {

Endpoint ipv6(std::initializer_list<std::uint16_t> groups) {
  Endpoint endpoint{.ipv6 = true, .port = 123};
  std::size_t at = 0;
  for (const std::uint16_t group : groups) {
    endpoint.address[at++] = static_cast<std::byte>(group >> 8);
    endpoint.address[at++] = static_cast<std::byte>(group & 0xff);
  }
  return endpoint;
}

TEST(Endpoint, PrintsIpv4) {
  Endpoint endpoint{.port = 123};
  endpoint.address = {std::byte{192}, std::byte{0}, std::byte{2}, std::byte{1}};
  EXPECT_EQ(format(endpoint), "192.0.2.1:123");
}

TEST(Endpoint, ShortensIpv6AsRfc5952Says) {
  EXPECT_EQ(format(ipv6({0x2001, 0xdb8, 0, 0, 0, 0, 0, 1})), "[2001:db8::1]:123");
  EXPECT_EQ(format(ipv6({0, 0, 0, 0, 0, 0, 0, 1})), "[::1]:123");
  EXPECT_EQ(format(ipv6({0, 0, 0, 0, 0, 0, 0, 0})), "[::]:123");
  EXPECT_EQ(format(ipv6({0x2001, 0xdb8, 0, 1, 1, 1, 1, 1})), "[2001:db8:0:1:1:1:1:1]:123");
  EXPECT_EQ(format(ipv6({0xfe80, 0, 0, 1, 0, 0, 0, 0})), "[fe80:0:0:1::]:123");
}

}  // namespace
}  // namespace slewd::core
