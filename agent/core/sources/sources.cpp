// SPDX-License-Identifier: Apache-2.0
#include "agent/core/sources/sources.hpp"

#include <algorithm>
#include <utility>

#include "base/duration.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::core {
namespace {

// Lookups.
constexpr int kLookupShare = 8;  // of the time for which a place has been empty
constexpr Nanos kShortestLookupWait = std::chrono::seconds(1);
constexpr Nanos kLongestLookupWait = std::chrono::minutes(15);
constexpr Nanos kLookupSpacing = std::chrono::minutes(15);  // while others answer

// An address that was given up is left alone for so long at first. While no source answers it may
// be the network: then all addresses take turns.
constexpr Nanos kFirstPause = std::chrono::seconds(15);
constexpr Nanos kTurn = std::chrono::seconds(15);
constexpr Nanos kAnswerWithin = std::chrono::seconds(1);
constexpr Nanos kRefusedPause = std::chrono::hours(1);

// Polls.
constexpr Nanos kFirstPollSpread = std::chrono::milliseconds(50);
constexpr Nanos kFirstPollAfter = std::chrono::milliseconds(50);
constexpr Nanos kFirstAsk = std::chrono::milliseconds(50);
constexpr Nanos kSoon = std::chrono::milliseconds(200);
constexpr int kQuickStartPolls = 8;    // at the most
constexpr int kQuickStartSamples = 4;  // after as many answers the quick start is over
constexpr int kGonePolls = 8;          // unanswered: the reach register is empty
constexpr int kTrialPolls = 2;
// While no source answers it may be the network.
constexpr Nanos kLongestInSilence = std::chrono::seconds(128);
constexpr double kSilentJitter = 1;
constexpr Nanos kEagerInterval = std::chrono::seconds(16);
constexpr Nanos kTrialInterval = std::chrono::seconds(1);  // longer than any usual round trip
constexpr int kBurstPolls = 6;
constexpr Nanos kBurstSpacing = std::chrono::seconds(16);
constexpr Nanos kAskOthersSpacing = std::chrono::minutes(10);
constexpr Nanos kOthersAnswerWithin = std::chrono::seconds(5);
constexpr Nanos kAskDeniedSpacing = std::chrono::minutes(1);
constexpr int kQuickPolls = 2;   // of each source, to see what has moved
constexpr int kMorePolls = 7;    // to see whether it moves on
constexpr double kFast = 50e-6;  // ratio: a move that may be an oscillator's
constexpr Nanos kLookAgainSpacing = std::chrono::minutes(1);
constexpr Nanos kAskAgainSpacing = std::chrono::minutes(5);

// News of the network come in series: the last one matters, and a flood of them is no reason to
// flood the servers.
constexpr Nanos kNetworkSettles = std::chrono::milliseconds(200);
constexpr Nanos kNetworkSpacing = std::chrono::seconds(10);
constexpr Nanos kLongestNetworkSpacing = std::chrono::minutes(5);

}  // namespace

Sources::Sources(Env& env, const CoreConfig& config, const Discipline& discipline,
                 Consensus& consensus, Coordinator& engine)
    : env_(env),
      config_(config),
      discipline_(discipline),
      consensus_(consensus),
      engine_(engine),
      log_(env.observer),
      polls_(config.poll) {}

void Sources::stop() {
  for (const auto& association : associations_) remove_association(*association);
  associations_.clear();
  drop_lines();
  if (network_timer_) env_.timers.cancel(*network_timer_);
  network_timer_.reset();
}

void Sources::start() {
  for (const SourceConfig& config : config_.sources)
    lines_.push_back(std::make_shared<SourceLine>(config));
  polls_.set_range(config_.poll, envelope_of(config_.poll, config_.sources));
  for (const auto& line : std::vector(lines_)) look_up(line);
}

void Sources::apply() {
  replace_lines();
  polls_.set_range(config_.poll, envelope_of(config_.poll, config_.sources));
  for (const auto& association : associations_) association->banned_until.reset();
  for (const auto& association : associations_) keep_within(*association);
  ask_denied();
  const MonoTime now = env_.clock.now().mono;
  for (const auto& line : std::vector(lines_)) {
    if (members(*line) == line->places()) continue;
    line->seeking_since = now;
    look_up(line);
  }
}

