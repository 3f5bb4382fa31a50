// SPDX-License-Identifier: Apache-2.0
// The fallback timer executes pending undos if slewd exits in the middle of a planned step. It is
// armed before the first stop, runs outside of this process, and survives SIGKILL.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/remedy/ports/actuator.hpp"
#include "base/result.hpp"

namespace slewd::remedy {

class FallbackTimer {
 public:
  using Done = std::function<void(Result<void>)>;
  virtual ~FallbackTimer() = default;

  // `done` is called once, perhaps from within arm(): whether the timer runs from now on, until the
  // undo log is empty. The log already holds the undo. Arming twice is harmless.
  virtual void arm(Done done) = 0;
};

// Armed by a command that ends with 0 once the timer runs: the start of the unit
// slewd-resume-services.timer, or of a `slewd resume-services --wait --detach` where no systemd is.
class CommandFallbackTimer final : public FallbackTimer {
 public:
  // `run` executes RunAction and has no other user at the same time. argv[0] is absolute; an
  // empty command arms nothing.
  CommandFallbackTimer(Actuator& run, std::vector<std::string> argv)
      : run_(run), argv_(std::move(argv)) {}

  void arm(Done done) override;

 private:
  Actuator& run_;
  std::vector<std::string> argv_;
  std::uint64_t last_action_ = 0;
};

}  // namespace slewd::remedy
