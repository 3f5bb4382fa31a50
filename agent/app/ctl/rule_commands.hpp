// `slewctl rules test` and `slewctl rules schema`: what can be said of rule files without a daemon.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace slewd::app {

struct RuleTestAnswer {
  bool sound = true;  // false: an expectation is not met
  std::string text;   // a line for each that is not, and a summary
};

// Reads the rule test files and runs them. Rule files that they name are read from the test file's
// own folder. The error names every mistake in the first file that cannot be used.
[[nodiscard]] Result<RuleTestAnswer> test_rules(const std::vector<std::string>& files);

}  // namespace slewd::app
