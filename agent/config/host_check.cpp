// SPDX-License-Identifier: Apache-2.0
#include "agent/config/host_check.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace slewd::app {
namespace {

constexpr std::size_t kLongestLabel = 63;  // RFC 1035 section 2.3.4

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string write_host(std::string_view host) { return "write \"host\": " + quoted(host); }

std::string write_host_and_port(std::string_view host, std::string_view port) {
  return write_host(host) + ", \"port\": " + std::string(port);
}

std::string_view without(std::string_view text, std::string_view characters) {
  const std::size_t first = text.find_first_not_of(characters);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(characters) - first + 1);
}

std::string ipv4_problem(const in_addr& address) {
  const std::uint32_t bits = ntohl(address.s_addr);
  const std::uint32_t first = bits >> 24U;
  if (first == 0) return "is not a server address: 0.0.0.0/8 means this network";
  if (first == 127 && ((bits >> 16U) & 0xFFU) == 127)
    return "is an ntpd name for a reference clock; slewd supports only NTP servers";
  if (bits == 0xFFFFFFFF) return "is the broadcast address: use the address of one server";
  if (first >= 224 && first < 240) return "is a multicast address: use the address of one server";
  if (first >= 240) return "is a reserved address (240.0.0.0/4): use the address of one server";
  return "";
}

std::string ipv6_problem(const in6_addr& address, std::string_view host, bool has_scope) {
  if (IN6_IS_ADDR_UNSPECIFIED(&address)) return "is not a server address: it means any address";
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    in_addr mapped{};
    std::memcpy(&mapped, address.s6_addr + 12, sizeof mapped);
    return ipv4_problem(mapped);
  }
  if (IN6_IS_ADDR_MULTICAST(&address))
    return "is a multicast address: use the address of one server";
  if (IN6_IS_ADDR_LINKLOCAL(&address) && !has_scope)
    return "is a link-local address without an interface: " +
           write_host(std::string(host) + "%eth0") + " with the name of the interface";
  return "";
}

// Only digits and dots: an IPv4 address or a mistake, since no top-level domain consists of digits.
std::string digits_problem(std::string_view host) {
  in_addr address{};
  if (::inet_pton(AF_INET, std::string(host).c_str(), &address) == 1) return ipv4_problem(address);
  return "is not an IPv4 address: it has four numbers from 0 to 255 without leading zeros, for "
         "instance 192.0.2.1";
}

std::string colon_problem(std::string_view host) {
  const std::string_view address = host.substr(0, host.find('%'));
  const bool has_scope = host.size() > address.size() + 1;
  in6_addr parsed{};
  if (::inet_pton(AF_INET6, std::string(address).c_str(), &parsed) == 1) {
    if (host.size() == address.size() + 1) return "has no interface after the '%'";
    return ipv6_problem(parsed, address, has_scope);
  }
  const std::size_t colon = host.rfind(':');
  const std::string_view port = host.substr(colon + 1);
  const std::string_view rest = host.substr(0, colon);
  if (rest.find(':') == std::string_view::npos && (is_digits(port) || port.empty()))
    return "has a port: " + (port.empty() ? write_host(rest) : write_host_and_port(rest, port));
  return "is neither a name nor an IPv6 address; write for instance 2001:db8::1";
}

std::string bracket_problem(std::string_view host) {
  const std::size_t end = host.find(']');
  const std::string_view inner =
      host.front() == '[' ? host.substr(1, end == std::string_view::npos ? end : end - 1) : host;
  const std::string_view after = end == std::string_view::npos ? "" : host.substr(end + 1);
  const bool has_port = after.size() > 1 && after.front() == ':' && is_digits(after.substr(1));
  const std::string_view bare = without(inner, "[]");
  return "must not have brackets: " +
         (has_port ? write_host_and_port(bare, after.substr(1)) : write_host(bare));
}

std::string url_problem(std::string_view host) {
  std::string_view rest = host;
  if (const std::size_t scheme = host.find("://"); scheme != std::string_view::npos)
    rest = host.substr(scheme + 3);
  rest = without(rest.substr(0, rest.find('/')), "[]");
  // The port of a URL is not an NTP port.
  if (std::ranges::count(rest, ':') == 1) rest = rest.substr(0, rest.find(':'));
  return host.find("://") == std::string_view::npos
             ? "contains a '/'; use one name or address: " + write_host(rest)
             : "is a URL: " + write_host(rest);
}

std::string blank_problem(std::string_view host) {
  const std::string_view trimmed = without(host, " \t\r\n\f\v");
  const std::size_t blank = trimmed.find_first_of(" \t");
  if (blank == std::string_view::npos) return "begins or ends with a blank: " + write_host(trimmed);
  return "has a blank: " + write_host(trimmed.substr(0, blank)) +
         R"(, and each option as a member, for instance "iburst": true)";
}

std::string name_problem(std::string_view host) {
  std::string_view rest = host;
  if (rest.back() == '.') rest.remove_suffix(1);
  if (rest.empty()) return "is no name";
  for (std::size_t start = 0; start <= rest.size();) {
    const std::size_t dot = std::min(rest.find('.', start), rest.size());
    const std::string_view label = rest.substr(start, dot - start);
    if (label.empty()) return "has an empty part between two dots";
    if (label.size() > kLongestLabel)
      return "has a part with more than " + std::to_string(kLongestLabel) + " characters";
    if (label.front() == '-' || label.back() == '-')
      return "has a part that begins or ends with '-'";
    start = dot + 1;
  }
  return "";
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

}  // namespace

std::string host_problem(std::string_view host) {
  if (host.empty()) return "";  // refused with another text
  if (host.find_first_of(" \t\r\n\f\v") != std::string_view::npos) return blank_problem(host);
  if (host.find('/') != std::string_view::npos) return url_problem(host);
  if (host.find_first_of("[]") != std::string_view::npos) return bracket_problem(host);
  if (host.find(':') != std::string_view::npos) return colon_problem(host);
  if (host.find_first_not_of("0123456789.") == std::string_view::npos) return digits_problem(host);
  const auto odd = std::ranges::find_if_not(host, is_name_character);
  if (odd == host.end()) return name_problem(host);
  if (static_cast<unsigned char>(*odd) >= 0x80)
    return "contains a character outside ASCII; write the name in its ASCII form, which begins "
           "with "
           "xn--";
  return std::string("contains the character '") + *odd +
         "': a name consists of letters, digits, '-', '_' and '.'";
}

}  // namespace slewd::app
