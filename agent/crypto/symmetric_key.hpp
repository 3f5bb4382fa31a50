// SPDX-License-Identifier: Apache-2.0
// One symmetric NTP key and the digest that it makes (RFC 5905 section 7.3, RFC 8573).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "agent/crypto/cmac.hpp"
#include "agent/crypto/secret.hpp"
#include "base/result.hpp"

namespace slewd::crypto {

// The number by which both ends name a key, 1 to 2^32 - 1. On the wire 0 means "I do not know your
// key" (crypto-NAK).
using KeyId = std::uint32_t;

enum class KeyType {
  aes128,  // AES-CMAC, RFC 8573
  aes256,  // the same with a longer key
  sha1,    // digest of key and packet: weak, for old peers
  md5,     // as sha1, and weaker
};
inline constexpr std::array kKeyTypes{KeyType::aes128, KeyType::aes256, KeyType::sha1,
                                      KeyType::md5};
[[nodiscard]] std::string_view to_string(KeyType type);  // as in key files: "AES128"
[[nodiscard]] bool is_weak(KeyType type);
[[nodiscard]] std::size_t digest_bytes(KeyType type);
// Of AES keys, which have one size only; empty for the others.
[[nodiscard]] std::optional<std::size_t> exact_key_bytes(KeyType type);

class SymmetricKey {
 public:
  // Errors: `invalid` for a wrong size; `unsupported` when OpenSSL's policy forbids the digest.
  [[nodiscard]] static Result<SymmetricKey> create(KeyType type, std::span<const std::byte> secret);

  [[nodiscard]] KeyType type() const { return type_; }
  // digest_bytes(type()) bytes.
  [[nodiscard]] Result<std::vector<std::byte>> digest(std::span<const std::byte> packet) const;

 private:
  SymmetricKey(KeyType type, Secret secret, std::optional<Cmac> cmac);

  KeyType type_;
  Secret secret_;             // of the digests; empty for AES
  std::optional<Cmac> cmac_;  // of AES
};

}  // namespace slewd::crypto
