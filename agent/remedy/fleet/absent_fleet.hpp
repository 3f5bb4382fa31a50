// SPDX-License-Identifier: Apache-2.0
// The fleet of a pod that may not ask its cluster: no lock is given.
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

  void configure(const std::vector<SlotPlan>&) override {}
  void want(const std::set<std::string>&) override {}
  [[nodiscard]] std::map<std::string, SlotView> slots() const override { return {}; }
  void confirm(const std::string&, Confirmed done) override { done(false, reason_); }
  void confirm_again(const std::string&, Confirmed done) override { done(false, reason_); }
  void finished(const std::string&) override {}

 private:
  std::string reason_;
};

}  // namespace slewd::remedy
