// SPDX-License-Identifier: Apache-2.0
// Three NTP servers on loopback ports, real UDP, embedded in the demo's process.
#pragma once

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "agent/os/poll_loop.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"
#include "sim/ntp_server.hpp"

#include "lab/demo/demo_machine.hpp"

namespace slewd::lab {

class NtpResponder {
 public:
  // One server for each personality, each on a free port of 127.0.0.1.
  [[nodiscard]] static Result<std::unique_ptr<NtpResponder>> start(
      const DemoMachine& machine, const std::vector<sim::Personality>& personalities);
  ~NtpResponder();
  NtpResponder(const NtpResponder&) = delete;
  NtpResponder& operator=(const NtpResponder&) = delete;

  [[nodiscard]] const std::vector<std::uint16_t>& ports() const { return ports_; }

 private:
  explicit NtpResponder(const DemoMachine& machine);
  Result<void> open(const sim::Personality& personality);
  void answer(int socket, const sim::Personality& personality);

  const DemoMachine& machine_;
  os::PollLoop loop_;
  std::vector<Fd> sockets_;
  std::vector<std::uint16_t> ports_;
  std::jthread thread_;
};

}  // namespace slewd::lab
