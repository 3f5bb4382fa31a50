#include "agent/remedy/http/url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/limits.hpp"

namespace slewd::remedy {
namespace {

bool is_plain(char c) { return c > ' ' && c < 0x7f; }

bool in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

bool in_ipv6(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
         c == '.';
}

std::optional<int> port_of(std::string_view digits) {
  int port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  if (!whole || port < 1 || port > 65535) return std::nullopt;
  return port;
}

// Splits "host:port" or "[address]:port"; the host is empty when it is none.
void read_authority(std::string_view text, std::string_view& host, std::string_view& port) {
  const bool bracketed = text.starts_with('[');
  const std::size_t end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && end == std::string_view::npos) return;
  host = bracketed ? text.substr(1, end - 1) : text.substr(0, end);
  const bool allowed = std::ranges::all_of(host, bracketed ? in_ipv6 : in_name);
  std::string_view rest = bracketed                       ? text.substr(end + 1)
                          : end == std::string_view::npos ? std::string_view()
                                                          : text.substr(end);
  if (!allowed || (!rest.empty() && !rest.starts_with(':'))) {
    host = {};
  } else if (!rest.empty()) {
    port = rest.substr(1);
    if (port.empty()) host = {};
  }
}

}  // namespace

std::string Url::origin() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return std::string(tls ? "https://" : "http://") + (ipv6 ? "[" + host + "]" : host) + ":" +
         std::to_string(port);
}

Result<Url> parse_url(std::string_view text) {
  const auto wrong = [&](const std::string& what) {
    return fail(ErrorCode::invalid, "the URL " + what +
                                        "; it should look like "
                                        "\"https://example.net:8443/path\"");
  };
  if (text.size() > limits::kHttpCallUrlBytes)
    return fail(ErrorCode::limit, "a URL of " + std::to_string(text.size()) + " bytes");
  if (!std::ranges::all_of(text, is_plain)) return wrong("has a space or a control character");
  Url url;
  url.tls = text.starts_with("https://");
  if (!url.tls && !text.starts_with("http://")) return wrong("is neither https:// nor http://");
  text.remove_prefix(url.tls ? 8 : 7);
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  const std::string_view authority = text.substr(0, end);
  if (authority.find('@') != std::string_view::npos) return wrong("names a user");
  std::string_view host;
  std::string_view port;
  read_authority(authority, host, port);
  if (host.empty()) return wrong("has no valid host");
  const auto number = port.empty() ? std::optional<int>(url.tls ? 443 : 80) : port_of(port);
  if (!number) return wrong("has no valid port");
  url.host = host;
  url.port = *number;
  url.target = text.substr(end, text.find('#') == std::string_view::npos ? std::string_view::npos
                                                                         : text.find('#') - end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return url;
}

}  // namespace slewd::remedy
