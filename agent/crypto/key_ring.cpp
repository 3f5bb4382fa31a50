// SPDX-License-Identifier: Apache-2.0
#include "agent/crypto/key_ring.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/limits.hpp"

namespace slewd::crypto {
namespace {

constexpr std::size_t kHeaderBytes = 48;  // RFC 5905 section 7.3
constexpr std::size_t kIdBytes = 4;

using WireId = std::array<std::byte, kIdBytes>;

WireId to_wire(KeyId id) {
  return {static_cast<std::byte>(id >> 24U), static_cast<std::byte>(id >> 16U),
          static_cast<std::byte>(id >> 8U), static_cast<std::byte>(id)};
}

tl::unexpected<Error> unknown_key(KeyId id) {
  return fail(ErrorCode::not_found, "key " + std::to_string(id) + " is not in the key file");
}

// A header and the key id 0: the server could not check our MAC (RFC 5905 section 8).
bool is_crypto_nak(std::span<const std::byte> sealed) {
  return sealed.size() == kHeaderBytes + kIdBytes &&
         std::ranges::equal(sealed.last(kIdBytes), to_wire(0));
}

}  // namespace

Result<KeyRing> KeyRing::parse(std::string_view text, std::string_view name, WeakDigests weak) {
  Result<std::vector<NumberedKey>> keys = parse_key_file(text, name, weak);
  if (!keys) return fail(keys.error());
  KeyRing ring;
  for (NumberedKey& entry : *keys) ring.keys_.emplace(entry.id, std::move(entry.key));
  return ring;
}

const SymmetricKey* KeyRing::find(KeyId id) const {
  const auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : &found->second;
}

Result<std::vector<std::byte>> KeyRing::seal(KeyId id, std::span<const std::byte> packet) const {
  const SymmetricKey* key = find(id);
  if (key == nullptr) return unknown_key(id);
  if (packet.size() < kHeaderBytes || packet.size() % 4 != 0)
    return fail(ErrorCode::invalid, "an NTP packet has 48 bytes or more, in fours, not " +
                                        std::to_string(packet.size()));
  if (packet.size() + kIdBytes + digest_bytes(key->type()) > limits::kNtpPacketBytes)
    return fail(ErrorCode::limit,
                "no room for a MAC behind " + std::to_string(packet.size()) + " bytes");
  const Result<std::vector<std::byte>> digest = key->digest(packet);
  if (!digest) return fail(digest.error());
  std::vector<std::byte> sealed(packet.begin(), packet.end());
  std::ranges::copy(to_wire(id), std::back_inserter(sealed));
  std::ranges::copy(*digest, std::back_inserter(sealed));
  return sealed;
}

Result<std::span<const std::byte>> KeyRing::open(KeyId id,
                                                 std::span<const std::byte> sealed) const {
  const SymmetricKey* key = find(id);
  if (key == nullptr) return unknown_key(id);
  if (is_crypto_nak(sealed))
    return fail(ErrorCode::permission, "crypto-NAK: the server does not know key " +
                                           std::to_string(id) + " or its secret differs");
  const std::size_t mac_bytes = kIdBytes + digest_bytes(key->type());
  if (sealed.size() < kHeaderBytes + mac_bytes || sealed.size() % 4 != 0)
    return fail(ErrorCode::permission, "the packet has no MAC of key " + std::to_string(id));
  const std::span<const std::byte> packet = sealed.first(sealed.size() - mac_bytes);
  const std::span<const std::byte> mac = sealed.last(mac_bytes);
  if (!std::ranges::equal(mac.first(kIdBytes), to_wire(id)))
    return fail(ErrorCode::permission,
                "the packet has no MAC of key " + std::to_string(id) + ", perhaps of another");
  const Result<std::vector<std::byte>> digest = key->digest(packet);
  if (!digest) return fail(digest.error());
  if (!equal_in_constant_time(*digest, mac.subspan(kIdBytes)))
    return fail(ErrorCode::permission, "the MAC of key " + std::to_string(id) + " does not fit");
  return packet;
}

}  // namespace slewd::crypto
