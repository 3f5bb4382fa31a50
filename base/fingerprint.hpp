// SPDX-License-Identifier: Apache-2.0
// FNV-1a of 64 bits: identifies a text; not cryptographic.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace slewd {

class Fingerprint {
 public:
  // One part. Its end counts as well: a byte that moves to the next part is a change.
  void add(std::string_view text) {
    for (const char c : text) mix(static_cast<unsigned char>(c));
    mix(kEnd);
  }
  // 16 hexadecimal digits.
  [[nodiscard]] std::string text() const {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), hash_, 16);
    const std::string bare(digits.data(), end.ptr);
    return std::string(16 - bare.size(), '0') + bare;
  }

 private:
  static constexpr unsigned kEnd = 0x100;  // no byte

  void mix(unsigned value) {
    hash_ ^= value;
    hash_ *= 0x100000001b3ULL;
  }

  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

}  // namespace slewd
