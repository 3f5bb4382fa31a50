// SPDX-License-Identifier: Apache-2.0
// The parts of "http://host:port/path" that a client needs.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace slewd {

struct Url {
  bool tls = false;  // https
  std::string host;  // without the brackets of an IPv6 address
  int port = 0;
  std::string target;  // path and query; begins with '/'

  // The Host field of a request (RFC 9110 section 7.2).
  [[nodiscard]] std::string authority() const;
  // "https://host:port": requests to one of these go to one peer.
  [[nodiscard]] std::string origin() const;
};

// Errors: invalid, with a suggestion. User names in a URL are refused: passwords belong
// into files. At most limits::kUrlBytes, of printable ASCII: it cannot contain a line end.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

}  // namespace slewd
