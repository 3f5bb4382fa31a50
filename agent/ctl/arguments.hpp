// SPDX-License-Identifier: Apache-2.0
// The command line of slewctl, for all subcommands together.
#pragma once

#include <string>
#include <vector>

#include "agent/config/config.hpp"
#include "agent/ctl/ctl_health.hpp"
#include "agent/ctl/ctl_jumps.hpp"
#include "agent/ctl/ctl_step.hpp"

namespace slewd::app {

struct ConvertArguments {
  std::string file;
  std::string from;    // empty = recognise it
  std::string output;  // empty = standard output
};

struct Arguments {
  std::string socket = Config{}.control_socket;
  bool json = false;
  std::string rule;
  bool all = false;
  bool act = false;
  std::vector<std::string> rule_tests;
  std::string decisions;
  std::string reason;
  std::string duration;
  std::string bound = "0s";
  std::string timeout = "0s";
  JumpsArguments jumps;
  StepArguments step;
  HealthQuestion health;
  ConvertArguments convert;
  bool to_true = false;
  bool follow = false;
  std::string w32time;
  std::string config;
};

}  // namespace slewd::app
