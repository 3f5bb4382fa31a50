#include "agent/app/daemon.hpp"

#include <cerrno>
#include <csignal>
#include <utility>

#include <sys/stat.h>

#include "agent/app/boot_id.hpp"
#include "agent/app/build_info.hpp"
#include "agent/linux/process_privileges.hpp"
#include "agent/linux/resolver.hpp"
#include "exporter/corrected_time.hpp"

namespace slewd::app {
namespace {

constexpr std::string_view kNobodyTells =
    "the kernel will not tell of clock steps; looking once a second";

std::unique_ptr<core::Resolver> make_resolver(os::PollLoop& loop, bool single_thread) {
  if (single_thread) return std::make_unique<os::SynchronousResolver>();
  return std::make_unique<os::ThreadedResolver>(loop);
}

}  // namespace

LoadedConfig Daemon::as_told(LoadedConfig loaded, const DaemonOptions& options) {
  if (options.mode) loaded.config.core.mode = *options.mode;
  return loaded;
}

Daemon::Daemon(LoadedConfig loaded, Machine& machine, Log& log, DaemonOptions options)
    : loaded_(as_told(std::move(loaded), options)),
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

// Without a run(): a start that failed half-way must not leave its frequency behind.
Daemon::~Daemon() { leave_the_clock(); }

void Daemon::start() {
  if (::mkdir(loaded_.config.state_directory.c_str(), 0750) != 0 && errno != EEXIST)
    log_.write(LogLevel::warning, "no state directory: nothing will survive a restart",
               {{"path", loaded_.config.state_directory},
                {"error", system_error("mkdir", errno).describe()}});
  log_.write(LogLevel::info, "slewd starts",
             {{"version", build_info().version},
              {"mode", std::string(to_string(loaded_.config.core.mode))},
              {"time_capability", os::has_time_capability() ? "yes" : "no"},
              {"config", loaded_.path.empty() ? "defaults" : loaded_.path},
              {"hash", loaded_.hash},
              {"believed_from", exporter::format_utc(machine_.plausible_time().floor())},
              {"floor", machine_.plausible_time().origin()}});
  for (const std::string& each : machine_.shortcomings()) log_.write(LogLevel::info, each);
  warn_of_fault(loaded_.config.core);
  warn_of_refused(loaded_.refused);
  for (const std::string& each : loaded_.warnings) log_.write(LogLevel::warning, each);
  signals_ = std::make_unique<os::Signals>(loop_, [this](int number) { on_signal(number); });
  // On disk before the clock is first touched: a crash from now on is ours to clean up.
  mark_steering(loaded_.config.core.mode != core::Mode::observe);
  restore_jumps();
  has_the_clock_ = true;
  engine_->start();
  mark_steering(snapshots_.latest()->steering);
  read_leap_list_daily();
  if (options_.single_thread)
    log_.write(LogLevel::info, kNobodyTells, {{"reason", "single-thread"}});
  else
    start_around_the_core();
  pat_watchdog();
  (void)notifier_.ready();
}

void Daemon::restore_jumps() {
  if (options_.single_thread || !options_.keep_ledger) return;
  std::optional<os::Journal> journal;
  if (loaded_.config.journal_jumps) journal.emplace();
  jumps_ = std::make_unique<JumpRecorder>(
      JumpLedger::open(jump_ledger_path(loaded_.config.state_directory),
                       {boot_id(), machine_.clock().now().boot}),
      std::move(journal), log_);
  engine_->restore_jumps(jumps_->recorded(), jumps_->last_id());
}

void Daemon::start_around_the_core() {
  agent_ = std::make_unique<Agent>(
      Agent::World{machine_.clock(), snapshots_, statuses_, *this, log_, jumps_.get(),
                   static_cast<remedy::StepClock*>(this), options_.deadman},
      loaded_.rules, options_.keep_ledger ? loaded_.config.state_directory : std::string());
  agent_->show_refused(loaded_.refused);
  start_watch();
  start_network_watch();
  start_http();
}

void Daemon::start_watch() {
  auto watch = machine_.watch_clock(
      {.set = [this] { (void)loop_.post([this] { engine_->on_clock_set(); }); },
       .sign = [this] { (void)loop_.post([this] { engine_->on_sign(); }); },
       .end =
           [this] {
             log_.write(LogLevel::warning, kNobodyTells, {});
             (void)loop_.post([this] { engine_->let_others_look(false); });
           }});
  if (!watch)
    return log_.write(LogLevel::warning, kNobodyTells, {{"error", watch.error().describe()}});
  watch_ = std::move(*watch);
  engine_->let_others_look(watch_->looks());
}

void Daemon::start_network_watch() {
  auto watch = os::NetworkWatch::start(loop_, [this] { engine_->on_network_changed(); });
  if (watch)
    network_watch_ = std::move(*watch);
  else
    log_.write(LogLevel::info, "a network that comes late is found by polls alone",
               {{"error", watch.error().describe()}});
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
  // One of the two is better than none: slewctl without metrics, or metrics without slewctl.
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
    log_.write(LogLevel::error, "neither metrics nor slewctl are served");
}

std::uint16_t Daemon::http_port() const {
  return http_ == nullptr ? std::uint16_t{0} : http_->port();
}

void Daemon::pat_watchdog() {
  const auto timeout = notifier_.watchdog_timeout();
  if (!timeout) return;
  (void)notifier_.watchdog();
  loop_.at(machine_.clock().now().mono + *timeout / 2, [this] { pat_watchdog(); });
}

void Daemon::run() {
  loop_.run();
  stop_everything();
}

void Daemon::leave_the_clock() {
  if (!std::exchange(has_the_clock_, false)) return;
  engine_->stop();
  if (!engine_->slew_may_remain()) mark_steering(false);
}

void Daemon::stop_everything() {
  (void)notifier_.stopping();
  log_.write(LogLevel::info, "slewd stops");
  // The clock first: nothing that hangs around it may keep a slew in force.
  leave_the_clock();
  if (options_.on_clock_left) options_.on_clock_left();
  watch_.reset();
  network_watch_.reset();
  http_.reset();
  // Its last work may still ask for agent_: end the thread before the pointer.
  if (agent_ != nullptr) agent_->stop();
  agent_.reset();
  if (const auto last = snapshots_.latest(); last != nullptr && jumps_ != nullptr)
    jumps_->sync(last->jumps, machine_.clock().now().mono);
  signals_.reset();
}

void Daemon::mark_steering(bool steering) {
  if (const auto marked = marker_.set(steering); !marked)
    log_.write(LogLevel::warning, "after a crash nobody would restore the clock's frequency",
               {{"error", marked.error().describe()}});
}

void Daemon::on_signal(int number) {
  if (number != SIGHUP) return loop_.stop();
  const auto read_again = [this] { (void)reload(); };
  // Reading files may block: not on the core thread, unless it is the only one.
  if (agent_ == nullptr) return read_again();
  if (!agent_->post(read_again))
    log_.write(LogLevel::error, "too many reloads wait; this one is dropped");
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
  if (snapshot == nullptr) return {std::nullopt, "nothing is known of the clock yet"};
  if (!snapshot->step_offer.size) return {std::nullopt, snapshot->step_offer.refused};
  return {core::clock_at(*snapshot, machine_.clock().now()).offset, snapshot->step_offer.refused};
}

void Daemon::step(Nanos announced, MonoTime not_after, remedy::StepClock::Done done) {
  // A core that is too busy to be told makes no step: whoever waits gives it up.
  (void)loop_.post([this, announced, not_after, done = std::move(done)] {
    Result<remedy::StepMade> made = remedy::StepMade{};
    if (const auto stepped = engine_->step_to_true(announced, not_after))
      made = remedy::StepMade{stepped->stepped, stepped->left};
    else
      made = fail(stepped.error());
    (void)agent_->post([done, made = std::move(made)] { done(made); });
  });
}

}  // namespace slewd::app