void Sources::drop_lines() {
  for (const auto& line : lines_)
    if (line->retry) env_.timers.cancel(*line->retry);
  lines_.clear();
}

void Sources::replace_lines() {
  std::vector<std::shared_ptr<SourceLine>> former = std::move(lines_);
  lines_.clear();
  for (const SourceConfig& config : config_.sources) {
    const auto same =
        std::ranges::find_if(former, [&](const auto& line) { return line->config == config; });
    lines_.push_back(same != former.end() ? *same : std::make_shared<SourceLine>(config));
    if (same != former.end()) former.erase(same);
  }
  for (const auto& gone : former)
    if (gone->retry) env_.timers.cancel(*gone->retry);
  std::erase_if(associations_, [&](const auto& association) {
    const bool goes = std::ranges::find(former, association->line) != former.end();
    if (goes) remove_association(*association);
    return goes;
  });
  sort_associations();
}

void Sources::look_up(const std::shared_ptr<SourceLine>& line) {
  if (line->looking) return;
  if (line->retry) env_.timers.cancel(*line->retry);
  line->retry.reset();
  line->looking = true;
  const std::weak_ptr<SourceLine> weak = line;
  env_.resolver.lookup(line->config.host, line->config.port,
                       [this, weak](const Result<std::vector<Endpoint>>& answer) {
                         // A reload may have dropped the line while the lookup was under way.
                         if (const auto alive = weak.lock()) on_resolved(alive, answer);
                       });
}

void Sources::on_resolved(const std::shared_ptr<SourceLine>& line,
                          const Result<std::vector<Endpoint>>& answer) {
  line->looking = false;
  line->looked_up = env_.clock.now().mono;
  const std::vector<Endpoint> usable =
      answer ? of_family(*answer, line->config.family) : std::vector<Endpoint>();
  if (!usable.empty()) {
    const bool failed_before = std::exchange(line->failed, false);
    line->addresses.update(usable);
    fill(*line);
    replace_from(*line);
    // The name service is back for the others as well.
    if (failed_before)
      for (const auto& each : lines_)
        if (each->failed) look_up_soon(*each);
  } else {
    line->failed = true;
    if (members(*line) == 0)
      leave_out(*line, answer ? no_address(line->config.family) : answer.error().describe());
  }
  look_up_later(line);
  engine_.publish();
}

// A line that waits for its next lookup has it now. By a timer, since the caller may be at work on
// a source that an answer would move.
void Sources::look_up_soon(SourceLine& line) {
  if (!line.retry) return;
  env_.timers.cancel(*line.retry);
  line.retry = env_.timers.at(env_.clock.now().mono, [this, waiting = line.shared_from_this()] {
    waiting->retry.reset();
    look_up(waiting);
  });
}

// While a place is empty: after a second at first, and less and less often. While a server is in
// trouble and others of its line answer: each 15 minutes.
void Sources::look_up_later(const std::shared_ptr<SourceLine>& line) {
  if (line->retry) env_.timers.cancel(*line->retry);
  line->retry.reset();
  const bool complete = members(*line) == line->places();
  if (complete && !in_trouble(*line)) {
    line->seeking_since.reset();
    return;
  }
  const MonoTime now = env_.clock.now().mono;
  if (!line->seeking_since) line->seeking_since = now;
  const bool patient = complete && others_answer(nullptr);
  const Nanos wait = patient ? kLongestLookupWait
                             : share_of_wait(now - *line->seeking_since, kLookupShare,
                                             kShortestLookupWait, kLongestLookupWait);
  line->retry = env_.timers.at(now + wait, [this, line] {
    line->retry.reset();
    look_up(line);
  });
}

int Sources::members(const SourceLine& line) const {
  return static_cast<int>(std::ranges::count_if(
      associations_, [&](const auto& each) { return each->line.get() == &line; }));
}

bool Sources::in_trouble(const SourceLine& line) const {
  return std::ranges::any_of(associations_, [&](const auto& each) {
    return each->line.get() == &line && !why_replace(line.config, conduct_of(*each)).empty();
  });
}

