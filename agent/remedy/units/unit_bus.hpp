// SPDX-License-Identifier: Apache-2.0
// Units of systemd, over its D-Bus interface, as a user without rights of his own: polkit decides
// what he may (deploy/polkit). A bus that is absent, dies or says nothing leaves states "unknown"
// and acts reported; nothing here blocks. Agent thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "agent/os/reactor.hpp"
#include "agent/remedy/ports/actuator.hpp"
#include "agent/remedy/units/unit_authority.hpp"
#include "agent/remedy/units/unit_connection.hpp"
#include "agent/remedy/units/unit_jobs.hpp"
#include "agent/remedy/units/unit_state.hpp"
#include "agent/remedy/units/unit_watch.hpp"
#include "base/result.hpp"
#include "rules/intent.hpp"

namespace slewd::remedy {

class UnitBus {
 public:
  using Done = std::function<void(ActResult)>;
  using Listener = std::function<void(const UnitState&)>;

  // Connects when there is something to watch or to do, and not before. `on_change` gets what a
  // unit's state has become; states that come and go within one turn of the loop are passed over.
  // `on_absent` is called when there is no polkit to grant what expect_acts() announces. None of
  // these nor any Done is called from within a member, and none may destroy the bus.
  UnitBus(
      os::Reactor& reactor, BusOpener opener, Listener on_change,
      UnitAuthority::OnAbsent on_absent = [](const std::string&) {});
  UnitBus(const UnitBus&) = delete;
  UnitBus& operator=(const UnitBus&) = delete;

  // Queues the verb's job in mode "replace" and waits for its end. `done` is called once, within
  // `timeout` and 5 s more:
  //   done       the job's result was "done"
  //   failed     another result, or the bus died before it: the detail says which
  //   timed_out  `timeout` passed; systemd goes on with the job, if it has it
  //   refused    nothing was done: protected, no such unit, masked, no right, no bus
  // `id` is the caller's, unique among the acts under way.
  void act(std::uint64_t id, rules::Verb verb, const std::string& unit, Nanos timeout, Done done);
  // No report any more; a job that is queued goes on. An unknown id is ignored.
  void abandon(std::uint64_t id);

  // Units that are refused beside the built-in ones (unit_guard.hpp). Holds for later acts.
  void protect(std::vector<std::string> units);

  // Whether polkit shall be ready for acts of ours.
  void expect_acts(bool expected);

  // The units whose states are followed from now on; those that stay keep what is known of them.
  // invalid: no name of a unit; limit: more than limits::kWatchedUnits. Then nothing changes.
  [[nodiscard]] Result<void> watch(const std::vector<std::string>& units);
  // In the order of watch(), each once.
  [[nodiscard]] std::vector<UnitState> states() const { return watch_.states(); }

  // Whether systemd is connected and sends its signals.
  [[nodiscard]] bool connected() const { return connection_.ready(); }
  // Signals that posed as systemd's and were dropped.
  [[nodiscard]] std::uint64_t impostors() const { return connection_.impostors(); }

 private:
  void settle();
  void keep_connection();

  Listener on_change_;
  bool watching_ = false;
  UnitConnection connection_;
  UnitJobs jobs_;
  UnitWatch watch_;
  UnitAuthority authority_;
};

}  // namespace slewd::remedy
