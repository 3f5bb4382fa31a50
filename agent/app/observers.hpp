// SPDX-License-Identifier: Apache-2.0
// The agent's observers beside the clock: probes, states of units, log lines. Agent thread only.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent/app/facts.hpp"
#include "agent/app/log.hpp"
#include "agent/os/reactor.hpp"
#include "agent/remedy/logs/log_watch.hpp"
#include "agent/remedy/probes/make_probe.hpp"
#include "agent/remedy/probes/probe_scheduler.hpp"
#include "agent/remedy/units/unit_bus.hpp"
#include "rules/engine/presence.hpp"
#include "rules/rule.hpp"

namespace slewd::app {

class Observers {
 public:
  struct Options {
    std::string state_directory;  // where the journal's cursor is kept; empty: nowhere
    std::string boot_id;
    std::function<rules::Value(const rules::Expression&)> evaluate;  // for metric probes
    std::function<void()> on_change;  // a new observation: evaluate now
  };

  Observers(os::Reactor& reactor, Log& log, Options options);
  Observers(const Observers&) = delete;
  Observers& operator=(const Observers&) = delete;
  ~Observers();

  // Of the rule files now in force.
  void configure(const rules::RuleFile& file);

  // After an event that rules look back to: resting probes run often for as long.
  void watch_closely();

  [[nodiscard]] Observations observe() const;
  // "active", "inactive", ...; "unknown" before systemd has answered, or when it is not installed:
  // that is no evidence about a service.
  [[nodiscard]] std::string unit_state(std::string_view unit) const;

  [[nodiscard]] remedy::ProbeScheduler& probes() { return probes_; }
  [[nodiscard]] const remedy::ProbeScheduler& probes() const { return probes_; }
  [[nodiscard]] remedy::UnitBus& units() { return units_; }
  [[nodiscard]] const remedy::LogWatch& logs() const { return logs_; }

 private:
  [[nodiscard]] std::string fact_of(const remedy::UnitState& state) const;
  [[nodiscard]] std::string saved_cursor() const;
  void save_cursor();
  void on_probe(const rules::ProbeView& probe);
  void on_unit(const remedy::UnitState& state);
  void on_line(const remedy::LogMatch& match);
  void watch_units(const rules::RuleFile& file);
  void follow_logs(const rules::RuleFile& file);
  bool note_presences();
  [[nodiscard]] bool is_present(const std::string& unit) const;
  void sense_present();

  os::Reactor& reactor_;
  Log& log_;
  Options options_;
  remedy::ProbeSources sources_;
  remedy::ProbeScheduler probes_;
  remedy::UnitBus units_;
  remedy::LogWatch logs_;
  os::Timer next_save_;
  std::string last_cursor_;
  Nanos close_watch_{};
  rules::RuleFile file_;
  rules::Presences presences_;
  rules::Absences absent_;
  bool systemd_;  // runs this machine
  std::map<std::string, std::string> unit_of_target_;
  std::map<std::string, std::deque<rules::LogFact>> lines_;
};

}  // namespace slewd::app
