// SPDX-License-Identifier: Apache-2.0
// Any bytes as a template and as the values of its variables (before and after the first NUL): what
// the check takes expands to JSON whatever the values are, unless it is too long.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "base/json_document.hpp"
#include "rules/files/webhook_template.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using slewd::rules::check_template;
  using slewd::rules::expand_template;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t end = bytes.find('\0');
  const std::string_view text = bytes.substr(0, end);
  const std::string value(end == std::string_view::npos ? "" : bytes.substr(end + 1));
  const auto checked = check_template(text);
  const auto expanded = expand_template(text, {value, value, value, value, value, value, value});
  if (!checked) {
    SLEWD_CHECK(!expanded);
  } else if (!expanded) {
    SLEWD_CHECK(expanded.error().code() == slewd::ErrorCode::limit);
  } else {
    SLEWD_CHECK(slewd::parse_json(*expanded, "webhook").has_value());
  }
  return 0;
}