int Sources::heard_of(const SourceLine& line) const {
  return static_cast<int>(std::ranges::count_if(associations_, [&](const auto& each) {
    return each->line.get() == &line && each->source.reachable() && each->unanswered < kSilentPolls;
  }));
}

// Logs each reason once.
void Sources::leave_out(SourceLine& line, std::string reason) {
  if (line.reason == reason) return;
  line.reason = std::move(reason);
  env_.observer.on_note(Severity::warning, "source " + line.config.name + ": " + line.reason);
}

// A named server always has a place; pools share the others.
bool Sources::has_place_for(const SourceLine& line) const {
  const auto is_waiting = [&](const auto& each) {
    return !each->config.pool && each.get() != &line && members(*each) == 0;
  };
  const std::ptrdiff_t kept = line.config.pool ? std::ranges::count_if(lines_, is_waiting) : 0;
  return associations_.size() + static_cast<std::size_t>(kept) < limits::kSources;
}

void Sources::fill(SourceLine& line) {
  while (members(line) < line.places()) {
    if (!has_place_for(line))
      return leave_out(
          line, "left out: at most " + std::to_string(limits::kSources) + " sources are polled");
    const MonoTime now = env_.clock.now().mono;
    std::optional<Endpoint> found = line.addresses.next(taken_endpoints(), now);
    if (!found && !line.config.pool) found = take_from_pool(line);
    if (found) {
      add_association(line.shared_from_this(), *found);
      continue;
    }
    if (members(line) == 0) return report_duplicate(line);
    break;  // more of them may have addresses later
  }
  line.reason.clear();
}

// A server that is configured by its name comes before the same server as a member of a pool.
std::optional<Endpoint> Sources::take_from_pool(const SourceLine& line) {
  const auto found = std::ranges::find_if(associations_, [&](const auto& each) {
    return each->line->config.pool && line.addresses.has(each->endpoint);
  });
  if (found == associations_.end()) return std::nullopt;
  const Endpoint endpoint = (*found)->endpoint;
  const std::shared_ptr<SourceLine> pool = (*found)->line;
  remove_association(**found);
  associations_.erase(found);
  look_up_later(pool);
  return endpoint;
}

void Sources::report_duplicate(SourceLine& line) {
  const auto found = std::ranges::find_if(
      associations_, [&](const auto& each) { return line.addresses.has(each->endpoint); });
  leave_out(line,
            found == associations_.end()
                ? "left out: its addresses do not answer and are tried again later"
                : "left out: " + (*found)->address + " is polled already as " + (*found)->name);
}

void Sources::add_association(const std::shared_ptr<SourceLine>& line, const Endpoint& endpoint) {
  const auto is_free = [&](int place) {
    return std::ranges::none_of(associations_, [&](const auto& each) {
      return each->line == line && each->place == place;
    });
  };
  int place = 1;
  while (!is_free(place)) ++place;
  associations_.push_back(std::make_unique<Association>(new_association(line, place, endpoint)));
  Association& added = *associations_.back();
  const auto order = static_cast<int>(associations_.size());
  sort_associations();
  schedule_first(added, kFirstPollSpread * order);
}

// As the configuration has them.
void Sources::sort_associations() {
  const auto rank = [&](const std::unique_ptr<Association>& each) {
    return std::pair(std::ranges::find(lines_, each->line) - lines_.begin(), each->place);
  };
  std::ranges::stable_sort(associations_, {}, rank);
}

Association Sources::new_association(const std::shared_ptr<SourceLine>& line, int place,
                                     const Endpoint& endpoint) {
  Association association(line, place, endpoint, next_path_++,
                          budgets_.of(endpoint, env_.clock.now().raw));
  // The interface by its name, as the configuration has it.
  if (endpoint.scope != 0 && line->config.host.find('%') != std::string::npos)
    association.address = "[" + line->config.host + "]:" + std::to_string(endpoint.port);
  start_quickly(association);
  association.verdict = {SourceState::unreachable, "not asked yet"};
  association.track.know_path(line->config.min_delay, line->config.asymmetry);
  if (const auto expected = discipline_.expected_frequency())
    association.track.follow(to_ratio(expected->frequency), to_ratio(expected->uncertainty),
                             kUsualWander);
  return association;
}

