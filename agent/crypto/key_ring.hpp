// SPDX-License-Identifier: Apache-2.0
// The symmetric keys of this host, and what they do to packets: append a MAC (key id and digest,
// RFC 5905 section 7.3) and check one. Immutable once parsed; any thread may use it.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "agent/crypto/key_file.hpp"

namespace slewd::crypto {

class KeyRing {
 public:
  KeyRing() = default;
  // The text of a key file, see key_file.hpp.
  [[nodiscard]] static Result<KeyRing> parse(std::string_view text, std::string_view name,
                                             WeakDigests weak = WeakDigests::refuse);

  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  // Null when the ring does not hold it.
  [[nodiscard]] const SymmetricKey* find(KeyId id) const;

  // `packet` (an NTP header with or without extension fields) followed by its MAC.
  // Errors: `not_found` for an unknown key; `invalid` for what is no NTP packet; `limit` when the
  // MAC would not fit into limits::kNtpPacketBytes.
  [[nodiscard]] Result<std::vector<std::byte>> seal(KeyId id,
                                                    std::span<const std::byte> packet) const;

  // `sealed` without its MAC, when that was made with key `id`: the key that we sent with, never
  // one that the peer chooses. Errors: `permission` for a missing or wrong MAC, another key, or a
  // crypto-NAK (the server does not know the key); `not_found` for a key that the ring lacks.
  [[nodiscard]] Result<std::span<const std::byte>> open(KeyId id,
                                                        std::span<const std::byte> sealed) const;

 private:
  std::map<KeyId, SymmetricKey> keys_;
};

}  // namespace slewd::crypto
