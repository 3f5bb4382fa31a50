// SPDX-License-Identifier: Apache-2.0
// A probe whose answer this process has already: it is looked up at the loop's next turn.
#pragma once

#include <functional>
#include <utility>

#include "agent/os/reactor.hpp"
#include "agent/remedy/ports/probe.hpp"

namespace slewd::remedy {

class InstantProbe final : public Probe {
 public:
  // `look` must not block.
  InstantProbe(os::Reactor& reactor, std::function<ProbeResult()> look)
      : look_(std::move(look)), next_turn_(reactor), reactor_(reactor) {}

  void begin(std::function<void(ProbeResult)> done) override {
    next_turn_.start(reactor_.now(), [this, when_done = std::move(done)] { when_done(look_()); });
  }

 private:
  std::function<ProbeResult()> look_;
  os::Timer next_turn_;
  os::Reactor& reactor_;
};

}  // namespace slewd::remedy
