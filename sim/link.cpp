// SPDX-License-Identifier: Apache-2.0
#include "sim/link.hpp"

namespace slewd::sim {
namespace {

struct Extra {
  Nanos delay{};
  bool lost = false;
};

Nanos within_period(const Disturbance& law, Nanos elapsed) {
  return law.every > Nanos{0} ? elapsed % law.every : elapsed;
}

// Each disturbance draws its numbers whether it acts or not: another one does not shift them.
Extra disturb(const LinkLaw& law, Nanos elapsed, Random choices, Random queues) {
  Extra sum;
  for (const Disturbance& each : law.disturbances) {
    const bool lost = choices.chance(each.loss);
    const bool taken = choices.chance(each.chance);
    const Nanos queued = queues.exponential(each.jitter);
    if (!taken || !each.active(elapsed)) continue;
    sum.lost = sum.lost || lost;
    sum.delay += each.delay_at(elapsed) + queued;
  }
  return sum;
}

}  // namespace

bool Disturbance::active(Nanos elapsed) const {
  const Nanos phase = within_period(*this, elapsed);
  return phase >= from && (!length || phase <= from + *length);
}

Nanos Disturbance::delay_at(Nanos elapsed) const {
  const Nanos since = within_period(*this, elapsed) - from;
  if (since >= ramp) return delay;
  return from_seconds(to_seconds(delay) * to_seconds(since) / to_seconds(ramp));
}

Link::Arrivals Link::carry(const LinkLaw& law, Nanos elapsed) {
  const bool lost = random_.chance(law.loss);
  const bool twice = random_.chance(law.duplicate);
  const bool held = random_.chance(law.hold_back);
  const Nanos first = law.delay + random_.exponential(law.jitter);
  const Nanos second = law.delay + random_.exponential(law.jitter);
  const std::uint64_t choices = random_.next();
  const std::uint64_t queues = random_.next();
  const bool passed = ++packets_ % static_cast<std::uint64_t>(law.pass_every) == 0;
  Extra more;
  if (!law.disturbances.empty())
    more = disturb(law, elapsed, Random(choices, "choices"), Random(queues, "queues"));
  Arrivals arrivals;
  if (lost || more.lost || !passed) return arrivals;
  arrivals.after[arrivals.count++] = (held ? first + law.held_for : first) + more.delay;
  if (twice) arrivals.after[arrivals.count++] = second + more.delay;
  return arrivals;
}

}  // namespace slewd::sim
