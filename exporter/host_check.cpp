#include "exporter/host_check.hpp"

#include <algorithm>

#include <arpa/inet.h>

namespace slewd::exporter {
namespace {

// Without the port: "[::1]:10123" gives "::1", "localhost:10123" gives "localhost".
std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    return end == std::string_view::npos ? std::string_view{} : host.substr(1, end - 1);
  }
  return host.substr(0, host.find(':'));
}

bool is_ip_address(const std::string& text) {
  in6_addr address{};
  return ::inet_pton(AF_INET, text.c_str(), &address) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

bool host_is_allowed(const Request& request, const std::vector<std::string>& allowed_hosts) {
  if (request.transport != Transport::tcp || !request.loopback) return true;
  // Browsers always send Host; HTTP/1.0 tools may not.
  if (request.host.empty()) return true;
  const std::string name(without_port(request.host));
  return same_name(name, "localhost") || is_ip_address(name) ||
         std::any_of(allowed_hosts.begin(), allowed_hosts.end(),
                     [&](const std::string& allowed) { return same_name(name, allowed); });
}

}  // namespace slewd::exporter
