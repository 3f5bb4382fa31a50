// SPDX-License-Identifier: Apache-2.0
// Children without an owner: killed, and watched until they have really ended, since
// a dead child that is not reaped stays in the process table. Agent thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "agent/remedy/process/child_process.hpp"

namespace slewd::remedy {

class ChildReaper {
 public:
  // Kills the child's group. A child that has ended is dropped at once.
  void take(std::string owner, std::unique_ptr<ChildProcess> child);
  // Of this owner, killed but not yet gone: a process that waits for a dead disk cannot die.
  [[nodiscard]] std::size_t waiting(std::string_view owner) const;

 private:
  struct Entry {
    std::string owner;
    std::unique_ptr<ChildProcess> child;
  };
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, Entry> children_;
};

}  // namespace slewd::remedy
