// SPDX-License-Identifier: Apache-2.0
// The whole daemon on a Machine: core loop on the calling thread, agent, HTTP, clock watch and log
// on their own. If one of them cannot start, that is logged, and the core runs without it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/app/agent.hpp"
#include "agent/app/jump_recorder.hpp"
#include "agent/app/log.hpp"
#include "agent/app/machine.hpp"
#include "agent/app/steering_marker.hpp"
#include "agent/app/trace_file.hpp"
#include "agent/config/config.hpp"
#include "agent/core/engine.hpp"
#include "agent/core/observer.hpp"
#include "agent/os/folder_watch.hpp"
#include "agent/os/net/network_watch.hpp"
#include "agent/os/net/udp_network.hpp"
#include "agent/os/poll_loop.hpp"
#include "agent/os/process/entropy.hpp"
#include "agent/os/process/notify.hpp"
#include "agent/os/process/signals.hpp"
#include "exporter/http_server.hpp"

namespace slewd::app {

struct DaemonOptions {
  bool single_thread = false;      // core alone: no agent, no HTTP, no watch, no other thread
  bool keep_ledger = true;         // false: in memory, for the demo
  bool reloadable = true;          // false: the configuration came from no file
  std::optional<core::Mode> mode;  // from the command line: overrides the file, also at reload
  std::vector<std::string> fallback_command = {};  // empty: no service can be stopped
  bool cycle_counter = false;  // the kernel keeps time by the processor's counter
  // Called during the stop, after the clock was released; what follows may block.
  std::function<void()> on_clock_left = {};
};

class Daemon final : private core::Observer,
                     private remedy::CoreControl,
                     private remedy::StepClock,
                     private exporter::Control {
 public:
  // `loaded` has been checked; `machine` and `log` outlive the daemon.
  Daemon(LoadedConfig loaded, Machine& machine, Log& log, DaemonOptions options);
  ~Daemon() override;
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Starts everything; afterwards port() and the boards are valid.
  void start();
  // Serves until a signal or stop(); returns when everything has ended in order.
  void run();
  void stop() { loop_.stop(); }  // any thread

  [[nodiscard]] std::uint16_t http_port() const;  // 0 without HTTP
  [[nodiscard]] const core::SnapshotBoard& snapshots() const { return snapshots_; }
  [[nodiscard]] const rules::StatusBoard& statuses() const { return statuses_; }

 private:
  // Applies the options of the command line to the file's configuration.
  static LoadedConfig with_overrides(LoadedConfig loaded, const DaemonOptions& options);

  // core::Observer, on the core thread.
  void on_decision(const core::Decision& decision) override;
  void on_transition(const core::PhaseTransition& transition) override;
  void on_jump(const core::ClockEvent& event) override;
  void on_jump_refined(const core::ClockEvent& event) override;
  void on_note(core::Severity severity, std::string_view text) override;
  // remedy::CoreControl, on the agent thread.
  Result<void> hold_over(Nanos duration) override;
  Result<void> ban(const std::string& source, Nanos duration) override;
  Result<void> set_poll_range(Nanos minimum, Nanos maximum) override;
  // Both CoreControl and exporter::Control.
  Result<void> burst() override;
  // exporter::Control, on worker threads.
  Result<std::string> pause(std::string_view reason, std::optional<Nanos> duration) override;
  Result<std::string> resume() override;
  Result<std::vector<std::string>> reload() override;
  Result<rules::StepAnswer> step(std::string_view reason, bool dry) override;
  // remedy::StepClock, on the agent thread.
  [[nodiscard]] remedy::StepOffer offer() const override;
  void step(Nanos announced, MonoTime not_after, remedy::StepClock::Done done) override;

  // daemon_leap_list.cpp: reads the list at `path` and gives it to the core. May block.
  void read_leap_list(const std::string& path);
  void read_leap_list_daily();

  // Applies all settings that can change while slewd runs, or none. `in_force` describes what is in
  // force after a failure.
  Result<std::vector<std::string>> try_to_reload(std::string& in_force);
  Error undo_reload(Error refused, std::string& in_force);
  void warn_of_refused(const std::vector<std::string>& refused);
  void warn_of_fault(const core::CoreConfig& config);

  void on_signal(int number);
  void restore_jumps();
  void start_other_threads();
  void start_http();
  void start_watch();
  void start_network_watch();
  void start_source_watch();
  void reread_sources();
  void ping_watchdog();
  void mark_steering(bool steering);
  Result<void> post_to_core(std::function<void()> work);
  void release_clock();
  void stop_everything();
  void log_jump(std::string_view what, const core::ClockEvent& event);

  LoadedConfig loaded_;
  Machine& machine_;
  Log& log_;
  DaemonOptions options_;
  core::SnapshotBoard snapshots_;
  rules::StatusBoard statuses_;
  os::PollLoop loop_;
  os::UdpNetwork network_;
  os::SystemEntropy entropy_;
  os::Notifier notifier_;
  SteeringMarker marker_;
  TraceFile trace_;
  bool trace_failed_ = false;
  bool has_the_clock_ = false;  // between the engine's start and its end
  std::unique_ptr<core::Resolver> resolver_;
  std::unique_ptr<core::Engine> engine_;
  std::unique_ptr<os::Signals> signals_;
  std::unique_ptr<JumpRecorder> jumps_;  // the agent's, from its start to its end
  std::unique_ptr<Agent> agent_;
  std::unique_ptr<exporter::HttpServer> http_;
  std::unique_ptr<WatchHandle> watch_;
  std::unique_ptr<os::NetworkWatch> network_watch_;
  std::unique_ptr<os::FolderWatch> source_watch_;
  std::mutex reload_mutex_;       // serializes reloads
  std::string logged_leap_list_;  // state last logged; under reload_mutex_
};

}  // namespace slewd::app
