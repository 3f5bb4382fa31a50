// How an operator stops the rules for a while, restarts of slewd included.
#include <utility>

#include "agent/app/agent.hpp"
#include "agent/app/pause_file.hpp"
#include "base/duration.hpp"

namespace slewd::app {

Result<void> Agent::pause(std::string reason, std::optional<Nanos> duration) {
  const bool taken = loop_.post([this, reason = std::move(reason), duration] {
    std::optional<MonoTime> until;
    if (duration) until = reactor_.now() + *duration;
    engine_.pause({reason, until});
    keep_pause();
    world_.log.write(LogLevel::warning, "rules paused",
                     {{"reason", reason}, {"for", duration ? format(*duration) : "ever"}});
    judge_soon();
  });
  if (!taken) return fail(ErrorCode::unavailable, "the agent is busy; try again");
  return {};
}

Result<void> Agent::resume() {
  const bool taken = loop_.post([this] {
    engine_.resume();
    keep_pause();
    world_.log.write(LogLevel::info, "rules resumed");
    judge_soon();
  });
  if (!taken) return fail(ErrorCode::unavailable, "the agent is busy; try again");
  return {};
}

// A restart does not end a pause: whoever asked for it counts on it.
void Agent::keep_pause() {
  if (state_directory_.empty()) return;
  const auto& pause = engine_.paused();
  const Result<void> kept = pause ? write_pause(pause_path(state_directory_), *pause,
                                                {boot_id_, reactor_.now(), reactor_.boot()})
                                  : remove_pause(pause_path(state_directory_));
  if (!kept)
    world_.log.write(LogLevel::warning, "a restart will not know of this pause",
                     {{"error", kept.error().describe()}});
}

void Agent::restore_pause() {
  if (state_directory_.empty()) return;
  auto kept = read_pause(pause_path(state_directory_), {boot_id_, reactor_.now(), reactor_.boot()});
  if (!kept)
    world_.log.write(LogLevel::error, "it cannot be read whether rules are paused; they are",
                     {{"error", kept.error().describe()}});
  const auto pause = kept ? *kept : rules::Pause{"the file of the pause cannot be read", {}};
  if (!pause) return;
  engine_.pause(*pause);
  world_.log.write(LogLevel::warning, "rules are still paused", {{"reason", pause->reason}});
}

}  // namespace slewd::app
