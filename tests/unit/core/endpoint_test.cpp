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

TEST(Endpoint, KnowsTheAddressesOfPrivateNetworks) {
  const auto v4 = [](unsigned a, unsigned b) {
    Endpoint endpoint;
    endpoint.address = {std::byte(a), std::byte(b), std::byte{1}, std::byte{1}};
    return endpoint;
  };
  for (const auto& own :
       {v4(127, 0), v4(10, 9), v4(172, 16), v4(172, 31), v4(192, 168), v4(169, 254),
        ipv6({0, 0, 0, 0, 0, 0, 0, 1}), ipv6({0xfd00, 1}), ipv6({0xfe80, 0, 0, 0, 0, 0, 0, 9})})
    EXPECT_TRUE(is_private(own)) << format(own);
  for (const auto& other :
       {v4(9, 9), v4(172, 32), v4(172, 15), v4(192, 167), v4(203, 0), ipv6({0x2001, 0xdb8}),
        ipv6({0xfec0, 1}), ipv6({0, 0, 0, 0, 0, 0, 0, 2})})
    EXPECT_FALSE(is_private(other)) << format(other);
}

}  // namespace
}  // namespace slewd::core
