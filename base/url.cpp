// SPDX-License-Identifier: Apache-2.0
#include "base/url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/limits.hpp"

namespace slewd {
namespace {

constexpr int kHttpPort = 80;
constexpr int kHttpsPort = 443;

bool is_plain(char c) { return c > ' ' && c < 0x7f; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '.' ||
         c == '_';
}

bool in_ipv6(char c) {
  return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || is_digit(c) || c == ':' || c == '.';
}

std::optional<int> port_of(std::string_view digits) {
  int port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  if (!whole || port < 1 || port > 65535) return std::nullopt;
  return port;
}

// Takes "name" or "[address]" off `rest`; empty when it is neither.
std::string_view take_host(std::string_view& rest) {
  const bool bracketed = rest.starts_with('[');
  const std::size_t end = bracketed ? rest.find(']') : std::min(rest.find(':'), rest.size());
  if (end == std::string_view::npos) return {};
  const std::string_view host = bracketed ? rest.substr(1, end - 1) : rest.substr(0, end);
  rest.remove_prefix(bracketed ? end + 1 : end);
  return std::ranges::all_of(host, bracketed ? in_ipv6 : in_name) ? host : std::string_view();
}

}  // namespace

std::string Url::authority() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  std::string text = ipv6 ? "[" + host + "]" : host;
  if (port != (tls ? kHttpsPort : kHttpPort)) text += ":" + std::to_string(port);
  return text;
}

std::string Url::origin() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return std::string(tls ? "https://" : "http://") + (ipv6 ? "[" + host + "]" : host) + ":" +
         std::to_string(port);
}

Result<Url> parse_url(std::string_view text) {
  const auto wrong = [](const std::string& what) {
    return fail(ErrorCode::invalid,
                "the URL " + what + R"(; it should look like "http://127.0.0.1:8080/health")");
  };
  if (text.size() > limits::kUrlBytes)
    return fail(ErrorCode::limit, "a URL of " + std::to_string(text.size()) + " bytes");
  if (!std::ranges::all_of(text, is_plain))
    return wrong("has a space, a control character or a byte beyond ASCII");
  Url url;
  url.tls = text.starts_with("https://");
  if (!url.tls && !text.starts_with("http://")) return wrong("is neither http:// nor https://");
  text.remove_prefix(url.tls ? 8 : 7);
  text = text.substr(0, text.find('#'));  // a fragment is never sent
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  std::string_view authority = text.substr(0, end);
  if (authority.find('@') != std::string_view::npos) return wrong("names a user");
  url.host = take_host(authority);
  if (url.host.empty()) return wrong("has no valid host");
  url.port = url.tls ? kHttpsPort : kHttpPort;
  if (!authority.empty()) {
    const auto port = authority.starts_with(':') ? port_of(authority.substr(1)) : std::nullopt;
    if (!port) return wrong("has no valid port");
    url.port = *port;
  }
  url.target = text.substr(end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return url;
}

}  // namespace slewd
