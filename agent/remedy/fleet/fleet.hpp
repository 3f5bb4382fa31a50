// SPDX-License-Identifier: Apache-2.0
// Who of many machines may act: the port between the rules and the fleet. A lock has a number of
// slots; who holds one may act, and keeps it for the fleet's interval after the action, so that no
// more actions than slots begin within any interval. When in doubt, no node acts. Agent thread
// only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/remedy/fleet/slot_plan.hpp"

namespace slewd::remedy {

enum class SlotState {
  idle,         // no rule wants it, or the lock is unknown
  waiting,      // others hold all slots, or ours is being taken
  held,         // after confirm(), the action may begin
  lost,         // an action runs and the slot may be another's: begin no further one
  cooling,      // held after an action, so that no node acts
  unreachable,  // the lock service does not answer: no action
};

[[nodiscard]] std::string_view to_string(SlotState state);

struct SlotView {
  SlotState state = SlotState::idle;
  std::string reason;            // one line for people
  std::int64_t transitions = 0;  // the fencing number: belongs into the record of the action
  // The lock service refuses or does not answer, whatever the state is.
  bool unreachable = false;
  std::vector<std::string> missing = {};  // slots of the lock without a Lease
};

class Fleet {
 public:
  // True: act now. False: do not, and why.
  using Confirmed = std::function<void(bool, std::string)>;

  virtual ~Fleet() = default;

  // Replaces the locks; what is held under an unchanged plan, is in use or cools stays.
  virtual void configure(const std::vector<SlotPlan>& plans) = 0;

  // All locks that a rule would act under now; called at each look. A slot that is held for a lock
  // no longer wanted is given back, unless it is in use or cools.
  virtual void want(const std::set<std::string>& locks) = 0;
  // Of the locks of the configuration.
  [[nodiscard]] virtual std::map<std::string, SlotView> slots() const = 0;
  // The last look before acting: is the slot still ours, as far as anybody can know? Reports once,
  // possibly from within confirm(). After true the slot is in use until finished().
  virtual void confirm(const std::string& lock, Confirmed done) = 0;
  // The same before a further action within one use. False takes nothing back: finished() is due.
  virtual void confirm_again(const std::string& lock, Confirmed done) = 0;
  // The action has ended, well or not, or was not begun after all. The slot cools.
  virtual void finished(const std::string& lock) = 0;
};

}  // namespace slewd::remedy
