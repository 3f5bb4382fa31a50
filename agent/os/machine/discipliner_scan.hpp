// SPDX-License-Identifier: Apache-2.0
// Watches the process table for other programs that steer this machine's clock. In a container
// without the host's process table none is found: an absence proves nothing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "agent/os/machine/kept_file.hpp"

namespace slewd::os {

// One thread at a time, and one that may block: it reads /proc. Made to be asked once a second.
//
// A process is read when it is new, again after 1, 3, 7 ... 63 looks, since a service manager's
// child gets its name a moment after it gets its number, and then at every 64th look, in case that
// it has become another program. The table itself is listed only when a process was born since the
// last look, and at every 64th.
class DisciplinerScan {
 public:
  explicit DisciplinerScan(std::string proc = "/proc");

  // For messages: "chronyd (process 812, chrony.service)"; of several the one with the lowest ID.
  //
  // Only a process that can steer counts: with CAP_SYS_TIME in the first user namespace, and
  // neither stopped nor ended. Another slewd counts when its command line does not say to
  // observe, and has run for longer than this one: of two that may steer, the younger observes,
  // never both. Two with the same state folder exclude each other before that (instance_lock.hpp).
  [[nodiscard]] std::optional<std::string> look();

 private:
  struct Process {
    std::uint64_t age = 0;        // looks since it was first listed
    std::uint64_t listed_at = 0;  // the last look that listed it
    bool rival = false;           // has the name and the right; it may have been stopped
    std::optional<std::string> steers;
  };

  [[nodiscard]] bool has_news();
  void list();
  void examine(int pid, Process& process) const;
  [[nodiscard]] bool is_older(int pid) const;  // than this process

  std::string proc_;
  KeptFile loadavg_;
  int self_ = 0;  // this process as /proc numbers it; 0 = /proc shows another namespace
  std::uint64_t looks_ = 0;
  std::string youngest_;  // the number that the kernel gave last
  std::map<int, Process> processes_;
};

// One scan of all processes. Blocks on /proc; any thread.
[[nodiscard]] std::optional<std::string> find_discipliner(const std::string& proc = "/proc");

// Why another discipliner may run unseen: the process table is another namespace's, or hides other
// users' processes. Empty where it shows the whole machine.
[[nodiscard]] std::string hidden_processes(const std::string& proc = "/proc");

}  // namespace slewd::os
