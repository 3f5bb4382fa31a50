// SPDX-License-Identifier: Apache-2.0
// The NTPv4 header (RFC 5905 section 7.3): 48 bytes, big endian. Extension fields and MACs behind
// it are the business of agent/crypto.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "agent/core/ntp/ntp_time.hpp"
#include "agent/core/ports.hpp"
#include "base/result.hpp"

namespace slewd::core {

inline constexpr std::size_t kNtpHeaderBytes = 48;
inline constexpr std::uint8_t kNtpVersion = 4;
inline constexpr std::uint8_t kStratumUnsynchronised = 16;

enum class NtpMode : std::uint8_t {
  reserved,
  symmetric_active,
  symmetric_passive,
  client,
  server,
  broadcast,
  control,
  private_use
};

// Kiss codes that a client must act upon (RFC 5905 section 7.4).
enum class Kiss { none, deny, restrict, rate, other };

struct NtpPacket {
  Leap leap = Leap::none;
  std::uint8_t version = kNtpVersion;
  NtpMode mode = NtpMode::client;
  std::uint8_t stratum = 0;
  std::int8_t poll = 0;       // log2 s
  std::int8_t precision = 0;  // log2 s
  NtpShort root_delay;
  NtpShort root_dispersion;
  std::uint32_t refid = 0;  // four ASCII characters at stratum 0 and 1, an address above
  NtpTimestamp reference;
  NtpTimestamp origin;
  NtpTimestamp receive;
  NtpTimestamp transmit;

  friend bool operator==(const NtpPacket&, const NtpPacket&) = default;
};

[[nodiscard]] std::array<std::byte, kNtpHeaderBytes> encode(const NtpPacket& packet);

// Errors: `invalid` when shorter than a header, longer than limits::kNtpPacketBytes, or of a
// version other than 1 to 4. Whatever else the fields say is for Source to judge.
[[nodiscard]] Result<NtpPacket> decode(std::span<const std::byte> bytes);

// The kiss of a stratum 0 packet; none for every other stratum.
[[nodiscard]] Kiss kiss_of(const NtpPacket& packet);

// "GPS" at stratum 0 and 1 (printable characters only). Above: eight hexadecimal digits, since a
// reply does not distinguish an IPv4 address from the hash of an IPv6 one.
[[nodiscard]] std::string format_refid(std::uint32_t refid, int stratum);
[[nodiscard]] constexpr std::uint32_t refid_of(std::string_view four) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value = value << 8 | (i < four.size() ? static_cast<std::uint8_t>(four[i]) : 0U);
  return value;
}

}  // namespace slewd::core
