// SPDX-License-Identifier: Apache-2.0
// A scenario set up: the world, the engine in it (not yet started), and all that will happen.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "sim/scenario/engine_host.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scenario/scenario_run.hpp"

namespace slewd::sim {

class Stage {
 public:
  // `scenario` must outlive the stage.
  Stage(const Scenario& scenario, const RunChoice& choice);

  [[nodiscard]] EngineHost& host() { return host_; }

 private:
  void schedule(const Happening& event, Nanos at);
  void perform(const Happening& event);
  void perform_on_servers(const Happening& event);
  void outage(const Happening& event);
  void set_loss(std::size_t server, double loss_up, double loss_down);
  void migrate(const Happening& event);
  void roll_back(const Happening& event);
  void stall(Nanos length);
  void blame(std::string command, bool sets);
  void kill(const Happening& event);

  const Scenario& scenario_;
  EngineHost host_;
  std::vector<ServerHost*> servers_;
};

}  // namespace slewd::sim
