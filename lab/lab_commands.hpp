// SPDX-License-Identifier: Apache-2.0
// The commands plan and simulate of slewd-lab: from the command line to the text for standard
// output.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace slewd::lab {

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

}  // namespace slewd::lab
