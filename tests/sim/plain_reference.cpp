// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/plain_reference.hpp"

#include <algorithm>
#include <cmath>

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMost = 64;
constexpr std::size_t kFew = 8;
constexpr std::size_t kMoved = 4;     // outliers in a row that are no outliers
constexpr double kNoise = 5e-6;       // s; no stamp is better
constexpr double kCut = 4;            // robust standard deviations
constexpr double kOfMedian = 1.4826;  // from the median of the sizes to a standard deviation
constexpr double kUnknownFrequency = 1e-4;
constexpr double kLeastPriorSd = 1e-7;
constexpr int kMissed = 8;  // answers, and the server counts no more

double median_of_sizes(std::vector<double> values) { return sim::median(std::move(values)); }

std::uint32_t key_of(const core::Endpoint& server) {
  std::uint32_t key = 0;
  for (std::size_t i = 0; i < 4; ++i)
    key = key << 8 | std::to_integer<std::uint32_t>(server.address.at(i));
  return key;
}

}  // namespace

void PlainLine::add(const core::Sample& sample) {
  if (!samples_.empty() && sample.at <= samples_.back().at) return;
  samples_.push_back(sample);
  if (samples_.size() > kMost) samples_.pop_front();
  fit();
  if (has_moved()) {
    samples_.erase(samples_.begin(), samples_.end() - kMoved);
    fit();
  }
  while (samples_.size() > kFew && has_too_few_runs()) {
    samples_.pop_front();
    fit();
  }
}

void PlainLine::fit() {
  const core::Sample& last = samples_.back();
  points_.clear();
  for (const core::Sample& each : samples_)
    points_.push_back({to_seconds(each.at - last.at), to_seconds(each.phase - last.phase), 0, 0});
  cut_by_delay();
  solve();
  if (cut_by_residual()) solve();
}

// What waited in a queue much longer than most did says little.
void PlainLine::cut_by_delay() {
  Nanos least = samples_.front().delay;
  for (const core::Sample& each : samples_) least = std::min(least, each.delay);
  std::vector<double> excess;
  for (const core::Sample& each : samples_) excess.push_back(to_seconds(each.delay - least));
  const double usual = median_of_sizes(excess);
  for (std::size_t i = 0; i < points_.size(); ++i) {
    const double sd = kNoise + excess[i] / 2 + usual / 2;
    points_[i].variance = sd * sd;
    points_[i].used = excess[i] <= kCut * usual + kNoise;
  }
}

bool PlainLine::cut_by_residual() {
  if (points_.size() < kFew) return false;
  std::vector<double> sizes;
  for (const Point& point : points_)
    if (point.used) sizes.push_back(std::abs(point.residual));
  const double limit = kCut * (kOfMedian * median_of_sizes(sizes) + kNoise);
  bool any = false;
  for (Point& point : points_) {
    if (std::abs(point.residual) <= limit) continue;
    any = any || point.used;
    point.used = false;
  }
  return any;
}

// Weighted least squares; what is believed of the slope counts as one more observation of it.
void PlainLine::solve() {
  double weights = 0, mean_x = 0, mean_y = 0;
  for (const Point& point : points_) {
    if (!point.used) continue;
    weights += 1 / point.variance;
    mean_x += point.x / point.variance;
    mean_y += point.y / point.variance;
  }
  mean_x /= weights;
  mean_y /= weights;
  double xx = 1 / (prior_sd_ * prior_sd_);
  double xy = xx * prior_;
  for (const Point& point : points_) {
    if (!point.used) continue;
    xx += (point.x - mean_x) * (point.x - mean_x) / point.variance;
    xy += (point.x - mean_x) * (point.y - mean_y) / point.variance;
  }
  slope_ = xy / xx;
  level_ = mean_y - slope_ * mean_x;
  slope_sd_ = 1 / std::sqrt(xx);
  level_sd_ = std::sqrt(1 / weights + mean_x * mean_x / xx);
  for (Point& point : points_) point.residual = point.y - level_ - slope_ * point.x;
}

// Wald and Wolfowitz: residuals that change their sign too seldom are not those of a line.
bool PlainLine::has_too_few_runs() const {
  std::size_t used = 0;
  std::size_t runs = 0;
  bool above = false;
  for (const Point& point : points_) {
    if (!point.used) continue;
    const bool now = point.residual > 0;
    if (used == 0 || now != above) ++runs;
    above = now;
    ++used;
  }
  const auto n = static_cast<double>(used);
  return static_cast<double>(runs) < n / 2 + 1 - 1.64 * std::sqrt(n - 1) / 2;
}

