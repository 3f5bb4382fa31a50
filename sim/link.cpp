#include "sim/link.hpp"

namespace slewd::sim {
namespace {

struct Suffered {
  Nanos delay{};
  bool lost = false;
};

// Each disturbance draws its numbers whether it acts or not: another one does not shift them.
Suffered suffer(const LinkLaw& law, Nanos elapsed, Random fate, Random queue) {
  Suffered sum;
  for (const Disturbance& each : law.disturbances) {
    const bool lost = fate.chance(each.loss);
    const bool taken = fate.chance(each.chance);
    const Nanos delay = each.delay + queue.exponential(each.jitter);
    if (!taken || !each.active(elapsed)) continue;
    sum.lost = sum.lost || lost;
    sum.delay += delay;
  }
  return sum;
}

}  // namespace

bool Disturbance::active(Nanos elapsed) const {
  const Nanos phase = every > Nanos{0} ? elapsed % every : elapsed;
  return phase >= from && (!length || phase <= from + *length);
}

Link::Arrivals Link::carry(const LinkLaw& law, Nanos elapsed) {
  const bool lost = random_.chance(law.loss);
  const bool twice = random_.chance(law.duplicate);
  const bool held = random_.chance(law.hold_back);
  const Nanos first = law.delay + random_.exponential(law.jitter);
  const Nanos second = law.delay + random_.exponential(law.jitter);
  const std::uint64_t fate = random_.next();
  const std::uint64_t queue = random_.next();
  const bool passed = ++packets_ % static_cast<std::uint64_t>(law.pass_every) == 0;
  Suffered more;
  if (!law.disturbances.empty())
    more = suffer(law, elapsed, Random(fate, "fate"), Random(queue, "queue"));
  Arrivals arrivals;
  if (lost || more.lost || !passed) return arrivals;
  arrivals.after[arrivals.count++] = (held ? first + law.held_for : first) + more.delay;
  if (twice) arrivals.after[arrivals.count++] = second + more.delay;
  return arrivals;
}

}  // namespace slewd::sim
