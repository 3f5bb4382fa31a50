// SPDX-License-Identifier: Apache-2.0
// Acts by running programs: a rule's own command, a target's command for a verb, or systemctl for a
// target that is known by its unit alone. Agent thread only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/os/reactor.hpp"
#include "agent/remedy/ports/actuator.hpp"
#include "agent/remedy/process/child_process.hpp"
#include "base/result.hpp"
#include "rules/rule.hpp"

namespace slewd::remedy {

class ProcessActuator final : public Actuator {
 public:
  explicit ProcessActuator(os::Reactor& reactor, std::string systemctl = "/usr/bin/systemctl");

  void set_targets(std::vector<rules::Target> targets) { targets_ = std::move(targets); }

  // Of RunAction and ServiceAction; anything else is refused.
  void begin(std::uint64_t id, const rules::Action& action, Nanos timeout, Done done) override;
  void abandon(std::uint64_t id) override;

  // Children that have not ended, and pipes that a descendant still holds.
  [[nodiscard]] std::size_t watched() const { return children_.size(); }

 private:
  // How a program is started: its arguments, which every user of the machine can read, and its
  // environment.
  struct Command {
    std::vector<std::string> argv;
    std::vector<std::string> environment;
  };
  [[nodiscard]] static Command with_runuser(const rules::RunAction& run);
  [[nodiscard]] Result<Command> command_of(const rules::Action& action) const;
  [[nodiscard]] Result<std::vector<std::string>> argv_of(const rules::ServiceAction& action) const;
  void bound_lingering();

  struct Child {
    std::uint64_t action = 0;
    std::unique_ptr<ChildProcess> process;
  };

  os::Reactor& reactor_;
  std::string systemctl_;
  std::vector<rules::Target> targets_;
  std::uint64_t last_child_ = 0;
  std::map<std::uint64_t, Child> children_;  // in the order of their start
};

}  // namespace slewd::remedy
