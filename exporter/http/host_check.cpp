// SPDX-License-Identifier: Apache-2.0
#include "exporter/http/host_check.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <arpa/inet.h>

#include "base/text.hpp"

namespace slewd::exporter {
namespace {

bool is_port(std::string_view text) {
  return text.empty() ||
         (text.front() == ':' && text.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

// Without the port: "[::1]:10123" gives "::1", "localhost:10123" gives "localhost". Empty if the
// text after the name is not a port.
std::string_view without_port(std::string_view host) {
  const bool bracketed = host.starts_with('[');
  if (bracketed) host.remove_prefix(1);
  const std::size_t end = host.find(bracketed ? ']' : ':');
  if (end == std::string_view::npos) return bracketed ? std::string_view{} : host;
  const std::string_view rest = host.substr(bracketed ? end + 1 : end);
  return is_port(rest) ? host.substr(0, end) : std::string_view{};
}

bool is_ip_address(const std::string& text) {
  in6_addr address{};
  return ::inet_pton(AF_INET, text.c_str(), &address) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

}  // namespace

bool host_is_allowed(const Request& request) {
  if (request.transport != Transport::tcp || !request.loopback) return true;
  // Browsers always send Host; HTTP/1.0 tools may not.
  if (request.host.empty()) return true;
  const std::string name(without_port(request.host));
  return same_ignoring_case(name, "localhost") || is_ip_address(name);
}

}  // namespace slewd::exporter