void Sources::remove_association(Association& association) {
  if (association.timer) env_.timers.cancel(*association.timer);
  association.timer.reset();
  close_socket(association);
  consensus_.forget(association.path);
}

std::vector<Endpoint> Sources::taken_endpoints() const {
  std::vector<Endpoint> taken;
  for (const auto& each : associations_) taken.push_back(each->endpoint);
  return taken;
}

// Whether another source answers its polls.
bool Sources::others_answer(const Association* association) const {
  return std::ranges::any_of(associations_, [&](const auto& each) {
    return each.get() != association && each->source.reachable() && each->unanswered < kSilentPolls;
  });
}

Conduct Sources::conduct_of(const Association& association) const {
  Conduct conduct;
  conduct.denied = association.source.denied();
  conduct.alone = !others_answer(&association);
  const ClockReading now = env_.clock.now();
  const bool may_answer = association.source.awaiting() && association.polled &&
                          now.mono - *association.polled < kAnswerWithin;
  conduct.unanswered = association.unanswered - (may_answer ? 1 : 0);
  if (const auto& last = association.track.last()) conduct.silent_for = now.raw - last->at;
  conduct.false_polls = association.false_polls;
  conduct.given_up = association.line->addresses.given_up(association.endpoint);
  return conduct;
}

void Sources::seek_replacement(Association& association) {
  const bool outvoted =
      association.verdict.state == SourceState::falseticker &&
      std::ranges::any_of(associations_, [](const auto& each) { return is_followed(*each); });
  association.false_polls = outvoted ? association.false_polls + 1 : 0;
  const std::string why = why_replace(association.line->config, conduct_of(association));
  if (why.empty() || replace(association, why)) return;
  const std::shared_ptr<SourceLine>& line = association.line;
  const MonoTime now = env_.clock.now().mono;
  if (!line->retry && (!line->looked_up || now - *line->looked_up >= kLookupSpacing ||
                       !others_answer(&association)))
    look_up(line);
}

// The newest answer of the name service may have another address for those in trouble.
void Sources::replace_from(const SourceLine& line) {
  for (const auto& each : associations_) {
    if (each->line.get() != &line) continue;
    const std::string why = why_replace(line.config, conduct_of(*each));
    if (!why.empty()) replace(*each, why);
  }
}

bool Sources::replace(Association& association, const std::string& why) {
  const bool alone = !others_answer(&association);
  AddressQueue& addresses = association.line->addresses;
  // While no source answers it may be the network: an address that has answered before stays. Where
  // the name has left it, one place of the line tries the new addresses, and the others stay until
  // one of these works.
  const bool worked = association.track.last().has_value() && !association.source.denied();
  const bool is_tried = std::ranges::any_of(associations_, [&](const auto& each) {
    return each->line == association.line && !each->track.last();
  });
  // The answers of a pool rotate, so that one of them means little.
  const bool has_left = association.line->config.pool ? addresses.has_left(association.endpoint)
                                                      : !addresses.has(association.endpoint);
  if (alone && worked && (is_tried || !has_left)) return false;
  const MonoTime now = env_.clock.now().mono;
  const std::optional<Endpoint> fresh =
      addresses.next(taken_endpoints(), now, &association.endpoint);
  if (!fresh) return false;
  const bool first_time = addresses.given_up(association.endpoint) == 0;
  const Nanos silence = association.silent_since ? now - *association.silent_since : Nanos{0};
  const Nanos pause = association.source.denied() ? kRefusedPause
                      : alone                     ? std::max(kTurn, seeking_interval(silence))
                                                  : kFirstPause;
  addresses.give_up(association.endpoint, now, pause, alone);
  if (first_time || !alone)
    env_.observer.on_note(Severity::info, "source " + association.name + ": " +
                                              association.address + " " + why +
                                              " and is replaced by " + format(*fresh));
  remove_association(association);
  const auto silent_since = association.silent_since;
  association = new_association(association.line, association.place, *fresh);
  if (alone) association.silent_since = silent_since;
  schedule_first(association, kFirstPollAfter);
  // A line may have waited for the address that is free now.
  for (const auto& line : lines_)
    if (members(*line) == 0) look_up_soon(*line);
  engine_.publish();
  return true;
}

