// SPDX-License-Identifier: Apache-2.0
// Any text is either a ring of keys or an Error, and a key that was read seals what it opens.
#include <cstdint>
#include <string_view>
#include <vector>

#include "agent/crypto/key_file.hpp"
#include "agent/crypto/key_ring.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto keys = slewd::crypto::parse_key_file(text, "keys", slewd::crypto::WeakDigests::allow);
  if (!keys) return 0;
  const auto ring = slewd::crypto::KeyRing::parse(text, "keys", slewd::crypto::WeakDigests::allow);
  SLEWD_CHECK(ring && ring->size() == keys->size());
  if (keys->empty()) return 0;
  const std::vector<std::byte> packet(48);
  const auto sealed = ring->seal(keys->back().id, packet);
  SLEWD_CHECK(sealed && ring->open(keys->back().id, *sealed).has_value());
  return 0;
}
