// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/step/deadman.hpp"

#include <utility>

namespace slewd::remedy {
namespace {

constexpr Nanos kArmTimeout = std::chrono::seconds(5);

}  // namespace

void CommandDeadMan::arm(Done done) {
  if (argv_.empty()) return done(fail(ErrorCode::unsupported, "this slewd has no dead-man"));
  run_.begin(
      ++last_action_, rules::RunAction{argv_, {}, {}}, kArmTimeout,
      [done = std::move(done)](const ActResult& result) {
        if (result.ending == rules::Ending::done) return done({});
        done(fail(ErrorCode::unavailable, "the dead-man could not be armed: " + result.detail));
      });
}

}  // namespace slewd::remedy