std::optional<MonoTime> Sources::next_turn(const Association& association) const {
  if (is_numeric(association.line->config.host) || association.unanswered == 0) return std::nullopt;
  return association.line->addresses.next_at(taken_endpoints());
}

void Sources::poll(Association& association) {
  engine_.look_at_clocks();
  seek_replacement(association);
  close_socket(association);
  const MonoTime now = env_.clock.now().mono;
  if (association.unanswered > 0 || association.source.requests() == 0) {
    if (!association.silent_since) association.silent_since = now;
    ++association.misses;
  }
  association.budget->spend(env_.clock.now().raw, association.kind, least_interval(association));
  const Nanos interval = next_interval(association);
  ++association.unanswered;
  log_.on_request(associations_);
  association.polled = now;
  const auto request = association.source.begin_poll(env_.entropy.next(), interval);
  const Result<SocketId> socket =
      env_.network.open_client(association.endpoint, association.line->config.local);
  if (socket) {
    association.socket = *socket;
    const Result<RawTime> left = env_.network.send(*socket, request);
    if (left)
      association.source.sent(*left);
    else
      close_socket(association);
  }
  if (!association.socket) association.budget->take_back();
  schedule(association, interval);
  engine_.publish();
}

Association* Sources::waiting_at(SocketId socket) const {
  const auto found =
      std::ranges::find_if(associations_, [&](const auto& each) { return each->socket == socket; });
  return found == associations_.end() ? nullptr : found->get();
}

void Sources::on_reply(Association& association) {
  association.refid = format_refid(association.source.refid(), association.source.stratum());
  if (!association.source.awaiting()) close_socket(association);
}

void Sources::close_socket(Association& association) {
  if (association.socket) env_.network.close(*association.socket);
  association.socket.reset();
}

void Sources::schedule(Association& association, Nanos interval) {
  association.interval = interval;
  wake_after(association, interval);
}

// The address may have had its packets before, in another place.
void Sources::schedule_first(Association& association, Nanos wait) {
  const RawTime now = env_.clock.now().raw;
  schedule(association, association.budget->wait(now, jittered(wait), association.kind,
                                                 least_interval(association)));
}

void Sources::wake_after(Association& association, Nanos wait) {
  if (association.timer) env_.timers.cancel(*association.timer);
  association.timer = env_.timers.at(env_.clock.now().mono + wait, [this, &association] {
    association.timer.reset();
    const Nanos rest =
        association.budget->until_room(env_.clock.now().raw, least_interval(association));
    if (rest > Nanos{0} && !discipline_.fixed_interval()) return wake_after(association, rest);
    poll(association);
  });
}

// After a reload no server waits longer than the new settings allow.
void Sources::keep_within(Association& association) {
  const Nanos longest = discipline_.fixed_interval().value_or(range_of(association).maximum);
  if (association.interval <= longest || !association.polled || association.source.denied()) return;
  const Nanos since = env_.clock.now().mono - *association.polled;
  association.interval = longest;
  wake_after(association, std::max(jittered(kFirstPollSpread), longest - since));
}

Nanos Sources::jittered(Nanos interval, double jitter) {
  // 53 random bits make a double in [0, 1).
  const double unit = static_cast<double>(env_.entropy.next() >> 11) * 0x1p-53;
  return from_seconds(to_seconds(interval) * (1 + jitter * unit));
}

PollRange Sources::range_of(const Association& association) const {
  return association.line->config.poll ? own_range(association.line->config, association.endpoint)
                                       : polls_.range();
}

Nanos Sources::least_interval(const Association& association) const {
  const Nanos least = association.line->config.poll
                          ? own_range(association.line->config, association.endpoint).minimum
                          : config_.poll.minimum;
  return std::min(least, discipline_.fixed_interval().value_or(least));
}

// Between the polls of a quick start: no longer than between the usual ones.
Nanos Sources::quick_interval(const Association& association) const {
  const auto& own = association.line->config.poll;
  return own ? std::min<Nanos>(own_range(association.line->config, association.endpoint).minimum,
                               PollPolicy::kQuickInterval)
             : PollPolicy::kQuickInterval;
}

