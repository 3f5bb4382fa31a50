// SPDX-License-Identifier: Apache-2.0
#include "agent/app/observers.hpp"

#include <algorithm>
#include <utility>

#include <unistd.h>

#include "agent/remedy/logs/log_system_journal.hpp"
#include "base/atomic_file.hpp"
#include "base/host.hpp"
#include "base/limits.hpp"
#include "base/own_file.hpp"

namespace slewd::app {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kMostCloseWatch = 10min;
constexpr Nanos kCloseAfterStart = 1min;
constexpr Nanos kCursorEvery = 1min;  // a crash reads so much of the journal again at most

}  // namespace

Observers::Observers(os::Reactor& reactor, Log& log, Options options)
    : reactor_(reactor),
      log_(log),
      options_(std::move(options)),
      sources_{.unit_state = [this](std::string_view unit) { return unit_state(unit); },
               .evaluate = options_.evaluate},
      probes_(
          reactor_,
          [this](const rules::ProbeSpec& spec) {
            return remedy::make_probe(reactor_, spec, sources_);
          },
          [this](const rules::ProbeView& probe) { on_probe(probe); }),
      units_(
          reactor_, remedy::system_bus(),
          [this](const remedy::UnitState& state) { on_unit(state); },
          [this](const std::string& why) {
            log_.write(
                LogLevel::warning, "no polkit: systemd will deny unit actions",
                {{"error", why}, {"help", "install polkitd and deploy/polkit/50-slewd.rules"}});
          }),
      logs_(reactor_, std::make_unique<remedy::LogSystemJournal>(), saved_cursor(),
            [this](const remedy::LogMatch& match) { on_line(match); }),
      next_save_(reactor_),
      systemd_(has_systemd()) {}

Observers::~Observers() { save_cursor(); }

void Observers::configure(const rules::RuleFile& file) {
  file_ = file;
  units_.protect(file.limits().protect);
  units_.expect_acts(::geteuid() != 0 && rules::acts_on_units(file));
  watch_units(file);
  (void)note_presences();
  sense_present();
}

// Where the service of a shipped rule is not installed, or it is not known whether it is, none of
// its probes runs and none of its logs is read.
void Observers::sense_present() {
  absent_ = rules::absent_rules(file_, presences_);
  const rules::RuleFile present = rules::only_present(file_, presences_);
  std::vector<rules::ProbeSpec> wanted;
  for (const std::string& name : rules::probes_in_use(present)) {
    if (const rules::ProbeSpec* spec = present.find_probe(name)) {
      wanted.push_back(*spec);
      wanted.back().rest = rules::rest_interval(*spec, present);
    }
  }
  close_watch_ = std::min(rules::longest_blame(present), kMostCloseWatch);
  follow_logs(present);
  probes_.configure(wanted);
}

bool Observers::is_present(const std::string& unit) const {
  return std::ranges::any_of(unit_of_target_, [&](const auto& entry) {
    const auto found = presences_.find(entry.first);
    return entry.second == unit && found != presences_.end() &&
           found->second == rules::Presence::present;
  });
}

// True when one has changed. What is not known for a while is as it was.
bool Observers::note_presences() {
  rules::Presences fresh;
  for (const auto& [target, unit] : unit_of_target_)
    for (const remedy::UnitState& state : units_.states()) {
      if (state.unit != unit) continue;
      const std::string fact = fact_of(state);
      const auto before = presences_.find(target);
      if (fact == "absent")
        fresh[target] = rules::Presence::absent;
      else if (fact != "unknown")
        fresh[target] = rules::Presence::present;
      else if (before != presences_.end())
        fresh[target] = before->second;
    }
  const bool changed = fresh != presences_;
  presences_ = std::move(fresh);
  return changed;
}

void Observers::watch_units(const rules::RuleFile& file) {
  unit_of_target_.clear();
  std::vector<std::string> units;
  for (const std::string& name : rules::units_in_use(file)) {
    const rules::Target* target = file.find_target(name);
    if (target == nullptr || target->unit.empty()) continue;
    unit_of_target_[name] = target->unit;
    if (std::ranges::find(units, target->unit) == units.end()) units.push_back(target->unit);
  }
  if (const auto watched = units_.watch(units); !watched)
    log_.write(LogLevel::error, "cannot watch units", {{"error", watched.error().describe()}});
}

