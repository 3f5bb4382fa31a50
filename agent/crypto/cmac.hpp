// SPDX-License-Identifier: Apache-2.0
// AES-CMAC (RFC 4493, NIST SP 800-38B) with a key of 16 or 32 bytes. Any thread may call sum().
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>

#include "base/result.hpp"

namespace slewd::crypto {

inline constexpr std::size_t kBlockBytes = 16;  // of AES, whatever the key
using Block = std::array<std::byte, kBlockBytes>;

class Cmac {
 public:
  // Errors: `invalid` for another key size; `unsupported` when OpenSSL lacks the algorithm.
  [[nodiscard]] static Result<Cmac> create(std::span<const std::byte> key);
  Cmac(Cmac&&) noexcept;
  Cmac& operator=(Cmac&&) noexcept;
  ~Cmac();

  [[nodiscard]] Result<Block> sum(std::span<const std::byte> message) const;

 private:
  struct Keyed;
  explicit Cmac(std::unique_ptr<const Keyed> keyed);
  std::unique_ptr<const Keyed> keyed_;
};

}  // namespace slewd::crypto
