// SPDX-License-Identifier: Apache-2.0
#include "agent/app/daemon.hpp"

#include <cerrno>
#include <csignal>
#include <optional>
#include <utility>

#include <sys/stat.h>

#include "agent/config/build_info.hpp"
#include "agent/config/check_config.hpp"
#include "agent/core/leap/leap_list.hpp"
#include "agent/os/machine/boot_id.hpp"
#include "agent/os/net/resolver.hpp"
#include "agent/os/process/process_privileges.hpp"
#include "base/atomic_file.hpp"
#include "base/duration.hpp"
#include "base/limits.hpp"
#include "base/utc.hpp"
#include "exporter/corrected_time.hpp"

namespace slewd::app {
namespace {

constexpr std::string_view kNoNotification = "no clock-set notification; checking once a second";

std::unique_ptr<core::Resolver> make_resolver(os::PollLoop& loop, bool single_thread) {
  if (single_thread) return std::make_unique<os::SynchronousResolver>();
  return std::make_unique<os::ThreadedResolver>(loop);
}

LogLevel level_of(core::Severity severity) {
  switch (severity) {
    case core::Severity::debug:
      return LogLevel::debug;
    case core::Severity::info:
      return LogLevel::info;
    case core::Severity::warning:
      return LogLevel::warning;
    case core::Severity::error:
      return LogLevel::error;
  }
  return LogLevel::info;
}

constexpr Nanos kReadAgainAfter = std::chrono::hours(24);

Result<core::LeapList> leap_list_at(const std::string& path) {
  auto text = read_file(path, limits::kLeapListBytes);
  if (!text) return fail(std::move(text.error()));
  return core::parse_leap_list(*text, path);
}

}  // namespace

LoadedConfig Daemon::with_overrides(LoadedConfig loaded, const DaemonOptions& options) {
  if (options.mode) loaded.config.core.mode = *options.mode;
  return loaded;
}

Daemon::Daemon(LoadedConfig loaded, Machine& machine, Log& log, DaemonOptions options)
    : loaded_(with_overrides(std::move(loaded), options)),
      machine_(machine),
      log_(log),
      options_(std::move(options)),
      loop_(machine.clock(), options.single_thread ? os::PollLoop::Threading::single
                                                   : os::PollLoop::Threading::multi),
      network_(loop_, machine.stamp_clock(),
               [this](const core::Datagram& datagram) { engine_->on_datagram(datagram); }),
      notifier_(os::Notifier::from_environment()),
      marker_(loaded_.config.state_directory),
      trace_(loaded_.config.trace_file),
      resolver_(make_resolver(loop_, options.single_thread)),
      engine_(std::make_unique<core::Engine>(
          core::Env{machine.core_clock(), machine.driver(), network_, loop_, entropy_, *resolver_,
                    machine.drift(), *this, machine.witnesses(), machine.clock_calls(),
                    machine.plausible_time()},
          loaded_.config.core, snapshots_)) {}

// Without a run(): a failed start must not leave its frequency in force.
Daemon::~Daemon() { release_clock(); }

void Daemon::start() {
  if (::mkdir(loaded_.config.state_directory.c_str(), 0750) != 0 && errno != EEXIST)
    log_.write(LogLevel::warning, "no state directory; state will not survive a restart",
               {{"path", loaded_.config.state_directory},
                {"error", system_error("mkdir", errno).describe()}});
  log_.write(LogLevel::info, "starting",
             {{"version", build_info().version},
              {"mode", std::string(to_string(loaded_.config.core.mode))},
              {"time_capability", os::has_time_capability() ? "yes" : "no"},
              {"config", loaded_.path.empty() ? "defaults" : loaded_.path},
              {"hash", loaded_.hash},
              {"earliest_time", utc_text(machine_.plausible_time().floor(), 6)},
              {"earliest_time_from", machine_.plausible_time().origin()}});
  for (const std::string& each : machine_.shortcomings()) log_.write(LogLevel::info, each);
  warn_of_fault(loaded_.config.core);
  warn_of_refused(loaded_.refused());
  for (const std::string& each : loaded_.warnings) log_.write(LogLevel::warning, each);
  signals_ = std::make_unique<os::Signals>(loop_, [this](int number) { on_signal(number); });
  // On disk before the first change of the clock, so that a crash can be cleaned up.
  mark_steering(loaded_.config.core.mode != core::Mode::observe);
  restore_jumps();
  has_the_clock_ = true;
  engine_->start();
  mark_steering(snapshots_.latest()->steering);
  read_leap_list_daily();
  if (options_.single_thread)
    log_.write(LogLevel::info, kNoNotification, {{"reason", "single-thread"}});
  else
    start_other_threads();
  ping_watchdog();
  (void)notifier_.ready();
}

void Daemon::restore_jumps() {
  if (options_.single_thread || !options_.keep_ledger) return;
  std::optional<os::Journal> journal;
  if (loaded_.config.journal_jumps) journal.emplace();
  jumps_ = std::make_unique<JumpRecorder>(
      records::JumpLedger::open(records::jump_ledger_path(loaded_.config.state_directory),
                                {boot_id(), machine_.clock().now().boot}),
      std::move(journal), log_);
  engine_->restore_jumps(jumps_->recorded(), jumps_->last_id());
}

void Daemon::start_other_threads() {
  agent_ = std::make_unique<Agent>(
      Agent::World{machine_.clock(), snapshots_, statuses_, *this, log_, jumps_.get(),
                   static_cast<remedy::StepClock*>(this), options_.fallback_command,
                   TimeBoundOptions{loaded_.config.time_bound, options_.cycle_counter}},
      loaded_.rules, options_.keep_ledger ? loaded_.config.state_directory : std::string());
  agent_->show_refused(loaded_.refused());
  start_watch();
  start_network_watch();
  start_source_watch();
  start_http();
}

void Daemon::start_watch() {
  auto watch = machine_.watch_clock(
      {.set = [this] { (void)loop_.post([this] { engine_->on_clock_set(); }); },
       .sign = [this] { (void)loop_.post([this] { engine_->on_sign(); }); },
       .end =
           [this] {
             log_.write(LogLevel::warning, kNoNotification, {});
             (void)loop_.post([this] { engine_->rely_on_witnesses(false); });
           }});
  if (!watch)
    return log_.write(LogLevel::warning, kNoNotification, {{"error", watch.error().describe()}});
  watch_ = std::move(*watch);
  engine_->rely_on_witnesses(watch_->compares_clocks());
}

void Daemon::start_network_watch() {
  auto watch = os::NetworkWatch::start(loop_, [this] { engine_->on_network_changed(); });
  if (watch)
    network_watch_ = std::move(*watch);
  else
    log_.write(LogLevel::info, "cannot watch the network; a late network is found by polls only",
               {{"error", watch.error().describe()}});
}

// Files of sources count as they change; the configuration file counts at a reload.
void Daemon::start_source_watch() {
  if (loaded_.path.empty()) return;
  auto watch = os::FolderWatch::start(loop_, loaded_.config.origins.watched(), [this] {
    // Reading files may block: not on the core thread.
    if (!agent_->post([this] { reread_sources(); }))
      log_.write(LogLevel::error, "reload queue full; changed source files are not read");
  });
  if (watch)
    source_watch_ = std::move(*watch);
  else
    log_.write(LogLevel::warning, "changed source files are read at the next reload only",
               {{"error", watch.error().describe()}});
}

void Daemon::reread_sources() {
  const std::scoped_lock turn(reload_mutex_);
  const SourcesAnew anew = find_sources_anew(loaded_);
  warn_of_refused(loaded_.refused_sources);
  agent_->show_refused(loaded_.refused());
  for (const std::string& each : anew.warnings) log_.write(LogLevel::warning, each);
  if (!anew.changed) return;
  log_.write(LogLevel::info, "sources changed",
             {{"configured", std::to_string(loaded_.configured.size())},
              {"in_use", std::to_string(loaded_.config.core.sources.size())}});
  if (auto posted = post_to_core([this, core = loaded_.config.core] { engine_->apply(core); });
      !posted)
    log_.write(LogLevel::error, "changed sources are not in force",
               {{"error", posted.error().describe()}, {"help", "slewctl reload"}});
}

void Daemon::start_http() {
  const auto start = [&](bool tcp, bool unix_socket) {
    exporter::HttpOptions options;
    options.tcp.clear();
    const ListenConfig& listen = loaded_.config.listen;
    if (tcp && !listen.host.empty()) options.tcp.push_back({listen.host, listen.port});
    if (unix_socket) options.unix_path = loaded_.config.control_socket;
    if (options.tcp.empty() && options.unix_path.empty()) return false;
    auto server = exporter::HttpServer::start(
        std::move(options), {snapshots_, statuses_, machine_.clock(),
                             static_cast<exporter::Control*>(this), build_info()});
    if (!server) {
      log_.write(LogLevel::error, "cannot listen", {{"error", server.error().describe()}});
      return false;
    }
    http_ = std::move(*server);
    return true;
  };
  // If both cannot be served, serves metrics or slewctl alone.
  const auto serving = [&](bool tcp, bool unix_socket) {
    if (!start(tcp, unix_socket)) return false;
    const bool listens = tcp && http_port() != 0;
    log_.write(LogLevel::info, "serving",
               {{"address", listens ? loaded_.config.listen.host : "none"},
                {"port", listens ? std::to_string(http_port()) : "none"},
                {"socket", unix_socket ? loaded_.config.control_socket : "none"}});
    return true;
  };
  if (!serving(true, true) && !serving(true, false) && !serving(false, true))
    log_.write(LogLevel::error, "cannot serve metrics or slewctl");
}

std::uint16_t Daemon::http_port() const {
  return http_ == nullptr ? std::uint16_t{0} : http_->port();
}

void Daemon::ping_watchdog() {
  const auto timeout = notifier_.watchdog_timeout();
  if (!timeout) return;
  (void)notifier_.watchdog();
  loop_.at(machine_.clock().now().mono + *timeout / 2, [this] { ping_watchdog(); });
}

void Daemon::run() {
  loop_.run();
  stop_everything();
}

void Daemon::release_clock() {
  if (!std::exchange(has_the_clock_, false)) return;
  engine_->stop();
  if (!engine_->slew_may_remain()) mark_steering(false);
}

void Daemon::stop_everything() {
  (void)notifier_.stopping();
  log_.write(LogLevel::info, "stopping");
  // The clock first: a slow thread must not keep a slew in force.
  release_clock();
  if (options_.on_clock_left) options_.on_clock_left();
  watch_.reset();
  network_watch_.reset();
  source_watch_.reset();
  http_.reset();
  // Its last work may still use agent_: end the thread before the pointer.
  if (agent_ != nullptr) agent_->stop();
  agent_.reset();
  if (const auto last = snapshots_.latest(); last != nullptr && jumps_ != nullptr)
    jumps_->sync(last->jumps, machine_.clock().now().mono);
  signals_.reset();
}

void Daemon::mark_steering(bool steering) {
  if (const auto marked = marker_.set(steering); !marked)
    log_.write(LogLevel::warning,
               "cannot write the steering marker; frequency will not be restored after a crash",
               {{"error", marked.error().describe()}});
}

void Daemon::on_signal(int number) {
  if (number != SIGHUP) return loop_.stop();
  const auto reload_now = [this] { (void)reload(); };
  // Reading files may block: not on the core thread, unless it is the only one.
  if (agent_ == nullptr) return reload_now();
  if (!agent_->post(reload_now))
    log_.write(LogLevel::error, "reload queue full; this reload is dropped");
}

Result<void> Daemon::post_to_core(std::function<void()> work) {
  if (!loop_.post(std::move(work)))
    return fail(ErrorCode::unavailable, "the core is busy; try again");
  return {};
}

Result<void> Daemon::set_poll_range(Nanos minimum, Nanos maximum) {
  return post_to_core([this, minimum, maximum] { engine_->set_poll_range({minimum, maximum}); });
}

Result<void> Daemon::hold_over(Nanos duration) {
  return post_to_core([this, duration] { engine_->hold_over(duration); });
}

Result<void> Daemon::ban(const std::string& source, Nanos duration) {
  return post_to_core([this, source, duration] { engine_->ban(source, duration); });
}

Result<void> Daemon::burst() {
  return post_to_core([this] { engine_->burst(); });
}

Result<std::string> Daemon::pause(std::string_view reason, std::optional<Nanos> duration) {
  return agent_->pause(std::string(reason), duration);
}
Result<std::string> Daemon::resume() { return agent_->resume(); }

Result<rules::StepAnswer> Daemon::step(std::string_view reason, bool dry) {
  return agent_->step(std::string(reason), dry);
}

remedy::StepOffer Daemon::offer() const {
  const auto snapshot = snapshots_.latest();
  if (snapshot == nullptr) return {std::nullopt, "no clock snapshot yet"};
  if (!snapshot->step_offer.size) return {std::nullopt, snapshot->step_offer.refused};
  return {core::clock_at(*snapshot, machine_.clock().now()).offset, snapshot->step_offer.refused};
}

void Daemon::step(Nanos announced, MonoTime not_after, remedy::StepClock::Done done) {
  // If the core is too busy no step is made, and the request expires.
  (void)loop_.post([this, announced, not_after, done = std::move(done)] {
    Result<remedy::StepMade> made = remedy::StepMade{};
    if (const auto stepped = engine_->step_to_true(announced, not_after))
      made = remedy::StepMade{stepped->stepped, stepped->left};
    else
      made = fail(stepped.error());
    (void)agent_->post([done, made = std::move(made)] { done(made); });
  });
}

void Daemon::on_decision(const core::Decision& decision) {
  const Result<void> written = trace_.append(decision);
  if (!written && !trace_failed_)
    log_.write(LogLevel::warning, "trace file not writable; decisions lost",
               {{"error", written.error().describe()}});
  trace_failed_ = !written;
}

void Daemon::on_transition(const core::PhaseTransition& transition) {
  log_.write(LogLevel::info, "phase",
             {{"from", std::string(to_string(transition.from))},
              {"to", std::string(to_string(transition.to))},
              {"event", std::string(to_string(transition.event))}});
  (void)notifier_.status(to_string(transition.to));
  // In mode observe the frequency is set by another program, unless the kernel refused to end a
  // slew; then restore-frequency must end it.
  if (transition.from == core::Phase::observe) mark_steering(true);
  if (transition.to == core::Phase::observe && transition.from != core::Phase::unset)
    mark_steering(engine_->slew_may_remain());
  if (agent_ != nullptr) agent_->nudge();
}

void Daemon::log_jump(std::string_view what, const core::ClockEvent& event) {
  const bool sized = event.size_known();
  log_.write(LogLevel::warning, what,
             {{"id", std::to_string(event.id)},
              {"cause", std::string(to_string(event.cause))},
              {"size", sized ? format_rounded(event.size) : "unknown"},
              {"uncertainty", sized ? format_rounded(event.uncertainty) : "unknown"},
              {"witnesses", event.witnesses},
              {"originator", event.originator.empty() ? "unknown" : event.originator}});
}

void Daemon::on_jump(const core::ClockEvent& event) {
  log_jump("clock jump detected", event);
  if (agent_ != nullptr) agent_->probe_now();
}

void Daemon::on_jump_refined(const core::ClockEvent& event) {
  log_jump("jump details updated", event);
  if (agent_ != nullptr) agent_->nudge();
}

void Daemon::on_note(core::Severity severity, std::string_view text) {
  log_.write(level_of(severity), text);
}

Result<std::vector<std::string>> Daemon::reload() {
  std::string in_force = "the old configuration";
  auto done = try_to_reload(in_force);
  if (!done)
    log_.write(LogLevel::error, "new configuration rejected",
               {{"error", done.error().describe()}, {"in_force", in_force}});
  return done;
}

Result<std::vector<std::string>> Daemon::try_to_reload(std::string& in_force) {
  if (!options_.reloadable)
    return fail(ErrorCode::unsupported, "the demo has no configuration file to reload");
  const std::scoped_lock turn(reload_mutex_);
  (void)notifier_.reloading(machine_.stamp_clock().now().mono);
  auto fresh = load_config(loaded_.path, loaded_.rule_texts, loaded_.source_texts);
  (void)notifier_.ready();
  if (!fresh) return fail(std::move(fresh.error()));
  *fresh = with_overrides(std::move(*fresh), options_);
  const Config& now = loaded_.config;
  const Config& next = fresh->config;
  if (next.listen.host != now.listen.host || next.listen.port != now.listen.port ||
      next.control_socket != now.control_socket || next.state_directory != now.state_directory ||
      next.trace_file != now.trace_file || next.time_bound != now.time_bound ||
      next.journal_jumps != now.journal_jumps || next.log != now.log || next.user != now.user ||
      next.seccomp != now.seccomp || next.origins != now.origins)
    log_.write(LogLevel::warning,
               "changes of listen, control_socket, state_directory, trace_file, time_bound, "
               "jumps.journal, log, user, seccomp, sources_folders and sources_from take effect at "
               "the next restart");
  // Rules first: a busy agent refuses before the core has changed.
  if (agent_ != nullptr)
    if (auto replaced = agent_->replace(fresh->rules); !replaced)
      return fail(std::move(replaced.error()));
  const auto apply = [this, core = next.core] { engine_->apply(core); };
  if (options_.single_thread)
    apply();
  else if (auto posted = post_to_core(apply); !posted)
    return fail(undo_reload(std::move(posted.error()), in_force));
  log_.write(LogLevel::info, "configuration reloaded", {{"hash", fresh->hash}});
  warn_of_fault(next.core);
  const std::vector<std::string> refused = fresh->refused();
  warn_of_refused(refused);
  for (const std::string& each : fresh->warnings) log_.write(LogLevel::warning, each);
  if (agent_ != nullptr) agent_->show_refused(refused);
  loaded_.config.core = next.core;
  loaded_.config.default_sources = next.default_sources;
  loaded_.configured = std::move(fresh->configured);
  loaded_.source_texts = std::move(fresh->source_texts);
  loaded_.config.leap_list = next.leap_list;
  read_leap_list(next.leap_list);
  loaded_.rules = std::move(fresh->rules);
  loaded_.rule_texts = std::move(fresh->rule_texts);
  loaded_.hash = fresh->hash;
  loaded_.refused_rules = std::move(fresh->refused_rules);
  loaded_.refused_sources = std::move(fresh->refused_sources);
  return refused;
}

// The agent has the new rules but the core did not take its part: restores the old rules, or
// reports that they could not be restored.
Error Daemon::undo_reload(Error refused, std::string& in_force) {
  if (agent_ == nullptr || agent_->replace(loaded_.rules)) return refused;
  in_force = "the new rules with the other old settings";
  return std::move(refused).within("only the rules were reloaded");
}

void Daemon::warn_of_refused(const std::vector<std::string>& refused) {
  for (const std::string& each : refused)
    log_.write(LogLevel::error, "file rejected; the others are in force", {{"error", each}});
}

void Daemon::warn_of_fault(const core::CoreConfig& config) {
  if (const auto fault = find_fault(config))
    log_.write(LogLevel::warning, fault->title, {{"help", "see slewd check-config"}});
}

void Daemon::read_leap_list(const std::string& path) {
  std::optional<core::LeapList> list;
  std::string state;
  if (!path.empty()) {
    auto read = leap_list_at(path);
    state = read ? "expires " + utc_text(read->expires) : read.error().describe();
    if (read) list = std::move(*read);
  }
  if (state != std::exchange(logged_leap_list_, state) && !state.empty())
    log_.write(LogLevel::info,
               list ? "leap second list read" : "no leap second list; TAI offset unknown",
               {{"path", path}, {list ? "state" : "error", state}});
  const auto use = [this, list = std::move(list)] { engine_->use_leap_list(list); };
  if (options_.single_thread)
    use();
  else
    (void)post_to_core(use);  // if the core is too busy, the next day's read gets through
}

void Daemon::read_leap_list_daily() {
  const auto read = [this] {
    const std::scoped_lock turn(reload_mutex_);
    read_leap_list(loaded_.config.leap_list);
  };
  // Reading files may block: not on the core thread, unless it is the only one.
  if (agent_ == nullptr)
    read();
  else
    (void)agent_->post(read);
  loop_.at(machine_.clock().now().mono + kReadAgainAfter, [this] { read_leap_list_daily(); });
}

}  // namespace slewd::app
