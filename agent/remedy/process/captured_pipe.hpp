// SPDX-License-Identifier: Apache-2.0
// The reading end of a pipe that a child writes into: keeps the first bytes, reads and drops the
// rest, so that the child never blocks.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "agent/os/reactor.hpp"
#include "base/fd.hpp"

namespace slewd::remedy {

class CapturedPipe {
 public:
  CapturedPipe(os::Reactor& reactor, std::size_t kept) : reactor_(reactor), kept_(kept) {}
  CapturedPipe(const CapturedPipe&) = delete;
  CapturedPipe& operator=(const CapturedPipe&) = delete;
  ~CapturedPipe() { close(); }

  // `reading` must not block. `after` is called each time that something was read, or the last
  // writer has gone; it may destroy this.
  void open(Fd reading, std::function<void()> after);
  // Reads what is there, without a call of `after`.
  void read();
  void close();

  // A process may still write.
  [[nodiscard]] bool is_open() const { return pipe_.valid(); }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::size_t dropped() const { return dropped_; }  // bytes

 private:
  os::Reactor& reactor_;
  std::size_t kept_;
  Fd pipe_;
  std::string text_;
  std::size_t dropped_ = 0;
};

}  // namespace slewd::remedy
