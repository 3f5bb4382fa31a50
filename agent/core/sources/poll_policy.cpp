// SPDX-License-Identifier: Apache-2.0
#include "agent/core/sources/poll_policy.hpp"

#include <algorithm>
#include <cmath>

namespace slewd::core {
namespace {

constexpr Nanos kShortestPublicPoll = std::chrono::seconds(1);
constexpr int kQuietSamples = 4;
constexpr double kWanderShare = 0.6;  // of a sample's noise that the wander may add in one interval
constexpr double kDriftShare =
    1.5;  // of a sample's noise that an ill-known frequency may add in it
constexpr double kLongestWanted = 1 << 17;  // s: the longest poll that NTP knows (RFC 5905 MAXPOLL)
constexpr double kSurprise = 4.0;
constexpr int kQuickSpikePolls =
    8;  // at 4 s, then 16 s: five agreeing samples within half a minute
constexpr Nanos kShockInterval = std::chrono::seconds(4);
constexpr Nanos kSpikeInterval = std::chrono::seconds(16);
constexpr int kPollsBeforeBackOff =
    4;  // unanswered polls before the interval doubles, and between doublings
constexpr Nanos kLongestBackOff = std::chrono::seconds(512);
constexpr int kEagerShare = 2;
constexpr int kPatientShare = 3;
constexpr Nanos kSeekEagerly = std::chrono::minutes(10);
// With the jitter that is added to each interval this is less than 16 s.
constexpr Nanos kLongestEagerInterval = std::chrono::milliseconds(15600);

// A server that does not answer is asked less and less, but often enough that a network which comes
// back is noticed within minutes.
Nanos backed_off(Nanos interval, const PollRange& range, int unanswered) {
  const int doublings = std::min(unanswered / kPollsBeforeBackOff, 10);
  const Nanos longest = std::max(interval, std::min<Nanos>(range.maximum, kLongestBackOff));
  return std::min(interval * (1 << doublings), longest);
}

}  // namespace

Nanos share_of_wait(Nanos age, int share, Nanos shortest, Nanos longest) {
  return std::clamp(age / share, shortest, longest);
}

Nanos seeking_interval(Nanos silent_for) {
  const bool eager = silent_for < kSeekEagerly;
  return share_of_wait(silent_for, eager ? kEagerShare : kPatientShare, PollPolicy::kQuickInterval,
                       eager ? kLongestEagerInterval : kLongestBackOff);
}

PollRange own_range(const SourceConfig& config, const Endpoint& endpoint) {
  PollRange range = *config.poll;
  if (!is_private(endpoint)) {
    range.minimum = std::max(range.minimum, kShortestPublicPoll);
    range.maximum = std::max(range.maximum, range.minimum);
  }
  return range;
}

PollRange envelope_of(PollRange common, const std::vector<SourceConfig>& sources) {
  for (const SourceConfig& source : sources) {
    if (!source.poll) continue;
    common.minimum = std::min(common.minimum, source.poll->minimum);
    common.maximum = std::max(common.maximum, source.poll->maximum);
  }
  return common;
}

void PollPolicy::set_range(PollRange range, PollRange envelope) {
  range_ = range;
  envelope_ = envelope;
  interval_ = std::clamp(interval_, envelope.minimum, envelope.maximum);
}

Nanos wanted_interval(double wander, double noise, double sd_frequency) {
  // A random walk of frequency moves the phase by wander * t^1.5 / sqrt(3).
  const double by_wander = std::pow(kWanderShare * std::sqrt(3.0) * noise / wander, 2.0 / 3);
  const double by_doubt = kDriftShare * noise / sd_frequency;
  return from_seconds(std::min({by_wander, by_doubt, kLongestWanted}));
}

void PollPolicy::on_sample(double surprise, Nanos wanted) {
  if (surprise > kSurprise) {
    interval_ = std::max(interval_ / 2, envelope_.minimum);
    quiet_ = 0;
    return;
  }
  wanted = std::clamp(wanted, envelope_.minimum, envelope_.maximum);
  if (wanted < interval_) {
    interval_ = std::max(wanted, interval_ / 2);
    return;
  }
  if (++quiet_ < kQuietSamples) return;
  quiet_ = 0;
  interval_ = std::min(interval_ * 2, wanted);
}

void PollPolicy::burst(int samples) {
  burst_left_ = samples;
  interval_ = envelope_.minimum;
  quiet_ = 0;
}

Nanos PollPolicy::next(Phase phase, const PollRange& range, int unanswered, bool quick_start) {
  if (phase != Phase::spike) spike_polls_ = 0;
  if (burst_left_ > 0) {
    --burst_left_;
    return kQuickInterval;
  }
  switch (traits(phase).polling) {
    case PollPolicyKind::burst:
      return backed_off(std::min<Nanos>(range.minimum, kShockInterval), range, unanswered);
    case PollPolicyKind::spike:
      return backed_off(++spike_polls_ <= kQuickSpikePolls ? kShockInterval : kSpikeInterval, range,
                        unanswered);
    case PollPolicyKind::policy:
      return backed_off(std::clamp(interval_, range.minimum, range.maximum), range, unanswered);
    case PollPolicyKind::hold:
      if (quick_start)
        return backed_off(std::min<Nanos>(range.minimum, kQuickInterval), range, unanswered);
      break;
    case PollPolicyKind::iburst:
    case PollPolicyKind::minimum:
      break;
  }
  return backed_off(range.minimum, range, unanswered);
}

}  // namespace slewd::core
