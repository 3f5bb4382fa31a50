// SPDX-License-Identifier: Apache-2.0
// What pays in the place of a slewd that is gone. It is armed before the first stop, outside of
// this process, and survives SIGKILL.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/remedy/ports/actuator.hpp"
#include "base/result.hpp"

namespace slewd::remedy {

class DeadMan {
 public:
  using Done = std::function<void(Result<void>)>;
  virtual ~DeadMan() = default;

  // Told once, perhaps from within arm(): whether somebody watches the book from now on, until it
  // is empty. The book already holds what is owed. Arming twice is harmless.
  virtual void arm(Done done) = 0;
};

// Armed by a command that ends with 0 once somebody watches: the start of the timer
// slewd-resume-services.timer, or of a `slewd resume-services --wait --detach` where no systemd is.
class CommandDeadMan final : public DeadMan {
 public:
  // `run` carries out RunAction and serves nobody else at the same time. argv[0] is absolute; an
  // empty command arms nothing.
  CommandDeadMan(Actuator& run, std::vector<std::string> argv)
      : run_(run), argv_(std::move(argv)) {}

  void arm(Done done) override;

 private:
  Actuator& run_;
  std::vector<std::string> argv_;
  std::uint64_t last_action_ = 0;
};

}  // namespace slewd::remedy
