// The part of Engine that decides when each server is asked next, and that asks at once when the
// network may be back.
#include <algorithm>

#include "agent/core/engine.hpp"

namespace slewd::core {
namespace {

constexpr int kQuickStartPolls = 8;    // at the most
constexpr int kQuickStartSamples = 4;  // after as many answers the quick start is over
constexpr int kGonePolls = 8;          // unanswered: the reach register is empty
constexpr int kTrialPolls = 2;
constexpr Nanos kTrialInterval = std::chrono::seconds(1);  // longer than any usual round trip
constexpr Nanos kFirstAsk = std::chrono::milliseconds(50);
// News of the network come in series: the last one matters, and a flood of them is no reason to
// flood the servers.
constexpr Nanos kNetworkSettles = std::chrono::milliseconds(200);
constexpr Nanos kNetworkSpacing = std::chrono::seconds(10);
constexpr Nanos kLongestNetworkSpacing = std::chrono::minutes(5);
constexpr Nanos kAskDeniedSpacing = std::chrono::minutes(1);

}  // namespace

void Engine::start_quickly(Association& association) {
  association.iburst_left = association.line->config.iburst ? kQuickStartPolls : 0;
  association.iburst_wanted = association.line->config.iburst ? kQuickStartSamples : 0;
}

bool Engine::nothing_is_known() const {
  const Phase phase = discipline_.phase();
  return phase == Phase::unset || phase == Phase::hold ||
         (phase == Phase::observe && !discipline_.estimate());
}

// Those that answer cannot outvote the rest: what has never answered is sought like the first one.
bool Engine::is_sought(const Association& association) const {
  if (nothing_is_known()) return true;
  if (association.track.last()) return false;
  const auto heard =
      std::ranges::count_if(lines_, [&](const auto& line) { return heard_of(*line) > 0; });
  return 2 * static_cast<std::size_t>(heard) <= lines_.size();
}

// A new address that may have no path from here, while there is another one to try.
bool Engine::is_on_trial(const Association& association) const {
  const SourceLine& line = *association.line;
  return association.source.requests() < kTrialPolls && !is_numeric(line.config.host) &&
         line.addresses.given_up(association.endpoint) == 0 &&
         line.addresses.next_at(taken_endpoints()) == MonoTime{};
}

Nanos Engine::least_interval() const {
  return std::min(config_.poll.minimum,
                  discipline_.fixed_interval().value_or(config_.poll.minimum));
}

Nanos Engine::next_interval(Association& association) {
  const ClockReading reading = env_.clock.now();
  const MonoTime now = reading.mono;
  association.kind = PollKind::regular;
  Nanos wanted{};
  if (association.source.denied()) {
    wanted = jittered(association.source.denial_pause());
  } else if (is_on_trial(association)) {
    association.kind = PollKind::seeking;
    wanted = jittered(kTrialInterval);
  } else if (association.misses > 0 && is_sought(association)) {
    association.kind = PollKind::seeking;
    const auto since = association.silent_since;
    wanted = jittered(since ? seeking_interval(now - *since) : PollPolicy::kQuickInterval);
  } else if (association.iburst_left > 0 && association.iburst_wanted > 0) {
    --association.iburst_left;
    association.kind = PollKind::quick;
    wanted = PollPolicy::kQuickInterval;
  } else if (const auto fixed = discipline_.fixed_interval()) {
    return std::max(*fixed, association.source.rate_floor());  // by the samples alone, w32time
  } else {
    wanted = jittered(
        polls_.next(discipline_.phase(), association.misses, association.line->config.iburst));
    if (wanted < least_interval()) association.kind = PollKind::quick;
  }
  // A server that has asked for fewer packets (RFC 5905 section 7.4) is not hurried.
  if (const Nanos floor = association.source.rate_floor(); floor > Nanos{0}) {
    wanted = std::max({wanted, floor, least_interval()});
    association.kind = PollKind::regular;
  }
  // A place whose address has never answered is given to the next one as soon as there is one.
  if (const auto turn = association.track.last() ? std::nullopt : next_turn(association))
    wanted = std::min(wanted, std::max<Nanos>(*turn - now, PollPolicy::kQuickInterval));
  return association.budget->wait(reading.raw, wanted, association.kind, least_interval());
}

// Sooner than planned, as far as the server and its budget allow it; never later.
void Engine::ask_soon(Association& association, Nanos wait) {
  if (association.source.denied() || !association.polled) return;
  const ClockReading now = env_.clock.now();
  const Nanos since = now.mono - *association.polled;
  if (const Nanos floor = association.source.rate_floor(); floor > Nanos{0})
    wait = std::max(wait, std::max(floor, least_interval()) - since);
  const PollKind kind = since + wait < least_interval() ? PollKind::quick : PollKind::regular;
  wait = association.budget->wait(now.raw, wait, kind, least_interval());
  if (association.timer && since + wait >= association.interval) return;
  association.kind = kind;
  wake_after(association, wait);
}

void Engine::poll_everyone_soon() {
  constexpr Nanos kSoon = std::chrono::milliseconds(200);
  for (const auto& association : associations_) ask_soon(*association, jittered(kSoon));
}

// An answer after silence: the network is back, or the server is.
void Engine::on_first_answer(Association& association) {
  const bool was_silent = association.unanswered > kSilentPolls;
  const bool was_gone = association.unanswered >= kGonePolls;
  const bool is_new = !association.track.last();
  if (was_silent || is_new) association.line->addresses.answered(association.endpoint);
  association.unanswered = 0;
  association.misses = 0;
  association.silent_since.reset();
  if (was_silent || is_new) network_spacing_ = {};
  if (discipline_.fixed_interval()) return;
  const bool alone = !others_answer(&association);
  if (was_gone && alone) start_quickly(association);
  if ((was_silent || is_new) && alone) wake_silent();
  // The interval that was fixed when the request was sent may be a long one.
  if (association.iburst_left > 0 && association.iburst_wanted > 0 &&
      association.interval > PollPolicy::kQuickInterval)
    ask_soon(association, jittered(PollPolicy::kQuickInterval));
}

int Engine::heard_of(const SourceLine& line) const {
  return static_cast<int>(std::ranges::count_if(associations_, [&](const auto& each) {
    return each->line.get() == &line && each->source.reachable() && each->unanswered < kSilentPolls;
  }));
}

bool Engine::wake_silent() {
  const MonoTime now = env_.clock.now().mono;
  bool found = false;
  for (const auto& line : lines_) {
    const int heard = heard_of(*line);
    if (heard < line->places()) line->addresses.forgive();
    if (heard > 0 && !line->failed) continue;
    found = true;
    // A name service may come some seconds after the network. News that go on are no reason to look
    // up each second for ever.
    if (line->failed && network_spacing_ == Nanos{0}) line->seeking_since = now;
    look_up_soon(*line);
  }
  int order = 0;
  for (const auto& each : associations_) {
    if (each->unanswered == 0 || each->source.denied()) continue;
    found = true;
    each->misses = 0;
    each->silent_since = now;
    start_quickly(*each);
    // The newest request may still be answered.
    const Nanos rest = each->polled ? *each->polled + PollPolicy::kQuickInterval - now : Nanos{0};
    // An address that has never answered has another chance.
    if (!each->track.last() && rest <= Nanos{0}) each->unanswered = 0;
    ask_soon(*each, std::max(jittered(kFirstAsk * ++order), rest));
  }
  return found;
}

// News that bring no silent source back count ever more rarely.
void Engine::on_network_changed() {
  if (network_timer_) return;
  const MonoTime now = env_.clock.now().mono;
  if (network_woken_ && now - *network_woken_ > kLongestNetworkSpacing) network_spacing_ = {};
  const Nanos spacing = std::max(network_spacing_, kNetworkSpacing);
  const Nanos rest = network_woken_ ? *network_woken_ + spacing - now : Nanos{0};
  network_timer_ = env_.timers.at(now + std::max(kNetworkSettles, rest), [this, spacing] {
    network_timer_.reset();
    network_woken_ = env_.clock.now().mono;
    if (!discipline_.fixed_interval() && wake_silent())
      network_spacing_ = std::min<Nanos>(2 * spacing, kLongestNetworkSpacing);
    publish();
  });
}

// An operator or a program wants it: those that refuse us are asked as well.
void Engine::ask_denied() {
  const ClockReading now = env_.clock.now();
  for (const auto& each : associations_)
    if (each->source.denied() && (!each->polled || now.mono - *each->polled >= kAskDeniedSpacing))
      wake_after(*each, each->budget->wait(now.raw, jittered(kFirstAsk), PollKind::seeking,
                                           least_interval()));
}

void Engine::on_kiss(Association& association, bool denied_before) {
  association.iburst_left = 0;
  association.misses = 0;
  const Nanos floor = association.source.rate_floor();
  if (!association.source.denied()) {
    if (floor > Nanos{0}) schedule(association, jittered(std::max(floor, least_interval())));
    return;
  }
  if (!denied_before)
    env_.observer.on_note(Severity::warning,
                          "source " + association.name + ": " + association.address +
                              " refuses us (kiss DENY or RSTR); it is asked again in 1 minute, "
                              "then ever less often, up to once an hour");
  start_quickly(association);  // once it serves us
  schedule(association, jittered(association.source.denial_pause()));
  seek_replacement(association);
}

}  // namespace slewd::core
