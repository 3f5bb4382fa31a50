// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/harm_judge.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSamplesKept = 8;
constexpr double kHonestFloor = 20e-6;  // s; less is nobody's harm
constexpr double kPlainFloor = 1e-6;    // s
constexpr Nanos kBlock = 1min;
constexpr Nanos kLeastMemory = 1h;
constexpr int kPollsRemembered = 4;
constexpr int kRepliesMissed = 8;
constexpr double kOscillators = 1e-4;  // what an unknown oscillator may be off by
constexpr Nanos kLongestBaseline = 1h;

std::uint16_t address_key(const core::Endpoint& server) {
  return std::to_integer<std::uint16_t>(server.address[3]);
}

double over(double value, double limit) { return value / std::max(limit, kPlainFloor); }

}  // namespace

double Harm::unexcused_share() const {
  if (bound_seconds == 0) return 0;
  return static_cast<double>(unexcused) / static_cast<double>(bound_seconds);
}

double Harm::plain_ratio() const {
  return std::max(over(own.rms, plain.rms) / kMostPlainRms,
                  over(own.max, plain.max) / kMostPlainMax);
}

HarmJudge::HarmJudge(const sim::Scenario& scenario, const core::PollRange& poll)
    : heard_(kRepliesMissed * poll.maximum),
      memory_(kLeastMemory + kPollsRemembered * poll.maximum),
      plain_(scenario),
      moves_(external_moves(scenario)),
      events_(unannounced(scenario)) {
  if (scenario.client.drift_file) {
    needed_low_ = std::min(0.0, scenario.client.drift_file->frequency.value);
    needed_high_ = std::max(0.0, scenario.client.drift_file->frequency.value);
  }
  // Servers without an honest majority beside them are followed wherever they drift.
  for (const sim::Happening& event : scenario.events) {
    if (event.kind != sim::EventKind::server_drift) continue;
    if (!event.server.empty() && scenario.servers.size() > 2) continue;
    const auto times = event.every > 0ns ? 1 + (scenario.length - event.at) / event.every : 1;
    needed_low_ -= magnitude(event.frequency).value * static_cast<double>(times);
    needed_high_ += magnitude(event.frequency).value * static_cast<double>(times);
  }
}

void HarmJudge::begin(sim::EngineHost& host) {
  start_ = host.world.now();
  plain_.prepare(host);
  const RawTime raw = host.client.raw_now();
  oracle_.emplace(raw, host.client.kernel().wall().since_epoch - raw.since_epoch);
  if (const auto stored = host.client.drift_store().load())
    oracle_->run_at(to_ratio(stored->frequency));
  host.client.network().show_to(
      [this, &host](const sim::Exchange& exchange) { on_reply(host, exchange); });
}

void HarmJudge::on_reply(sim::EngineHost& host, const sim::Exchange& exchange) {
  const WallTime truth = host.world.utc().at(host.world.now());
  const auto sample = sample_of(exchange, truth);
  if (!sample) return;
  plain_.on_sample(exchange.server, *sample);
  const Nanos lead = truth.since_epoch - exchange.reply.raw.since_epoch;
  const double error = std::abs(to_seconds(sample->phase - lead));
  const double admitted = to_seconds((sample->delay + sample->root_delay) / 2 +
                                     sample->root_dispersion + sample->precision);
  auto& kept = inputs_[address_key(exchange.server)];
  kept.push_back({error, host.world.now() - start_, error - admitted, admitted});
  if (kept.size() > kSamplesKept) kept.pop_front();
  const Nanos elapsed = host.world.now() - start_;
  pass_events(elapsed);
  replied_ = elapsed;
  if (!learns_since_) learns_since_ = elapsed;
  if (last_ && exchange.reply.raw <= last_->at) return;
  before_ = std::exchange(last_, Knowledge{exchange.reply.raw, lead});
  if (std::exchange(starts_anew_, false)) before_.reset();
}

void HarmJudge::pass_events(Nanos elapsed) {
  for (; happened_ < events_.size() && events_[happened_] <= elapsed; ++happened_) {
    event_at_ = events_[happened_];
    learns_since_.reset();
    starts_anew_ = true;
  }
}

// Of the servers that have answered lately: what a majority of them is not beyond.
double HarmJudge::majority(double Input::*field, Nanos elapsed) const {
  std::vector<double> worst;
  for (const auto& [server, kept] : inputs_) {
    if (elapsed - kept.back().at > heard_) continue;
    double most = kept.front().*field;
    for (const Input& each : kept) most = std::max(most, each.*field);
    worst.push_back(most);
  }
  if (worst.empty()) return 0;
  std::ranges::sort(worst);
  return worst[worst.size() / 2];
}

// A server is off by more than it admits, and by less than what tells it from the others.
bool HarmJudge::has_hidden_lie(Nanos elapsed) const {
  const double usual = majority(&Input::admitted, elapsed);
  for (const auto& [server, kept] : inputs_) {
    if (elapsed - kept.back().at > heard_) continue;
    for (const Input& each : kept)
      if (each.lie > 0 && each.lie <= usual) return true;
  }
  return false;
}