bool PlainLine::has_moved() const {
  if (points_.size() <= kMoved) return false;
  const std::size_t first = points_.size() - kMoved;
  const bool above = points_.back().residual > 0;
  for (std::size_t i = first; i < points_.size(); ++i)
    if (points_[i].used || (points_[i].residual > 0) != above) return false;
  return true;
}

Nanos PlainLine::lead_at(RawTime raw) const {
  const core::Sample& last = samples_.back();
  return last.phase + from_seconds(level_ + slope_ * to_seconds(raw - last.at));
}

double PlainLine::sd_at(RawTime raw) const {
  return std::hypot(level_sd_, slope_sd_ * to_seconds(raw - newest()));
}

double PlainLine::distance() const {
  const core::Sample& last = samples_.back();
  return to_seconds((last.delay + last.root_delay) / 2 + last.root_dispersion);
}

bool PlainLine::is_fresh(RawTime raw) const {
  const std::size_t n = samples_.size();
  const Nanos gap = n < 2 ? Nanos{0} : samples_[n - 1].at - samples_[n - 2].at;
  return raw - newest() <= kMissed * std::max<Nanos>(gap, 64s);
}

void PlainReference::begin(sim::EngineHost& host) {
  prepare(host);
  host.client.network().show_to([this, &host](const sim::Exchange& exchange) {
    const auto sample = sample_of(exchange, host.world.utc().at(host.world.now()));
    if (sample) on_sample(exchange.server, *sample);
  });
}

void PlainReference::prepare(sim::EngineHost& host) {
  const auto stored = host.client.drift_store().load();
  prior_ = stored ? to_ratio(stored->frequency) : 0;
  prior_sd_ = stored ? std::max(to_ratio(stored->uncertainty), kLeastPriorSd) : kUnknownFrequency;
  const RawTime raw = host.client.raw_now();
  clock_.emplace(raw, host.client.kernel().wall().since_epoch - raw.since_epoch);
  clock_->run_at(prior_);
}

void PlainReference::on_sample(const core::Endpoint& server, const core::Sample& sample) {
  lines_.try_emplace(key_of(server), prior_, prior_sd_).first->second.add(sample);
}

std::optional<PlainReference::Belief> PlainReference::believe(RawTime raw) const {
  std::vector<const PlainLine*> fresh;
  for (const auto& [server, line] : lines_)
    if (line.is_fresh(raw)) fresh.push_back(&line);
  if (fresh.empty())
    for (const auto& [server, line] : lines_) fresh.push_back(&line);
  if (fresh.empty()) return std::nullopt;
  const Nanos origin = fresh.front()->lead_at(raw);
  std::vector<double> leads;
  for (const PlainLine* line : fresh) leads.push_back(to_seconds(line->lead_at(raw) - origin));
  const double middle = sim::median(leads);
  double weights = 0, lead = 0, slope = 0;
  std::size_t survivors = 0;
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    const double apart = std::abs(leads[i] - middle);
    const double sd = fresh[i]->sd_at(raw);
    if (apart > fresh[i]->distance() + 3 * sd) continue;
    ++survivors;
    const double reach = fresh[i]->distance() / 4;
    const double weight = 1 / (sd * sd + reach * reach);
    weights += weight;
    lead += weight * leads[i];
    slope += weight * fresh[i]->slope();
  }
  if (2 * survivors <= fresh.size()) return std::nullopt;  // no majority
  return Belief{origin + from_seconds(lead / weights), slope / weights};
}

void PlainReference::second(sim::EngineHost& host, Nanos elapsed, Nanos error) {
  const RawTime raw = host.client.raw_now();
  clock_->advance(raw);
  for (; moved_ < moves_.size() && moves_[moved_].at <= elapsed; ++moved_)
    clock_->move(moves_[moved_].by);
  const Nanos wall = host.client.kernel().wall().since_epoch - raw.since_epoch;
  error_ = error + wall - clock_->lead();
  gatherer_.add(elapsed, error_, from_ratio(clock_->frequency()));
  // A client that was killed has forgotten its samples.
  if (!host.running()) lines_.clear();
  const auto belief = believe(raw);
  if (!belief) return;
  clock_->run_at(belief->frequency);
  clock_->slew_to(belief->lead, host.config().steering);
}

}  // namespace slewd::tests
