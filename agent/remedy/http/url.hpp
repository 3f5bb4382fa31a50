// The parts of "https://host:port/path" that a client needs.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace slewd::remedy {

struct Url {
  bool tls = false;
  std::string host;  // without the brackets of an IPv6 address
  int port = 0;
  std::string target;  // path and query; begins with '/'

  // "https://host:port": requests to one of these go to one peer.
  [[nodiscard]] std::string origin() const;
};

// Errors: invalid, with what would be right. User names in a URL are refused: a password belongs
// into a file. At most limits::kHttpCallUrlBytes.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

}  // namespace slewd::remedy
