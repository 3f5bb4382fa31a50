// The part of Engine that looks names up, for as long as a line has an empty place or a server in
// trouble.
#include <algorithm>
#include <utility>

#include "agent/core/engine.hpp"
#include "agent/core/replacement.hpp"
#include "base/limits.hpp"

namespace slewd::core {
namespace {

constexpr int kLookupShare = 8;  // of the time for which a place has been empty
constexpr Nanos kShortestLookupWait = std::chrono::seconds(1);
constexpr Nanos kLongestLookupWait = std::chrono::minutes(15);

}  // namespace

void Engine::look_up(const std::shared_ptr<SourceLine>& line) {
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

void Engine::on_resolved(const std::shared_ptr<SourceLine>& line,
                         const Result<std::vector<Endpoint>>& answer) {
  line->looking = false;
  line->looked_up = env_.clock.now().mono;
  if (answer && !answer->empty()) {
    const bool failed_before = std::exchange(line->failed, false);
    line->addresses.update(*answer);
    fill(*line);
    replace_from(*line);
    // The name service is back for the others as well.
    if (failed_before)
      for (const auto& each : lines_)
        if (each->failed) look_up_soon(*each);
  } else {
    line->failed = true;
    if (members(*line) == 0)
      leave_out(*line, answer ? "the name has no address" : answer.error().describe());
  }
  look_up_later(line);
  publish();
}

// A line that waits for its next lookup has it now. By a timer, since the caller may be at work on
// a source that an answer would move.
void Engine::look_up_soon(SourceLine& line) {
  if (!line.retry) return;
  env_.timers.cancel(*line.retry);
  line.retry = env_.timers.at(env_.clock.now().mono, [this, waiting = line.shared_from_this()] {
    waiting->retry.reset();
    look_up(waiting);
  });
}

// While a place is empty: after a second at first, and less and less often. While a server is in
// trouble and others of its line answer: each 15 minutes.
void Engine::look_up_later(const std::shared_ptr<SourceLine>& line) {
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

int Engine::members(const SourceLine& line) const {
  return static_cast<int>(std::ranges::count_if(
      associations_, [&](const auto& each) { return each->line.get() == &line; }));
}

bool Engine::in_trouble(const SourceLine& line) const {
  return std::ranges::any_of(associations_, [&](const auto& each) {
    return each->line.get() == &line && !why_replace(line.config, conduct_of(*each)).empty();
  });
}

// Tells each reason once.
void Engine::leave_out(SourceLine& line, std::string reason) {
  if (line.reason == reason) return;
  line.reason = std::move(reason);
  env_.observer.on_note(Severity::warning, "source " + line.config.name + ": " + line.reason);
}

// A named server always has a place; pools share the others.
bool Engine::has_place_for(const SourceLine& line) const {
  const auto is_waiting = [&](const auto& each) {
    return !each->config.pool && each.get() != &line && members(*each) == 0;
  };
  const std::ptrdiff_t kept = line.config.pool ? std::ranges::count_if(lines_, is_waiting) : 0;
  return associations_.size() + static_cast<std::size_t>(kept) < limits::kSources;
}

void Engine::fill(SourceLine& line) {
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
    if (members(line) == 0) return tell_duplicate(line);
    break;  // more of them may have addresses later
  }
  line.reason.clear();
}

// A server that is configured by its name comes before the same server as a member of a pool.
std::optional<Endpoint> Engine::take_from_pool(const SourceLine& line) {
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

void Engine::tell_duplicate(SourceLine& line) {
  const auto found = std::ranges::find_if(
      associations_, [&](const auto& each) { return line.addresses.has(each->endpoint); });
  leave_out(line,
            found == associations_.end()
                ? "left out: its addresses do not answer and are tried again later"
                : "left out: " + (*found)->address + " is polled already as " + (*found)->name);
}

}  // namespace slewd::core
