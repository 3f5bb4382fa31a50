// SPDX-License-Identifier: Apache-2.0
#include "agent/core/ntp/source.hpp"

#include <algorithm>
#include <cmath>

namespace slewd::core {
namespace {

constexpr double kFastestServer = 0.1;  // how much faster than ours a clock may run
constexpr Nanos kLongestRateFloor = std::chrono::hours(1);
constexpr int kSilence = 4;                                 // polls
constexpr int kCalmReplies = 2;                             // before the floor is halved
constexpr Nanos kLeastRateFloor = std::chrono::minutes(1);  // below it is none
constexpr Nanos kFirstDenialPause = std::chrono::minutes(1);
constexpr Nanos kLongestDenialPause = std::chrono::hours(1);
constexpr int kMostDenialDoublings = 10;
constexpr std::int8_t kOwnPrecision = -20;  // about 1 us: software stamps

Nanos precision_of(std::int8_t log2_seconds) {
  // Beyond these the field is a mistake: 2^-30 is 1 ns, 2^0 a server that counts seconds.
  const int bounded = std::clamp<int>(log2_seconds, -30, 0);
  return from_seconds(std::ldexp(1.0, bounded));
}

}  // namespace

std::array<std::byte, kNtpHeaderBytes> Source::begin_poll(std::uint64_t transmit, Nanos interval) {
  reach_ = static_cast<std::uint8_t>(reach_ << 1U);
  interval_ = interval;
  awaiting_ = true;
  ++requests_;
  ++silent_polls_;
  NtpPacket request;
  request.mode = NtpMode::client;
  request.version = static_cast<std::uint8_t>(config_.version);
  // Zero would mean "unknown" to the server, and come back as an origin that proves nothing.
  request.transmit.bits = transmit == 0 ? 1 : transmit;
  expected_origin_ = request.transmit;
  return encode(request);
}

tl::expected<Sample, Reject> Source::on_reply(const Datagram& reply, const PlausibleTime& plausible,
                                              WallTime wall) {
  sent_ = reply.departed.value_or(sent_);
  const auto judged = judge(reply, plausible, wall);
  silent_polls_ = 0;
  if (judged) {
    rejection_.reset();
    return judged;
  }
  const Reject why = judged.error();
  ++rejected_[static_cast<std::size_t>(why)];
  // A packet besides the one that was used says nothing of the server.
  if (why != Reject::duplicate) rejection_ = {why, rejection_ ? rejection_->count + 1 : 1};
  return judged;
}

std::optional<Source::Rejection> Source::rejection() const {
  return silent_polls_ <= kSilence ? rejection_ : std::nullopt;
}

tl::expected<Sample, Reject> Source::judge(const Datagram& datagram, const PlausibleTime& plausible,
                                           WallTime wall) {
  const Result<NtpPacket> reply = decode(datagram.bytes);
  if (!reply) return tl::unexpected(Reject::malformed);
  if (reply->mode != NtpMode::server) return tl::unexpected(Reject::mode);
  if (reply->origin != expected_origin_) return tl::unexpected(Reject::bogus_origin);
  if (!awaiting_) return tl::unexpected(Reject::duplicate);
  awaiting_ = false;
  implausible_.reset();
  ++responses_;
  stratum_ = reply->stratum;
  refid_ = reply->refid;
  leap_ = reply->leap;
  const Kiss kiss = kiss_of(*reply);
  // Stratum 16 is sent as 0 (RFC 5905 section 7.3): without a code of refusal it only says that the
  // server has no time yet.
  if (kiss != Kiss::none && (kiss != Kiss::other || reply->leap != Leap::unknown)) {
    on_kiss(kiss);
    return tl::unexpected(Reject::kiss);
  }
  denials_ = 0;
  if (reply->leap == Leap::unknown || reply->transmit.is_unknown() || reply->receive.is_unknown())
    return tl::unexpected(Reject::unsynchronised);
  if (reply->stratum >= kStratumUnsynchronised) return tl::unexpected(Reject::stratum);
  auto sample = measure(*reply, datagram.raw, plausible, wall);
  if (!sample) return sample;
  reach_ |= 1U;
  if (rate_floor_ > Nanos{0} && ++calm_replies_ >= kCalmReplies) {
    calm_replies_ = 0;
    rate_floor_ /= 2;
    if (rate_floor_ < kLeastRateFloor) rate_floor_ = Nanos{0};
  }
  return sample;
}

tl::expected<Sample, Reject> Source::measure(const NtpPacket& reply, RawTime received,
                                             const PlausibleTime& plausible, WallTime wall) {
  const auto server_received = plausible.time_of(reply.receive, wall);
  const auto server_sent = plausible.time_of(reply.transmit, wall);
  if (!server_received || !server_sent) {
    implausible_ = server_sent ? reply.receive : reply.transmit;
    return tl::unexpected(Reject::implausible);
  }
  const Nanos turnaround = *server_sent - *server_received;
  const Nanos round_trip = received - sent_;
  // A server fills the bits below its precision at random (RFC 5905 section 6): one that answers at
  // once seems to have sent before it received.
  const Nanos least = -precision_of(reply.precision);
  if (turnaround < least || round_trip < Nanos{0}) return tl::unexpected(Reject::malformed);
  // No server can have held a request for longer than we waited: its clock was set in between.
  const Nanos tolerance = precision_of(reply.precision) + precision_of(kOwnPrecision) +
                          from_seconds(kFastestServer * to_seconds(round_trip));
  if (turnaround - round_trip > tolerance) return tl::unexpected(Reject::malformed);
  if (round_trip > config_.max_delay) return tl::unexpected(Reject::delay);
  Sample sample;
  sample.at = sent_ + round_trip / 2;
  sample.phase =
      (server_received->since_epoch + turnaround / 2) - sample.at.since_epoch + config_.offset;
  sample.precision = precision_of(reply.precision) + precision_of(kOwnPrecision);
  // Below zero only by rounding or by a clock that runs faster than ours; RFC 5905 section 8 sets
  // the delay no smaller than the precision.
  sample.delay = std::max(round_trip - turnaround, sample.precision);
  if (is_too_long(sample.delay, sample.at)) return tl::unexpected(Reject::delay);
  sample.root_delay = from_ntp(reply.root_delay);
  sample.root_dispersion = from_ntp(reply.root_dispersion);
  sample.stratum = reply.stratum;
  sample.leap = reply.leap;
  if (sample.root_delay / 2 + sample.root_dispersion >= std::chrono::seconds(16))
    return tl::unexpected(Reject::distance);  // RFC 5905 MAXDISP
  return sample;
}

bool Source::is_too_long(Nanos delay, RawTime at) {
  if (config_.max_delay_ratio == 0) return false;
  known_delay_.add(at, delay);
  const Nanos least = config_.min_delay > Nanos{0} ? config_.min_delay : *known_delay_.least();
  return to_seconds(delay) > config_.max_delay_ratio * to_seconds(least);
}

Nanos Source::denial_pause() const {
  const int doublings = std::clamp(denials_ - 1, 0, kMostDenialDoublings);
  return std::min<Nanos>(kFirstDenialPause * (1 << doublings), kLongestDenialPause);
}

void Source::on_kiss(Kiss kiss) {
  switch (kiss) {
    case Kiss::deny:
    case Kiss::restrict:
      ++denials_;
      reach_ = 0;
      return;
    case Kiss::rate:
      calm_replies_ = 0;
      rate_floor_ = std::min(2 * std::max(interval_, rate_floor_), kLongestRateFloor);
      return;
    case Kiss::other:
    case Kiss::none:
      return;
  }
}

}  // namespace slewd::core
