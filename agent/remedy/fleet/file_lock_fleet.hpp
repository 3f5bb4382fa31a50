// SPDX-License-Identifier: Apache-2.0
// The fleet of one host: slots are files that are locked by flock(2). Several slewd, and any tool
// that uses flock(1) on the same files, exclude each other. Without a folder for the files no rule
// acts. Agent thread only.
//
// The kernel gives the lock of a dead process away at once. So that a crash does not shorten the
// interval, the file says until when its slot cools, in the boot time that all on a host share.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/os/reactor.hpp"
#include "agent/remedy/fleet/fleet.hpp"
#include "agent/remedy/fleet/lock_mark.hpp"
#include "agent/remedy/fleet/slot_plan.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"

namespace slewd::remedy {

class FileLockFleet final : public Fleet {
 public:
  // Files are FOLDER/PREFIX-0 and so on.
  FileLockFleet(os::Reactor& reactor, std::string folder, std::string boot_id);

  void configure(const std::vector<SlotPlan>& plans) override;
  void want(const std::set<std::string>& locks) override;
  [[nodiscard]] std::map<std::string, SlotView> slots() const override;
  void confirm(const std::string& lock, Confirmed done) override;
  void confirm_again(const std::string& lock, Confirmed done) override;
  void finished(const std::string& lock) override;

 private:
  struct Lock {
    explicit Lock(os::Reactor& reactor) : cooling(reactor) {}
    SlotPlan plan;
    Fd file;  // locked while it is open
    std::string path;
    LockMark mark;
    bool in_use = false;
    SlotView view;
    os::Timer cooling;  // runs until the slot is given back
  };

  [[nodiscard]] bool is_current(const std::string& name, const Lock& lock) const;
  void rebuild();
  void take(Lock& lock);
  // False: held by another, or it cools.
  bool take(Lock& lock, const std::string& path);
  static bool is_unknown(Lock& lock, const Error& error);
  void let_go(Lock& lock);
  [[nodiscard]] bool mark(Lock& lock, BootTime cool_until);

  os::Reactor& reactor_;
  std::string folder_;
  std::string boot_id_;
  std::map<std::string, SlotPlan> plans_;
  std::map<std::string, std::unique_ptr<Lock>> locks_;
};

}  // namespace slewd::remedy
