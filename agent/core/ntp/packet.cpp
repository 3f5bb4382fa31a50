// SPDX-License-Identifier: Apache-2.0
#include "agent/core/ntp/packet.hpp"

#include "base/limits.hpp"

namespace slewd::core {
namespace {

class Writer {
 public:
  explicit Writer(std::span<std::byte> out) : out_(out) {}
  template <class T>
  void put(T value) {
    for (std::size_t shift = sizeof(T) * 8; shift > 0; shift -= 8)
      out_[at_++] = static_cast<std::byte>(value >> (shift - 8));
  }

 private:
  std::span<std::byte> out_;
  std::size_t at_ = 0;
};

class WireReader {
 public:
  explicit WireReader(std::span<const std::byte> in) : in_(in) {}
  template <class T>
  T take() {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      value = value << 8 | std::to_integer<std::uint64_t>(in_[at_++]);
    return static_cast<T>(value);
  }

 private:
  std::span<const std::byte> in_;
  std::size_t at_ = 0;
};

bool is_printable(char c) { return c > ' ' && c <= '~'; }

}  // namespace

std::array<std::byte, kNtpHeaderBytes> encode(const NtpPacket& packet) {
  std::array<std::byte, kNtpHeaderBytes> bytes{};
  Writer out(bytes);
  out.put(static_cast<std::uint8_t>(static_cast<unsigned>(packet.leap) << 6 |
                                    (packet.version & 7U) << 3 |
                                    static_cast<unsigned>(packet.mode)));
  out.put(packet.stratum);
  out.put(static_cast<std::uint8_t>(packet.poll));
  out.put(static_cast<std::uint8_t>(packet.precision));
  out.put(packet.root_delay.bits);
  out.put(packet.root_dispersion.bits);
  out.put(packet.refid);
  out.put(packet.reference.bits);
  out.put(packet.origin.bits);
  out.put(packet.receive.bits);
  out.put(packet.transmit.bits);
  return bytes;
}

Result<NtpPacket> decode(std::span<const std::byte> bytes) {
  if (bytes.size() < kNtpHeaderBytes)
    return fail(ErrorCode::invalid,
                "an NTP packet has 48 bytes at least, not " + std::to_string(bytes.size()));
  if (bytes.size() > limits::kNtpPacketBytes)
    return fail(ErrorCode::invalid, "an NTP packet of " + std::to_string(bytes.size()) +
                                        " bytes is longer than any that we ask for");
  WireReader in(bytes);
  NtpPacket packet;
  const auto first = in.take<std::uint8_t>();
  packet.leap = static_cast<Leap>(first >> 6);
  packet.version = static_cast<std::uint8_t>(first >> 3 & 7U);
  packet.mode = static_cast<NtpMode>(first & 7U);
  if (packet.version < 1 || packet.version > kNtpVersion)
    return fail(ErrorCode::invalid,
                "NTP version " + std::to_string(packet.version) + "; 1 to 4 are understood");
  packet.stratum = in.take<std::uint8_t>();
  packet.poll = static_cast<std::int8_t>(in.take<std::uint8_t>());
  packet.precision = static_cast<std::int8_t>(in.take<std::uint8_t>());
  packet.root_delay.bits = in.take<std::uint32_t>();
  packet.root_dispersion.bits = in.take<std::uint32_t>();
  packet.refid = in.take<std::uint32_t>();
  packet.reference.bits = in.take<std::uint64_t>();
  packet.origin.bits = in.take<std::uint64_t>();
  packet.receive.bits = in.take<std::uint64_t>();
  packet.transmit.bits = in.take<std::uint64_t>();
  return packet;
}

Kiss kiss_of(const NtpPacket& packet) {
  if (packet.stratum != 0) return Kiss::none;
  switch (packet.refid) {
    case refid_of("DENY"):
      return Kiss::deny;
    case refid_of("RSTR"):
      return Kiss::restrict;
    case refid_of("RATE"):
      return Kiss::rate;
    default:
      return Kiss::other;
  }
}

std::string format_refid(std::uint32_t refid, int stratum) {
  std::string text;
  for (int shift = 28; stratum > 1 && shift >= 0; shift -= 4)
    text += "0123456789ABCDEF"[refid >> shift & 0xfU];
  for (int shift = 24; stratum <= 1 && shift >= 0; shift -= 8) {
    const char part = static_cast<char>(refid >> shift & 0xffU);
    if (is_printable(part)) text += part;
  }
  return text;
}

}  // namespace slewd::core
