// SPDX-License-Identifier: Apache-2.0
// The probe that holds a Dialogue over one TCP connection: the part that all network probes share.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/os/reactor.hpp"
#include "agent/remedy/ports/probe.hpp"
#include "agent/remedy/probes/dialogue.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd::remedy {

class SocketProbe final : public Probe {
 public:
  // Makes the conversation of one run. An error leaves the result of the run unknown.
  using Script = std::function<Result<std::unique_ptr<Dialogue>>()>;

  // `timeout` covers a whole run: connecting, and all that is said.
  SocketProbe(os::Reactor& reactor, std::string host, int port, Nanos timeout, Script script);
  SocketProbe(const SocketProbe&) = delete;
  SocketProbe& operator=(const SocketProbe&) = delete;
  ~SocketProbe() override;

  void begin(std::function<void(ProbeResult)> done) override;

 private:
  Result<void> open();
  void listen_for(short events);
  void on_ready(short events);
  void on_connected();
  void read_some();
  // Sends what it can; false when the connection is lost.
  bool write_some();
  void take(const Step& step);
  void on_deadline();
  void finish(rules::ProbeState state, std::string detail);

  os::Reactor& reactor_;
  std::string host_;
  int port_;
  Nanos timeout_;
  Script script_;

  os::Timer deadline_;
  Fd socket_;
  std::unique_ptr<Dialogue> dialogue_;
  bool connecting_ = false;
  std::string unsent_;
  std::size_t received_ = 0;
  MonoTime started_;
  std::function<void(ProbeResult)> done_;
};

}  // namespace slewd::remedy
