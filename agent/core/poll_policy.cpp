#include "agent/core/poll_policy.hpp"

#include <algorithm>

namespace slewd::core {
namespace {

constexpr int kQuietSamples = 8;
constexpr double kSurprise = 4.0;
constexpr int kQuickSpikePolls =
    8;  // at 4 s, then 16 s: five agreeing samples within half a minute
constexpr int kHoldPolls = 4;

}  // namespace

void PollPolicy::set_range(PollRange range) {
  range_ = range;
  interval_ = std::clamp(interval_, range.minimum, range.maximum);
}

void PollPolicy::on_sample(double surprise) {
  holdover_polls_ = 0;
  if (surprise > kSurprise) {
    interval_ = std::max(interval_ / 2, range_.minimum);
    quiet_ = 0;
    return;
  }
  if (++quiet_ < kQuietSamples) return;
  quiet_ = 0;
  interval_ = std::min(interval_ * 2, range_.maximum);
}

void PollPolicy::burst(int samples) {
  burst_left_ = samples;
  interval_ = range_.minimum;
  quiet_ = 0;
}

Nanos PollPolicy::next(Phase phase) {
  if (phase != Phase::spike) spike_polls_ = 0;
  if (burst_left_ > 0) {
    --burst_left_;
    return kBurstInterval;
  }
  switch (traits(phase).polling) {
    case PollPolicyKind::iburst:
    case PollPolicyKind::hold:
    case PollPolicyKind::minimum:
      return range_.minimum;
    case PollPolicyKind::burst:
      return std::min<Nanos>(range_.minimum, std::chrono::seconds(4));
    case PollPolicyKind::spike:
      return ++spike_polls_ <= kQuickSpikePolls ? Nanos(std::chrono::seconds(4))
                                                : Nanos(std::chrono::seconds(16));
    case PollPolicyKind::back_off: {
      const int doublings = std::min(holdover_polls_++ / kHoldPolls, 10);
      return std::min(range_.minimum * (1 << doublings), range_.maximum);
    }
    case PollPolicyKind::policy:
      return interval_;
  }
  return interval_;
}

}  // namespace slewd::core