void Observers::follow_logs(const rules::RuleFile& file) {
  std::vector<remedy::LogTrigger> triggers;
  for (const std::string& name : rules::logs_in_use(file)) {
    const rules::LogTrigger* log = file.find_log(name);
    auto pattern = rules::Pattern::compile(log->expression);
    if (pattern) triggers.push_back({name, log->unit, log->path, std::move(*pattern)});
  }
  std::erase_if(lines_, [&](const auto& entry) {
    return std::ranges::find(triggers, entry.first, &remedy::LogTrigger::name) == triggers.end();
  });
  const bool any = !triggers.empty();
  if (const auto followed = logs_.configure(std::move(triggers)); !followed)
    log_.write(LogLevel::error, "cannot follow all logs", {{"error", followed.error().describe()}});
  if (!any || options_.state_directory.empty()) return next_save_.stop();
  if (!next_save_.running())
    next_save_.start(reactor_.now() + kCursorEvery, [this] { save_cursor(); });
}

Observations Observers::observe() const {
  Observations seen;
  seen.probes = probes_.views();
  for (const auto& [target, unit] : unit_of_target_)
    for (const remedy::UnitState& state : units_.states())
      if (state.unit == unit) seen.units[target] = {fact_of(state), state.since, state.started};
  seen.absent = absent_;
  for (const remedy::LogTriggerView& view : logs_.views()) {
    if (!view.problem.empty()) continue;
    auto& lines = seen.logs[view.name];
    if (const auto kept = lines_.find(view.name); kept != lines_.end())
      lines.assign(kept->second.begin(), kept->second.end());
  }
  return seen;
}

// What is not installed does not run; where systemd does not run the machine, no unit does. That is
// known, and a rule that guards it is not needed.
std::string Observers::fact_of(const remedy::UnitState& state) const {
  // One that was masked while it ran goes on running.
  const bool runs = state.active_state != "inactive" && state.active_state != "failed";
  const bool absent = state.load_state == "not-found" || (state.load_state == "masked" && !runs);
  return absent || !systemd_ ? "absent" : state.active_state;
}

std::string Observers::unit_state(std::string_view unit) const {
  for (const remedy::UnitState& state : units_.states())
    if (state.unit == unit)
      return state.load_state == "not-found" || state.load_state == "masked" ? "unknown"
                                                                             : state.active_state;
  return "unknown";
}

void Observers::on_probe(const rules::ProbeView& probe) {
  // A service that has never answered is most likely not installed.
  const bool lost = probe.state == rules::ProbeState::failed && probe.failures < probe.runs;
  log_.write(lost ? LogLevel::warning : LogLevel::info, "probe changed",
             {{"probe", probe.name},
              {"state", std::string(to_string(probe.state))},
              {"detail", probe.detail}});
  options_.on_change();
}

void Observers::watch_closely() { probes_.watch_closely(reactor_.now() + close_watch_); }

void Observers::on_unit(const remedy::UnitState& state) {
  // A later jump needs to know whether it has worked since its start.
  if (state.active_state == "active") probes_.watch_closely(reactor_.now() + kCloseAfterStart);
  // At the start a unit that is not installed is not logged.
  const bool news = fact_of(state) != "absent" || is_present(state.unit);
  if (news)
    log_.write(state.active_state == "failed" ? LogLevel::warning : LogLevel::info, "unit changed",
               {{"unit", state.unit}, {"state", state.active_state}, {"result", state.result}});
  if (note_presences()) sense_present();
  options_.on_change();
}

void Observers::on_line(const remedy::LogMatch& match) {
  auto& lines = lines_[match.trigger];
  lines.push_back({match.at, match.captured});
  if (lines.size() > limits::kLogFacts) lines.pop_front();
  log_.write(LogLevel::info, "log line matches",
             {{"trigger", match.trigger}, {"line", match.line}});
  watch_closely();
  options_.on_change();
}

std::string Observers::saved_cursor() const {
  if (options_.state_directory.empty()) return {};
  const auto text =
      read_own_file(options_.state_directory + "/journal.cursor", limits::kCursorBytes);
  if (!text) return {};
  // Two lines: the boot that it is of, and the cursor.
  const std::size_t end = text->find('\n');
  if (end == std::string::npos || text->substr(0, end) != options_.boot_id) return {};
  const std::string cursor = text->substr(end + 1);
  return cursor.substr(0, cursor.find('\n'));
}

void Observers::save_cursor() {
  const std::string cursor = logs_.cursor();
  if (!options_.state_directory.empty() && !cursor.empty() && cursor != last_cursor_) {
    // Without it lines that were written while slewd was down are passed over: no more.
    if (write_atomically(options_.state_directory + "/journal.cursor",
                         options_.boot_id + "\n" + cursor + "\n", 0640))
      last_cursor_ = cursor;
  }
  next_save_.start(reactor_.now() + kCursorEvery, [this] { save_cursor(); });
}

}  // namespace slewd::app
