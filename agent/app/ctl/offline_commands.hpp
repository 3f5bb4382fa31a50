// SPDX-License-Identifier: Apache-2.0
// The commands of slewctl that need no daemon: from what stood on the command line to the text for
// standard output.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace slewd::app {

struct PlanArguments {
  std::string offset;
  std::string rate;
  std::string config;  // a path; empty = slewd's defaults
  bool json = false;
};
[[nodiscard]] Result<std::string> run_plan(const PlanArguments& arguments);

struct SimulateArguments {
  bool list = false;
  std::string scenario;
  std::uint64_t seed = 1;
  int seeds = 1;
  std::string poll;
  std::string config;  // a path; empty = slewd's defaults
  std::string svg;     // files to write; empty = none
  std::string json_file;
  bool json = false;  // the summary as JSON
};
[[nodiscard]] Result<std::string> run_simulate(const SimulateArguments& arguments);

struct DoctorAnswer {
  bool sound = true;  // false: the machine lacks something that slewd needs
  std::string text;
};
[[nodiscard]] Result<DoctorAnswer> run_doctor(bool json);

}  // namespace slewd::app
