// The part of Engine that turns configured lines into associations and back.
#include <algorithm>
#include <utility>

#include "agent/core/engine.hpp"

namespace slewd::core {
namespace {

constexpr Nanos kFirstPollSpread = std::chrono::milliseconds(50);

}  // namespace

void Engine::add_sources() {
  for (const SourceConfig& config : config_.sources)
    lines_.push_back(std::make_shared<SourceLine>(config));
  for (const auto& line : std::vector(lines_)) look_up(line);
}

void Engine::add_association(const std::shared_ptr<SourceLine>& line, const Endpoint& endpoint) {
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

// The address may have had its packets before, in another place.
void Engine::schedule_first(Association& association, Nanos wait) {
  const RawTime now = env_.clock.now().raw;
  schedule(association,
           association.budget->wait(now, jittered(wait), association.kind, least_interval()));
}

// As the configuration has them.
void Engine::sort_associations() {
  const auto rank = [&](const std::unique_ptr<Association>& each) {
    return std::pair(std::ranges::find(lines_, each->line) - lines_.begin(), each->place);
  };
  std::ranges::stable_sort(associations_, {}, rank);
}

Association Engine::new_association(const std::shared_ptr<SourceLine>& line, int place,
                                    const Endpoint& endpoint) {
  Association association(line, place, endpoint, next_path_++);
  // The interface by its name, as the configuration has it.
  if (endpoint.scope != 0 && line->config.host.find('%') != std::string::npos)
    association.address = "[" + line->config.host + "]:" + std::to_string(endpoint.port);
  start_quickly(association);
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

void Engine::drop_lines() {
  for (const auto& line : lines_)
    if (line->retry) env_.timers.cancel(*line->retry);
  lines_.clear();
}

// Lines that stay keep their servers and what is known of their addresses.
void Engine::replace_lines(const std::vector<SourceConfig>& sources) {
  std::vector<std::shared_ptr<SourceLine>> former = std::move(lines_);
  lines_.clear();
  for (const SourceConfig& config : sources) {
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

void Engine::apply(CoreConfig config) {
  config_ = std::move(config);
  polls_.set_range(config_.poll);
  jumps_.apply(config_.jumps);
  discipline_.apply(config_);
  arm_leap();
  replace_lines(config_.sources);
  for (const auto& association : associations_) keep_within(*association);
  ask_denied();
  const MonoTime now = env_.clock.now().mono;
  for (const auto& line : std::vector(lines_)) {
    if (members(*line) == line->places()) continue;
    line->seeking_since = now;
    look_up(line);
  }
  publish();
}

}  // namespace slewd::core
