// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>

#include "agent/core/ports.hpp"

namespace slewd::core {
namespace {

unsigned group_of(const Endpoint& endpoint, std::size_t index) {
  return std::to_integer<unsigned>(endpoint.address[2 * index]) << 8 |
         std::to_integer<unsigned>(endpoint.address[2 * index + 1]);
}

std::string hexadecimal(unsigned value) {
  std::array<char, 4> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return {digits.data(), end.ptr};
}

// RFC 5952: the longest run of two or more zero groups is written "::".
std::string format_ipv6(const Endpoint& endpoint) {
  constexpr std::size_t kGroups = 8;
  std::size_t best = kGroups;
  std::size_t best_length = 1;
  for (std::size_t start = 0; start < kGroups; ++start) {
    std::size_t length = 0;
    while (start + length < kGroups && group_of(endpoint, start + length) == 0) ++length;
    if (length > best_length) {
      best = start;
      best_length = length;
    }
  }
  std::string text;
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (i == best) {
      text += "::";
      i += best_length - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    text += hexadecimal(group_of(endpoint, i));
  }
  return text;
}

}  // namespace

bool is_private(const Endpoint& endpoint) {
  const auto byte = [&](std::size_t index) {
    return std::to_integer<unsigned>(endpoint.address[index]);
  };
  if (endpoint.ipv6) {
    const bool loopback = format_ipv6(endpoint) == "::1";
    const bool unique_local = (byte(0) & 0xfeU) == 0xfc;
    const bool link_local = byte(0) == 0xfe && (byte(1) & 0xc0U) == 0x80;
    return loopback || unique_local || link_local;
  }
  return byte(0) == 127 || byte(0) == 10 || (byte(0) == 172 && (byte(1) & 0xf0U) == 16) ||
         (byte(0) == 192 && byte(1) == 168) || (byte(0) == 169 && byte(1) == 254);
}

std::string format(const Endpoint& endpoint) {
  const std::string port = ":" + std::to_string(endpoint.port);
  if (endpoint.ipv6) {
    const std::string scope = endpoint.scope == 0 ? "" : "%" + std::to_string(endpoint.scope);
    return "[" + format_ipv6(endpoint) + scope + "]" + port;
  }
  std::string text;
  for (std::size_t i = 0; i < 4; ++i)
    text += (i == 0 ? "" : ".") + std::to_string(std::to_integer<unsigned>(endpoint.address[i]));
  return text + port;
}

}  // namespace slewd::core