void HarmJudge::steer_oracle(const sim::EngineHost& host, RawTime raw) {
  if (!last_) return;
  if (before_)
    oracle_->run_at(to_seconds(last_->lead - before_->lead) / to_seconds(last_->at - before_->at));
  const double since = to_seconds(raw - last_->at);
  oracle_->slew_to(last_->lead + from_seconds(oracle_->frequency() * since),
                   host.config().steering);
}

// The oracle knows only what happened; its servers' errors come on top, once for what the clock is
// set by and once for the frequency that is learned from them.
double HarmJudge::honest_error(Nanos elapsed) const {
  const double inputs = majority(&Input::error, elapsed);
  double by_frequency = 0;
  if (learns_since_ && replied_) {
    const double age = to_seconds(elapsed - *replied_);
    const double baseline =
        std::max(to_seconds(std::min(*replied_ - *learns_since_, kLongestBaseline)), 1.0);
    by_frequency = age * std::min(kOscillators, inputs / baseline);
  }
  return oracle_error_ + inputs + by_frequency;
}

void HarmJudge::second(sim::EngineHost& host, Nanos elapsed, Nanos error) {
  plain_.second(host, elapsed, error);
  const RawTime raw = host.client.raw_now();
  oracle_->advance(raw);
  for (; moved_ < moves_.size() && moves_[moved_].at <= elapsed; ++moved_)
    oracle_->move(moves_[moved_].by);
  pass_events(elapsed);
  const Nanos truth = error + (host.client.kernel().wall().since_epoch - raw.since_epoch);
  oracle_error_ = std::abs(to_seconds(truth - oracle_->lead()));
  steer_oracle(host, raw);
  const bool refuses = host.running() && host.phase() == core::Phase::alarm;
  if (majority(&Input::lie, elapsed) > 0 || has_hidden_lie(elapsed))
    lying_until_ = elapsed + memory_;
  if (refuses && elapsed > lying_until_ && harm_.refused++ == 0)
    harm_.refused_at = to_seconds(elapsed);
  judge_error(elapsed, std::abs(to_seconds(error)), honest_error(elapsed), refuses);
  if (!host.running()) return;
  judge_bound(host.clock_now(), elapsed, error);
  judge_frequency(host, elapsed);
}

void HarmJudge::judge_error(Nanos elapsed, double error, double honest, bool refuses) {
  if (honest_.empty() || elapsed - honest_.back().first >= kBlock)
    honest_.emplace_back(elapsed, honest);
  honest_.back().second = std::max(honest_.back().second, honest);
  while (honest_.front().first < elapsed - memory_) honest_.pop_front();
  double most = kHonestFloor;
  for (const auto& [at, each] : honest_) most = std::max(most, each);
  away_ = refuses || (away_ && error > most);
  if (away_ || error <= harm_.ratio * most) return;
  harm_.ratio = error / most;
  harm_.error = error;
  harm_.honest = most;
  harm_.at = to_seconds(elapsed);
}

void HarmJudge::judge_bound(const core::ClockView& clock, Nanos elapsed, Nanos error) {
  if (!clock.error_bound) return;
  ++harm_.bound_seconds;
  const Nanos beyond = magnitude(error) - *clock.error_bound;
  if (beyond <= 0ns) return;
  ++harm_.outside;
  const bool may_not_know = event_at_ >= 0ns && (!replied_ || *replied_ <= event_at_);
  if (may_not_know || elapsed <= lying_until_) return;
  ++harm_.unexcused;
  if (to_seconds(beyond) <= harm_.beyond) return;
  harm_.beyond = to_seconds(beyond);
  harm_.beyond_at = to_seconds(elapsed);
}

void HarmJudge::judge_frequency(sim::EngineHost& host, Nanos elapsed) {
  const double oscillator =
      (1 + to_ratio(host.client.true_frequency())) / (1 + to_ratio(host.client.kernel().rate())) -
      1;
  const double needed = from_ratio(1 / (1 + oscillator) - 1).value;
  needed_low_ = std::min(needed_low_, needed);
  needed_high_ = std::max(needed_high_, needed);
  if (!host.programmed()) return;
  const double base = host.programmed()->frequency.value;
  const double beyond = std::max(needed_low_ - base, base - needed_high_);
  if (beyond <= harm_.frequency) return;
  harm_.frequency = beyond;
  harm_.frequency_at = to_seconds(elapsed);
}

Harm HarmJudge::finish(const sim::ScenarioResult& result) {
  harm_.own = result.figures;
  harm_.plain = plain_.finish();
  harm_.breaches = result.breaches;
  if (!result.breach_texts.empty()) harm_.first_breach = result.breach_texts.front();
  return std::move(harm_);
}

}  // namespace slewd::tests
