// SPDX-License-Identifier: Apache-2.0
// What each rule's actions have come to so far, those around planned steps among them: the counters
// behind metrics and tables. Agent thread only.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/timeline.hpp"
#include "rules/rule.hpp"
#include "rules/status.hpp"

namespace slewd::remedy {

class ActionTally {
 public:
  // The actions of these rules are shown from now on, from zero; those of rules that are gone are
  // dropped unless they are in progress.
  void configure(const std::vector<rules::Rule>& rules);

  void begin(const std::string& rule, const std::string& action);
  // `ending` is how the link ended, its verification included.
  void end(const std::string& rule, const std::string& action, rules::Ending ending, MonoTime at,
           WallTime wall);

  [[nodiscard]] std::vector<rules::ActionCounters> of(std::string_view rule) const;

 private:
  using Key = std::pair<std::string, std::string>;  // rule, action
  rules::ActionCounters& counters(const std::string& rule, const std::string& action);

  std::map<Key, rules::ActionCounters> counters_;
};

}  // namespace slewd::remedy
