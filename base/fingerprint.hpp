// SPDX-License-Identifier: Apache-2.0
// FNV-1a of 64 bits: identifies a text; not cryptographic.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace slewd {

constexpr std::uint64_t kFnvBasis = 0xcbf29ce484222325U;

[[nodiscard]] constexpr std::uint64_t fnv1a(unsigned value, std::uint64_t hash) {
  return (hash ^ value) * 0x100000001b3U;
}
[[nodiscard]] constexpr std::uint64_t fnv1a(std::string_view text, std::uint64_t hash = kFnvBasis) {
  for (const char c : text) hash = fnv1a(static_cast<unsigned char>(c), hash);
  return hash;
}

// 16 hexadecimal digits.
[[nodiscard]] inline std::string hash_text(std::uint64_t hash) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), hash, 16);
  const std::string bare(digits.data(), end.ptr);
  return std::string(16 - bare.size(), '0') + bare;
}

class Fingerprint {
 public:
  // One part. Its end counts as well: a byte that moves to the next part is a change.
  void add(std::string_view text) { hash_ = fnv1a(kEnd, fnv1a(text, hash_)); }
  [[nodiscard]] std::string text() const { return hash_text(hash_); }

 private:
  static constexpr unsigned kEnd = 0x100;  // no byte

  std::uint64_t hash_ = kFnvBasis;
};

}  // namespace slewd
