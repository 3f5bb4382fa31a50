// The part of Engine that turns configured names into associations and back.
#include <algorithm>
#include <utility>

#include "agent/core/engine.hpp"
#include "base/limits.hpp"

namespace slewd::core {
namespace {

constexpr int kIburstPolls = 8;    // at the most
constexpr int kIburstSamples = 4;  // after as many answers the quick start is over
constexpr Nanos kLongestRetry = std::chrono::minutes(15);
constexpr Nanos kFirstPollSpread = std::chrono::milliseconds(50);

}  // namespace

void Engine::add_sources() {
  for (const SourceConfig& config : config_.sources) {
    auto pending = std::make_shared<PendingName>();
    pending->config = config;
    pending_.push_back(pending);
    resolve(pending);
  }
}

void Engine::resolve(const std::shared_ptr<PendingName>& pending) {
  const std::weak_ptr<PendingName> weak = pending;
  env_.resolver.lookup(pending->config.host, pending->config.port,
                       [this, weak](Result<std::vector<Endpoint>> answer) {
                         // A reload may have dropped the line while the lookup was under way.
                         if (const auto alive = weak.lock()) on_resolved(alive, std::move(answer));
                       });
}

void Engine::on_resolved(const std::shared_ptr<PendingName>& pending,
                         Result<std::vector<Endpoint>> answer) {
  if (!answer || answer->empty()) {
    env_.observer.on_note(Severity::warning,
                          "source " + pending->config.name + ": " +
                              (answer ? "no address" : answer.error().describe()));
    return retry_later(pending);
  }
  const SourceConfig& config = pending->config;
  const auto wanted = static_cast<std::size_t>(config.pool ? config.pool_members : 1);
  std::size_t added = 0;
  for (const Endpoint& endpoint : *answer) {
    if (added == wanted) break;
    const bool known = std::ranges::any_of(
        associations_, [&](const auto& each) { return each->endpoint == endpoint; });
    if (known) {
      if (!config.pool)
        env_.observer.on_note(Severity::warning, "source " + config.name + " left out: " +
                                                     format(endpoint) + " is polled already");
      continue;
    }
    ++added;
    add_association(config, endpoint,
                    config.pool ? config.name + "#" + std::to_string(added) : config.name);
  }
  std::erase(pending_, pending);
  publish();
}

void Engine::retry_later(const std::shared_ptr<PendingName>& pending) {
  pending->retry =
      env_.timers.at(env_.clock.now().mono + pending->delay, [this, pending] { resolve(pending); });
  pending->delay = std::min<Nanos>(pending->delay * 2, kLongestRetry);
}

void Engine::add_association(const SourceConfig& config, const Endpoint& endpoint,
                             std::string name) {
  if (associations_.size() >= limits::kSources) {
    env_.observer.on_note(Severity::warning, "source " + name + " left out: at most " +
                                                 std::to_string(limits::kSources) +
                                                 " sources are polled");
    return;
  }
  associations_.push_back(
      std::make_unique<Association>(new_association(config, endpoint, std::move(name))));
  schedule(*associations_.back(),
           jittered(kFirstPollSpread * static_cast<int>(associations_.size())));
}

Association Engine::new_association(const SourceConfig& config, const Endpoint& endpoint,
                                    std::string name) {
  Association association(config, endpoint, next_path_++);
  association.name = std::move(name);
  association.iburst_left = config.iburst ? kIburstPolls : 0;
  association.iburst_wanted = config.iburst ? kIburstSamples : 0;
  association.verdict = {SourceState::unreachable, "not asked yet"};
  if (const auto expected = discipline_.expected_frequency())
    association.track.follow(to_ratio(expected->frequency), to_ratio(expected->uncertainty),
                             kUsualWander);
  return association;
}

void Engine::remove_association(Association& association) {
  if (association.timer) env_.timers.cancel(*association.timer);
  association.timer.reset();
  close_socket(association);
  bank_.forget(association.path);
  moves_.forget(association.path);
}

// After a reload nobody waits longer than the new settings have it.
void Engine::keep_within(Association& association) {
  const Nanos longest = discipline_.fixed_interval().value_or(polls_.range().maximum);
  if (association.interval <= longest || !association.polled || association.source.denied()) return;
  const Nanos since = env_.clock.now().mono - *association.polled;
  association.interval = longest;
  wake_after(association, std::max(jittered(kFirstPollSpread), longest - since));
}

void Engine::drop_pending() {
  for (const auto& pending : pending_)
    if (pending->retry) env_.timers.cancel(*pending->retry);
  pending_.clear();
}

void Engine::apply(CoreConfig config) {
  const auto configured = [](const std::vector<SourceConfig>& lines, const SourceConfig& line) {
    return std::ranges::find(lines, line) != lines.end();
  };
  for (const auto& association : associations_)
    if (!configured(config.sources, association->source.config())) remove_association(*association);
  std::erase_if(associations_, [&](const auto& association) {
    return !configured(config.sources, association->source.config());
  });
  drop_pending();

  std::vector<SourceConfig> fresh;
  for (const SourceConfig& line : config.sources) {
    const bool present = std::ranges::any_of(
        associations_, [&](const auto& each) { return each->source.config() == line; });
    if (!present) fresh.push_back(line);
  }
  config_ = config;
  polls_.set_range(config_.poll);
  jumps_.apply(config_.jumps);
  discipline_.apply(config_);
  arm_leap();
  for (const auto& association : associations_) keep_within(*association);
  config_.sources = std::move(fresh);
  add_sources();
  config_.sources = std::move(config.sources);
  publish();
}

}  // namespace slewd::core
