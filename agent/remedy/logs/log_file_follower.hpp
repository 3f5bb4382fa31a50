// SPDX-License-Identifier: Apache-2.0
// Reads plain log files as they grow, on a reactor: at events of inotify, and every few seconds
// where it does not (a network file system, a limit of watches).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/os/reactor.hpp"
#include "agent/remedy/logs/log_file.hpp"
#include "base/fd.hpp"

namespace slewd::remedy {

class LogFileFollower {
 public:
  // Must neither change nor destroy the follower.
  using Reader = std::function<void(const std::string& path, std::string_view line, bool cut)>;

  LogFileFollower(os::Reactor& reactor, Reader reader);
  LogFileFollower(const LogFileFollower&) = delete;
  LogFileFollower& operator=(const LogFileFollower&) = delete;
  ~LogFileFollower();

  // The files to follow from now on, each named once. One that was followed keeps its place; a new
  // one is opened before this returns, so that what is written from then on is read.
  void follow(const std::vector<std::string>& paths);

  // Why the file is not read now; empty when it is.
  [[nodiscard]] std::string problem(const std::string& path) const;
  [[nodiscard]] std::uint64_t skips() const;

 private:
  void watch_names();
  void wake();
  void wait();
  bool read_turn();

  os::Reactor& reactor_;
  Reader reader_;
  std::vector<std::unique_ptr<LogFile>> files_;
  std::size_t next_file_ = 0;  // where the next turn begins, so that none is starved
  std::uint64_t former_skips_ = 0;
  Fd notices_;
  os::Timer timer_;
};

}  // namespace slewd::remedy