void Sources::start_quickly(Association& association) {
  association.iburst_left = association.line->config.iburst ? kQuickStartPolls : 0;
  association.iburst_wanted = association.line->config.iburst ? kQuickStartSamples : 0;
}

bool Sources::nothing_is_known() const {
  const Phase phase = discipline_.phase();
  return phase == Phase::unset || phase == Phase::hold ||
         (phase == Phase::observe && !discipline_.estimate());
}

// Those that answer cannot outvote the rest: what has never answered is sought like the first one.
bool Sources::is_sought(const Association& association) const {
  if (nothing_is_known()) return true;
  if (association.track.last()) return false;
  const auto heard =
      std::ranges::count_if(lines_, [&](const auto& line) { return heard_of(*line) > 0; });
  return 2 * static_cast<std::size_t>(heard) <= lines_.size();
}

// A new address that may have no path from here, while there is another one to try.
bool Sources::is_on_trial(const Association& association) const {
  const SourceLine& line = *association.line;
  return association.source.requests() < kTrialPolls && !is_numeric(line.config.host) &&
         line.addresses.given_up(association.endpoint) == 0 &&
         line.addresses.next_at(taken_endpoints()) == MonoTime{};
}

Nanos Sources::next_interval(Association& association) {
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
    wanted = jittered(since ? seeking_interval(now - *since) : quick_interval(association));
  } else if (association.iburst_left > 0 && association.iburst_wanted > 0) {
    --association.iburst_left;
    association.kind = PollKind::quick;
    wanted = quick_interval(association);
  } else if (const auto fixed = discipline_.fixed_interval()) {
    return std::max(*fixed, association.source.rate_floor());  // by the samples alone, w32time
  } else {
    wanted = polls_.next(discipline_.phase(), range_of(association), association.misses,
                         association.line->config.iburst);
    if (association.misses > kSilentPolls && !others_answer(&association))
      wanted = std::min(wanted, std::max(kLongestInSilence, least_interval(association)));
    wanted = jittered(wanted);
    if (wanted < least_interval(association)) association.kind = PollKind::quick;
  }
  // A server that has asked for fewer packets (RFC 5905 section 7.4) is not hurried.
  if (const Nanos floor = association.source.rate_floor(); floor > Nanos{0}) {
    wanted = std::max({wanted, floor, least_interval(association)});
    association.kind = PollKind::regular;
  }
  // A place whose address has never answered is given to the next one as soon as there is one.
  if (const auto turn = association.track.last() ? std::nullopt : next_turn(association))
    wanted = std::min(wanted, std::max<Nanos>(*turn - now, PollPolicy::kQuickInterval));
  wanted =
      association.budget->wait(reading.raw, wanted, association.kind, least_interval(association));
  // Sources that are all silent take turns, so that one of them soon notices the network's return.
  const bool takes_turns = association.misses > kSilentPolls && associations_.size() > 1 &&
                           wanted > kEagerInterval && !others_answer(&association);
  return takes_turns ? jittered(wanted, kSilentJitter) : wanted;
}

// An answer after silence: the network is back, or the server is.
void Sources::on_answer(Association& association) {
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
      association.interval > quick_interval(association))
    ask_soon(association, jittered(quick_interval(association)));
}

