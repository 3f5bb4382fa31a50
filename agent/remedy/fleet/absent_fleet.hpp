// Locks that nobody can give: of a pod that may not ask its cluster. No rule acts under them, and
// each says why.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/remedy/fleet/fleet.hpp"
#include "agent/remedy/fleet/slot_plan.hpp"

namespace slewd::remedy {

class AbsentFleet final : public Fleet {
 public:
  explicit AbsentFleet(std::string reason) : reason_(std::move(reason)) {}

  void configure(const std::vector<SlotPlan>& plans) override {
    locks_.clear();
    for (const SlotPlan& plan : plans) locks_[plan.lock] = {SlotState::unreachable, reason_, 0};
  }
  void want(const std::set<std::string>&) override {}
  [[nodiscard]] std::map<std::string, SlotView> slots() const override { return locks_; }
  void confirm(const std::string&, Confirmed done) override { done(false, reason_); }
  void confirm_again(const std::string&, Confirmed done) override { done(false, reason_); }
  void finished(const std::string&) override {}

 private:
  std::string reason_;
  std::map<std::string, SlotView> locks_;
};

}  // namespace slewd::remedy
