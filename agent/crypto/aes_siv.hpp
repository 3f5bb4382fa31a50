// SPDX-License-Identifier: Apache-2.0
// AEAD_AES_SIV_CMAC_256 (RFC 5297), the algorithm that every NTS peer must know (RFC 8915 section
// 5.1). Our own over OpenSSL's CMAC and CTR: the SIV of OpenSSL 3.0 cannot seal an empty plaintext,
// which is what a client's NTS request holds. Any thread may seal and open.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "agent/crypto/cmac.hpp"
#include "agent/crypto/secret.hpp"
#include "base/result.hpp"

namespace slewd::crypto {

class AesSiv {
 public:
  static constexpr std::size_t kKeyBytes = 32;
  static constexpr std::size_t kTagBytes = kBlockBytes;
  static constexpr std::size_t kComponents = 126;  // RFC 5297 section 2.6, the plaintext aside

  using Bytes = std::span<const std::byte>;

  // The first half of `key` is for the tag, the second for the cipher.
  [[nodiscard]] static Result<AesSiv> create(Bytes key);

  // The tag and then the ciphertext, kTagBytes longer than `plaintext`. `associated` are the
  // components in their order; a nonce is the last of them (RFC 5297 section 3).
  // Errors: `limit` for too many components or more than limits::kSivBytes.
  [[nodiscard]] Result<std::vector<std::byte>> seal(std::span<const Bytes> associated,
                                                    Bytes plaintext) const;

  // The plaintext. Errors: `permission` when the tag does not fit; `invalid` when there is none.
  [[nodiscard]] Result<std::vector<std::byte>> open(std::span<const Bytes> associated,
                                                    Bytes sealed) const;

 private:
  AesSiv(Cmac cmac, Secret cipher_key);
  [[nodiscard]] Result<Block> synthetic_iv(std::span<const Bytes> associated,
                                           Bytes plaintext) const;
  // CTR mode both ways; `out` has the size of `in`.
  [[nodiscard]] Result<void> apply_cipher(const Block& tag, Bytes in,
                                          std::span<std::byte> out) const;

  Cmac cmac_;
  Secret cipher_key_;
};

}  // namespace slewd::crypto