void Sources::on_kiss(Association& association, bool denied_before) {
  association.iburst_left = 0;
  association.misses = 0;
  const Nanos floor = association.source.rate_floor();
  if (!association.source.denied()) {
    if (floor > Nanos{0})
      schedule(association, jittered(std::max(floor, least_interval(association))));
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

PollRange Sources::set_poll_range(PollRange wanted) {
  const PollRange outer = config_.poll;
  const Nanos minimum = std::clamp(wanted.minimum, outer.minimum, outer.maximum);
  const PollRange narrowed{minimum, std::clamp(wanted.maximum, minimum, outer.maximum)};
  polls_.set_range(narrowed, envelope_of(narrowed, config_.sources));
  ask_all_soon();
  engine_.publish();
  return polls_.range();
}

void Sources::burst() {
  ask_denied();
  ask_often();
}

void Sources::ask_often() {
  // A program that sets the clock again and again must not make us flood the servers, nor push
  // every poll ahead for ever.
  const MonoTime now = env_.clock.now().mono;
  if (last_burst_ && now - *last_burst_ < kBurstSpacing) return;
  last_burst_ = now;
  polls_.burst(kBurstPolls * static_cast<int>(std::max<std::size_t>(associations_.size(), 1)));
  ask_all_soon();
}

void Sources::ask_all_soon() {
  for (const auto& association : associations_) ask_soon(*association, jittered(kSoon));
}

// Sooner than planned, as far as the server and its budget allow it; never later.
void Sources::ask_soon(Association& association, Nanos wait) {
  if (association.source.denied() || !association.polled) return;
  const ClockReading now = env_.clock.now();
  const Nanos since = now.mono - *association.polled;
  if (const Nanos floor = association.source.rate_floor(); floor > Nanos{0})
    wait = std::max(wait, std::max(floor, least_interval(association)) - since);
  const PollKind kind =
      since + wait < least_interval(association) ? PollKind::quick : PollKind::regular;
  wait = association.budget->wait(now.raw, wait, kind, least_interval(association));
  if (association.timer && since + wait >= association.interval) return;
  association.kind = kind;
  wake_after(association, wait);
}

void Sources::ask_the_others() {
  const MonoTime now = env_.clock.now().mono;
  if (asked_the_others_ && now - *asked_the_others_ < kAskOthersSpacing) return;
  asked_the_others_ = now;
  ask_all_soon();
}

bool Sources::others_may_answer() const {
  return asked_the_others_ && env_.clock.now().mono - *asked_the_others_ < kOthersAnswerWithin;
}

void Sources::ask_after_others(Association& association) {
  ask_soon(association, kOthersAnswerWithin);
}

void Sources::ask_again() {
  if (discipline_.fixed_interval()) return;
  const MonoTime now = env_.clock.now().mono;
  const Nanos spacing = associations_.size() > 1 ? kLookAgainSpacing : kAskAgainSpacing;
  if (asked_again_ && now - *asked_again_ < spacing) return;
  asked_again_ = now;
  asked_the_others_ = now;
  polls_.quicken(kQuickPolls * static_cast<int>(associations_.size()));
  ask_all_soon();
}

void Sources::look_closely(double rate) {
  const MonoTime now = env_.clock.now().mono;
  if (rate < kFast || (looked_closely_ && now - *looked_closely_ < kLookAgainSpacing)) return;
  looked_closely_ = now;
  polls_.quicken(kMorePolls * static_cast<int>(associations_.size()));
}

// An operator or a program wants it: those that refuse us are asked as well.
void Sources::ask_denied() {
  const ClockReading now = env_.clock.now();
  for (const auto& each : associations_)
    if (each->source.denied() && (!each->polled || now.mono - *each->polled >= kAskDeniedSpacing))
      wake_after(*each, each->budget->wait(now.raw, jittered(kFirstAsk), PollKind::seeking,
                                           least_interval(*each)));
}

bool Sources::wake_silent() {
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
void Sources::on_network_changed() {
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
    engine_.publish();
  });
}

void Sources::ban(std::string_view source, Nanos duration) {
  // Without a majority each source is a falseticker to the others: which one is wrong is not known.
  const bool by_verdict =
      source == kFalsetickers &&
      std::ranges::any_of(associations_, [](const auto& each) { return is_followed(*each); });
  const MonoTime until = env_.clock.now().mono + duration;
  std::string banned;
  for (const auto& association : associations_) {
    const bool meant = by_verdict ? association->verdict.state == SourceState::falseticker
                                  : association->name == source || association->address == source;
    if (!meant) continue;
    association->banned_until = until;
    append_item(banned, association->name);
  }
  env_.observer.on_note(Severity::warning,
                        banned.empty() ? "no source to ban: " + std::string(source)
                                       : "banned for " + slewd::format(duration) + ": " + banned);
}

void Sources::ban_all(Nanos duration) {
  const MonoTime until = env_.clock.now().mono + duration;
  for (const auto& association : associations_) association->banned_until = until;
  env_.observer.on_note(Severity::warning, "no source is heard for " + slewd::format(duration));
}

}  // namespace slewd::core
