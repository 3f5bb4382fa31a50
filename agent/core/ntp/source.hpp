// SPDX-License-Identifier: Apache-2.0
// The client side of one association, without any I/O (RFC 5905 section 9, data minimisation as in
// RFC 9109 and the NTP client data minimization draft): builds requests, judges replies, keeps the
// reach register.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include <tl/expected.hpp>

#include "agent/core/config.hpp"
#include "agent/core/ntp/least_delay.hpp"
#include "agent/core/ntp/packet.hpp"
#include "agent/core/ntp/plausible_time.hpp"
#include "agent/core/sample.hpp"
#include "agent/core/snapshot.hpp"

namespace slewd::core {

class Source {
 public:
  explicit Source(SourceConfig config) : config_(std::move(config)) {}

  // Begins a poll: shifts the reach register, forgets an unanswered request, and returns the
  // request to send. `transmit` is random: a spoofer cannot guess it, and it proves the reply.
  [[nodiscard]] std::array<std::byte, kNtpHeaderBytes> begin_poll(std::uint64_t transmit,
                                                                  Nanos interval);
  // When the request left, as Network::send() gives it; Datagram::departed replaces it.
  void sent(RawTime at) { sent_ = at; }

  // Judges a reply. `plausible` picks the era and refuses a server without time; `wall` is this
  // machine's clock, as PlausibleTime::time_of() has it.
  [[nodiscard]] tl::expected<Sample, Reject> on_reply(const Datagram& reply,
                                                      const PlausibleTime& plausible,
                                                      WallTime wall);

  // What the server asked for by a kiss (RFC 5905 section 7.4). DENY and RSTR: to be left alone.
  // It is asked again after denial_pause(), since many refusals are mistakes that are mended.
  [[nodiscard]] bool denied() const { return denials_ > 0; }
  [[nodiscard]] Nanos denial_pause() const;
  // RATE doubles the least interval; good replies halve it again.
  [[nodiscard]] Nanos rate_floor() const { return rate_floor_; }

  [[nodiscard]] std::uint8_t reach() const { return reach_; }
  [[nodiscard]] bool reachable() const { return reach_ != 0 && !denied(); }
  [[nodiscard]] bool awaiting() const { return awaiting_; }
  [[nodiscard]] int stratum() const { return stratum_; }
  [[nodiscard]] std::uint32_t refid() const { return refid_; }
  [[nodiscard]] Leap leap() const { return leap_; }
  [[nodiscard]] std::uint64_t requests() const { return requests_; }
  [[nodiscard]] std::uint64_t responses() const { return responses_; }
  [[nodiscard]] const auto& rejected() const { return rejected_; }
  // The time stamp of the newest reply, if it was refused as implausible.
  [[nodiscard]] std::optional<NtpTimestamp> implausible() const { return implausible_; }
  // Why the newest reply was not used, and how many in a row were not; empty after a sample, and
  // once four polls have had no reply of any kind.
  struct Rejection {
    Reject why{};
    std::uint64_t count = 0;
  };
  [[nodiscard]] std::optional<Rejection> rejection() const;
  [[nodiscard]] const SourceConfig& config() const { return config_; }

 private:
  [[nodiscard]] tl::expected<Sample, Reject> measure(const NtpPacket& reply, RawTime received,
                                                     const PlausibleTime& plausible, WallTime wall);
  [[nodiscard]] bool is_too_long(Nanos delay, RawTime at);
  [[nodiscard]] tl::expected<Sample, Reject> judge(const Datagram& reply,
                                                   const PlausibleTime& plausible, WallTime wall);
  void on_kiss(Kiss kiss);

  SourceConfig config_;
  NtpTimestamp expected_origin_;
  RawTime sent_;
  Nanos interval_{};
  bool awaiting_ = false;
  int denials_ = 0;  // in a row
  Nanos rate_floor_{};
  int calm_replies_ = 0;  // good ones since the last kiss or the last halving
  LeastDelay known_delay_;
  std::uint8_t reach_ = 0;
  int stratum_ = kStratumUnsynchronised;
  std::uint32_t refid_ = 0;
  Leap leap_ = Leap::unknown;
  std::optional<NtpTimestamp> implausible_;
  std::uint64_t requests_ = 0;
  std::uint64_t responses_ = 0;
  std::array<std::uint64_t, kRejects.size()> rejected_{};
  std::optional<Rejection> rejection_;
  int silent_polls_ = 0;  // in a row, without a reply of any kind
};

}  // namespace slewd::core
