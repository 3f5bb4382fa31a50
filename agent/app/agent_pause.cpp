// How an operator stops the rules for a while, restarts of slewd included.
#include <future>
#include <utility>

#include "agent/app/agent.hpp"
#include "agent/app/pause_file.hpp"
#include "base/duration.hpp"

namespace slewd::app {
namespace {

constexpr Nanos kAnswerToPause = std::chrono::seconds(5);  // for a worker of the exporter

}  // namespace

Result<std::string> Agent::ask_agent(std::function<std::string()> work) {
  const auto answer = std::make_shared<std::promise<std::string>>();
  std::future<std::string> coming = answer->get_future();
  const bool taken = loop_.post([answer, work = std::move(work)] { answer->set_value(work()); });
  if (!taken) return fail(ErrorCode::unavailable, "the agent is busy; try again");
  if (coming.wait_for(kAnswerToPause) != std::future_status::ready)
    return fail(ErrorCode::unavailable, "the agent is busy; it will do so when it can");
  return coming.get();
}

Result<std::string> Agent::pause(std::string reason, std::optional<Nanos> duration) {
  return ask_agent([this, reason = std::move(reason), duration] {
    std::optional<MonoTime> until;
    if (duration) until = reactor_.now() + *duration;
    engine_.pause({reason, until});
    world_.log.write(LogLevel::warning, "rules paused",
                     {{"reason", reason}, {"for", duration ? format(*duration) : "ever"}});
    judge_soon();
    return keep_pause();
  });
}

Result<std::string> Agent::resume() {
  return ask_agent([this] {
    engine_.resume();
    world_.log.write(LogLevel::info, "rules resumed");
    judge_soon();
    return keep_pause();
  });
}

// A restart does not end a pause: the operator who asked for it relies on it. Returns what it does
// otherwise.
std::string Agent::keep_pause() {
  if (state_directory_.empty()) return {};
  const std::string otherwise = app::keep_pause(pause_path(state_directory_), engine_.paused(),
                                                {boot_id_, reactor_.now(), reactor_.boot()});
  if (!otherwise.empty())
    world_.log.write(LogLevel::warning, "a restart will not know how the rules stand",
                     {{"error", otherwise}});
  return otherwise;
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
