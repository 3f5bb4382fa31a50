// SPDX-License-Identifier: Apache-2.0
// Board<T>: one writer publishes an immutable value, any reader takes the latest. A reader
// holds the flag for the copy of one pointer and can neither block others nor be blocked for long.
// Not std::atomic<std::shared_ptr>: libstdc++ 12 releases its bit after a load with relaxed order.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

namespace slewd {

template <class T>
class Board {
 public:
  // By the owning thread only.
  void publish(std::shared_ptr<const T> value) {
    enter();
    latest_.swap(value);
    leave();  // the former value, if this was its last holder, goes after the flag is free
  }
  // By any thread. Null before the first publish.
  [[nodiscard]] std::shared_ptr<const T> latest() const {
    enter();
    std::shared_ptr<const T> copy = latest_;
    leave();
    return copy;
  }

 private:
  void enter() const {
    while (busy_.test_and_set(std::memory_order_acquire)) busy_.wait(true);
  }
  void leave() const {
    busy_.clear(std::memory_order_release);
    busy_.notify_one();
  }

  mutable std::atomic_flag busy_;
  std::shared_ptr<const T> latest_;
};

}  // namespace slewd
