// SPDX-License-Identifier: Apache-2.0
// Any bytes as a URL: what is taken can be written into a request without a line end or a blank,
// and reads back the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "base/url.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto url = slewd::parse_url(text);
  if (!url) return 0;
  SLEWD_CHECK(!url->host.empty() && url->port > 0 && url->port < 65536);
  SLEWD_CHECK(url->target.starts_with('/'));
  const std::string whole = (url->tls ? "https://" : "http://") + url->authority() + url->target;
  SLEWD_CHECK(std::ranges::all_of(whole, [](char c) { return c > ' ' && c < 0x7f; }));
  if (whole.size() > slewd::limits::kUrlBytes) return 0;  // a '/' more than was written
  const auto again = slewd::parse_url(whole);
  SLEWD_CHECK(again.has_value());
  SLEWD_CHECK(again->host == url->host && again->port == url->port);
  SLEWD_CHECK(again->target == url->target && again->tls == url->tls);
  return 0;
}
