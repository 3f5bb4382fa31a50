// SPDX-License-Identifier: Apache-2.0
// A program of the operator's that looks into the service: its exit status, and if wanted a column
// of the table that it prints, is the answer.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/os/reactor.hpp"
#include "agent/remedy/ports/probe.hpp"
#include "agent/remedy/process/child_process.hpp"
#include "agent/remedy/process/child_reaper.hpp"
#include "rules/rule.hpp"

namespace slewd::remedy {

class ExecProbe final : public Probe {
 public:
  // `reaper` gets what must be killed: at the deadline, or when the probe is destroyed.
  ExecProbe(os::Reactor& reactor, std::shared_ptr<ChildReaper> reaper, rules::ProbeSpec spec);
  ExecProbe(const ExecProbe&) = delete;
  ExecProbe& operator=(const ExecProbe&) = delete;
  ~ExecProbe() override;

  // ok: exit status 0 and the column as wanted. unknown: the program cannot be started, or what it
  // prints is no table that has the column.
  void begin(std::function<void(ProbeResult)> done) override;

 private:
  void on_end(const ActResult& end);
  void on_deadline();
  [[nodiscard]] ProbeResult judge_output() const;
  void report_soon(rules::ProbeState state, std::string detail);
  void finish(rules::ProbeState state, const std::string& detail);

  os::Reactor& reactor_;
  std::shared_ptr<ChildReaper> reaper_;
  rules::ProbeSpec spec_;
  os::Timer deadline_;
  std::unique_ptr<ChildProcess> child_;
  MonoTime started_;
  std::function<void(ProbeResult)> done_;
};

}  // namespace slewd::remedy
