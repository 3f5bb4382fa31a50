// SPDX-License-Identifier: Apache-2.0
// Any datagram as an NTP packet: it is refused with a reason or taken, and what is taken can be
// shown and written back to the very bytes that it came from.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "agent/core/ntp/packet.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slewd::core;
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto packet = decode(bytes);
  if (!packet) {
    SLEWD_CHECK(!packet.error().describe().empty());
    return 0;
  }
  const auto header = encode(*packet);
  SLEWD_CHECK(std::equal(header.begin(), header.end(), bytes.begin()));
  SLEWD_CHECK(packet->stratum == 0 || kiss_of(*packet) == Kiss::none);
  for (const char c : format_refid(packet->refid, packet->stratum))
    SLEWD_CHECK(c > ' ' && c <= '~');
  SLEWD_CHECK(from_ntp(packet->root_delay) >= slewd::Nanos{0});
  // A dispersion never shrinks on its way through us, up to what to_ntp_short() clamps to.
  const std::uint32_t dispersion = std::min(packet->root_dispersion.bits, 0xffff'0000U);
  SLEWD_CHECK(to_ntp_short(from_ntp(packet->root_dispersion)).bits >= dispersion);
  (void)from_ntp(packet->transmit, slewd::WallTime{});
  return 0;
}
