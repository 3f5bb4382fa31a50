// SPDX-License-Identifier: Apache-2.0
#include "base/one_line.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace slewd {
namespace {

// The length of the UTF-8 character at the start of `text`, 0 when it is none (RFC 3629 section 4).
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0U) != 0x80U) return 0;
  const unsigned second = byte(1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool beyond = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
  return overlong || beyond ? 0 : length;
}

}  // namespace

std::string one_line(std::string_view text, std::size_t limit) {
  constexpr std::string_view kCut = "...";
  text = trim(text);
  std::string line;
  std::size_t last_fit = 0;  // where a cut leaves room for its mark
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const char first = text.front();
    std::size_t used = std::max<std::size_t>(length, 1);
    if (first == '\n' || first == '\r') {
      used = std::min(text.find_first_not_of("\r\n"), text.size());
      line += " | ";
    } else if (length == 0 || static_cast<unsigned char>(first) < 0x20 || first == 0x7f) {
      line += first == '\t' ? ' ' : '?';
    } else {
      line += text.substr(0, length);
    }
    text.remove_prefix(used);
    if (line.size() + kCut.size() <= limit) last_fit = line.size();
    if (line.size() > limit) {
      line.resize(last_fit);
      return limit < kCut.size() ? line : line.append(kCut);
    }
  }
  return line;
}

}  // namespace slewd
