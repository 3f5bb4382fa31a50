// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/dispatch/verification.hpp"

#include <algorithm>
#include <utility>

#include "base/duration.hpp"

namespace slewd::remedy {

Verification::Verification(os::Reactor& reactor, ProbeScheduler& probes, rules::Verify verify,
                           Done done)
    : reactor_(reactor),
      probes_(probes),
      verify_(std::move(verify)),
      done_(std::move(done)),
      deadline_(reactor),
      next_run_(reactor) {
  deadline_.start(reactor_.now() + verify_.within, [this] {
    finish(false, wanted() + " within " + format(verify_.within) + "; last: " + last_seen_);
  });
  run();
}

Verification::~Verification() { probes_.forget(request_); }

void Verification::run() {
  run_started_ = reactor_.now();
  request_ =
      probes_.run_now(verify_.probe, [this](const ProbeResult& result) { on_result(result); });
  if (request_ == 0)
    deadline_.start(run_started_, [this] { finish(false, "there is no probe " + verify_.probe); });
}

void Verification::on_result(const ProbeResult& result) {
  last_seen_ = result.detail;
  passed_in_a_row_ = result.state == rules::ProbeState::ok ? passed_in_a_row_ + 1 : 0;
  if (passed_in_a_row_ >= verify_.successes)
    return finish(true, verify_.probe + " passed " + std::to_string(passed_in_a_row_) +
                            " times in a row (" + result.detail + ")");
  next_run_.start(std::max(run_started_ + verify_.every, reactor_.now()), [this] { run(); });
}

std::string Verification::wanted() const {
  return verify_.probe + " did not pass " + std::to_string(verify_.successes) + " times in a row";
}

void Verification::finish(bool proved, const std::string& detail) {
  deadline_.stop();
  next_run_.stop();
  probes_.forget(std::exchange(request_, 0));
  const Done done = std::exchange(done_, nullptr);
  done(proved, detail);
}

}  // namespace slewd::remedy
