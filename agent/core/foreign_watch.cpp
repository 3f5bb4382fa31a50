#include "agent/core/foreign_watch.hpp"

#include <utility>

namespace slewd::core {
ForeignSteering ForeignWatch::compare(const ClockReading& now, const Result<KernelReadback>& kernel,
                                      const Programmed& programmed) {
  ForeignSteering found;
  std::optional<Ppm> rate;
  bool moves = false;  // besides its frequency
  if (kernel) {
    rate = kernel->frequency;
    const auto expected = programmed.total ? programmed.total : found_;
    if (expected) found.rate_change = kernel->frequency - *expected;
    found.signs.add_if(magnitude(found.rate_change) > kReadBackTolerance, Sign::read_back);
    const bool shot = kernel->singleshot_remaining != Nanos{0};
    const bool loop = kernel->loop_offset != Nanos{0};
    found.signs.add_if(shot && !programmed.single_shot, Sign::adjtime);
    found.signs.add_if(loop, Sign::kernel_loop);
    if (shot && !programmed.single_shot) found.adjtime = kernel->singleshot_remaining;
    moves = shot || loop || programmed.single_shot;
  }
  found_ = programmed.total ? std::nullopt : rate;
  if (moves) {
    slope_.forget();
    return found;
  }
  const auto difference = slope_.look(now, rate, programmed.changes);
  if (!difference) return found;
  found.signs.add(Sign::mono_raw);
  if (!found.signs.has(Sign::read_back)) found.rate_change = *difference;
  return found;
}

void ForeignWatch::note_sign(MonoTime now) {
  last_sign_ = now;
  if (!view_.detected) {
    ++view_.events;
    view_.since = now;
  }
  view_.detected = true;
  // A name says more than a sign.
  if (!process_.empty())
    view_.who = process_;
  else if (view_.who.empty())
    view_.who = "somebody unknown";
}

std::optional<ForeignSteering> ForeignWatch::look(const ClockReading& now,
                                                  const Result<KernelReadback>& kernel,
                                                  const MachineSigns& signs,
                                                  const Programmed& programmed) {
  process_ = signs.discipliner;
  const ForeignSteering found = compare(now, kernel, programmed);
  if (!process_.empty()) note_sign(now.mono);
  if (found.signs.empty()) {
    if (last_sign_ && now.mono - *last_sign_ >= kQuietTime) {
      view_.detected = false;
      view_.who.clear();
    }
    return std::nullopt;
  }
  note_sign(now.mono);
  const auto before = std::exchange(last_steering_, now.mono);
  const bool news = programmed.total || !before || now.mono - *before >= kQuietTime;
  if (!news) return std::nullopt;
  return found;
}

}  // namespace slewd::core
