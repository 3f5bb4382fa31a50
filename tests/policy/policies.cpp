// SPDX-License-Identifier: Apache-2.0
#include "tests/policy/policies.hpp"

#include <iterator>
#include <utility>

namespace slewd::policy {

const std::vector<Policy>& policies() {
  static const std::vector<Policy> all = [] {
    std::vector<Policy> joined = arrow_policies();
    for (auto* more : {&ban_policies, &text_policies, &word_policies}) {
      std::vector<Policy> part = more();
      joined.insert(joined.end(), std::make_move_iterator(part.begin()),
                    std::make_move_iterator(part.end()));
    }
    return joined;
  }();
  return all;
}

std::string describe(const SourceFile& file, const Policy& policy, const Finding& finding) {
  return file.path + ":" + std::to_string(finding.line) + ": " + policy.name + ": " + finding.what +
         "; right: " + policy.right;
}

}  // namespace slewd::policy
