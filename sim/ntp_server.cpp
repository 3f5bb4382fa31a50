// SPDX-License-Identifier: Apache-2.0
#include "sim/ntp_server.hpp"

namespace slewd::sim {
namespace {

void become_kiss(core::NtpPacket& reply, std::string_view code) {
  reply.leap = core::Leap::unknown;
  reply.stratum = 0;
  reply.refid = core::refid_of(code);
}

void apply_manner(ServerManner manner, core::NtpPacket& reply) {
  switch (manner) {
    case ServerManner::honest:
    case ServerManner::silent:
      return;
    case ServerManner::unsynchronised:
      reply.leap = core::Leap::unknown;
      reply.stratum = 0;
      reply.refid = 0;
      reply.reference = {};
      return;
    case ServerManner::bogus_origin:
      reply.origin.bits ^= 0x5a5a5a5a5a5a5a5aU;
      return;
    case ServerManner::kiss_rate:
      return become_kiss(reply, "RATE");
    case ServerManner::kiss_deny:
      return become_kiss(reply, "DENY");
    case ServerManner::kiss_restrict:
      return become_kiss(reply, "RSTR");
  }
}

}  // namespace

std::optional<std::array<std::byte, core::kNtpHeaderBytes>> serve(
    const Personality& personality, std::span<const std::byte> request, WallTime receive,
    WallTime transmit) {
  if (personality.manner == ServerManner::silent) return std::nullopt;
  const auto asked = core::decode(request);
  if (!asked || asked->mode != core::NtpMode::client) return std::nullopt;

  const WallTime shown = receive + personality.ahead_at(receive);
  core::NtpPacket reply;
  reply.leap = personality.leap.value_or(core::Leap::none);
  reply.version = asked->version;
  reply.mode = core::NtpMode::server;
  reply.stratum = personality.stratum;
  reply.poll = asked->poll;
  reply.precision = personality.precision;
  reply.root_delay = core::to_ntp_short(personality.root_delay);
  reply.root_dispersion = core::to_ntp_short(personality.root_dispersion);
  reply.refid = personality.refid;
  reply.origin = asked->transmit;
  reply.receive = core::to_ntp(shown);
  reply.transmit = core::to_ntp(transmit + personality.ahead_at(transmit));
  reply.reference = core::to_ntp(shown - personality.reference_age);
  apply_manner(personality.manner, reply);
  return core::encode(reply);
}

}  // namespace slewd::sim
