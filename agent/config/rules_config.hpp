// SPDX-License-Identifier: Apache-2.0
// Where rules come from.
#pragma once

#include <string>
#include <vector>

#include "rules/rule.hpp"

namespace slewd::app {

struct RulesConfig {
  bool builtin = true;             // the shipped catalogue (docs/rules.md)
  std::vector<std::string> files;  // read besides it, in this order; a bad one refuses all
  // Its *.json are read too, by name. A bad one is refused alone, the others hold.
  std::string folder = "/etc/slewd/rules.d";
  std::vector<rules::ModeChoice> modes;  // of rules by name, shipped ones among them
};

}  // namespace slewd::app
