// SPDX-License-Identifier: Apache-2.0
#include "agent/core/discipline/external_steering.hpp"

#include <chrono>
#include <utility>

namespace slewd::core {
namespace {

constexpr Nanos kReassertionMemory = std::chrono::hours(1);
constexpr int kMostReassertions = 8;  // in a row, each within the memory of the one before

}  // namespace

bool ExternalSteering::set_process(const std::string& process) {
  return std::exchange(process_, process) != process;
}

std::string ExternalSteering::text() const {
  return process_ + (yields() ? " steers this clock, and mode is auto"
                              : " steers this clock as well, and mode is takeover: stop one of "
                                "the two");
}

// Two programs that undo each other's settings would never end: one has to yield.
bool ExternalSteering::takes_back(MonoTime now) {
  if (config_.mode == Mode::automatic) return false;
  if (reasserted_ && now - *reasserted_ > kReassertionMemory) reassertions_ = 0;
  if (++reassertions_ > kMostReassertions) return false;
  reasserted_ = now;
  return true;
}

}  // namespace slewd::core
