// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/step/fallback_timer.hpp"

#include <utility>

namespace slewd::remedy {
namespace {

constexpr Nanos kArmTimeout = std::chrono::seconds(5);

}  // namespace

void CommandFallbackTimer::arm(Done done) {
  if (argv_.empty()) return done(fail(ErrorCode::unsupported, "no fallback timer is available"));
  run_.begin(
      ++last_action_, rules::RunAction{argv_, {}, {}}, kArmTimeout,
      [done = std::move(done)](const ActResult& result) {
        if (result.ending == rules::Ending::done) return done({});
        done(fail(ErrorCode::unavailable, "cannot arm the fallback timer: " + result.detail));
      });
}

}  // namespace slewd::remedy
