// SPDX-License-Identifier: Apache-2.0
// Acts on units: one job of systemd each, waited for until its end. Agent thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/os/reactor.hpp"
#include "agent/remedy/ports/actuator.hpp"
#include "agent/remedy/units/unit_connection.hpp"
#include "agent/remedy/units/unit_dependents.hpp"
#include "agent/remedy/units/unit_look.hpp"
#include "rules/intent.hpp"

namespace slewd::remedy {

class UnitJobs {
 public:
  using Done = std::function<void(ActResult)>;

  UnitJobs(os::Reactor& reactor, UnitConnection& connection);

  void protect(std::vector<std::string> units) { protected_ = std::move(units); }

  // As UnitBus::act(). Nothing is reported from within.
  void act(std::uint64_t id, rules::Verb verb, const std::string& unit, Nanos timeout, Done done);
  void abandon(std::uint64_t id);

  // The connection's events; UnitBus passes them on.
  void on_ready();
  void on_lost(const std::string& why);
  void on_signal(sd_bus_message* message);

  // Calls what has ended meanwhile.
  void report_ends();

 private:
  enum class Stage {
    waiting,  // for the connection
    looking,  // which unit is it, and may it be touched
    asked,    // systemd shall queue a job
    running,  // the job has no end yet
    ended     // the unit is looked at once more, for the report
  };
  struct Act {
    Act(os::Reactor& reactor, std::uint64_t caller, rules::Verb wanted, std::string name)
        : id(caller), verb(wanted), unit(std::move(name)), deadline(reactor) {}
    std::uint64_t id;
    rules::Verb verb;
    std::string unit;  // its own name once that is known
    Done done;
    os::Timer deadline;
    Nanos timeout{};
    MonoTime ends;
    Stage stage = Stage::waiting;
    std::string job;     // path of its object
    std::string result;  // of the job
    // Ends of the unit's jobs that came before the answer that names ours.
    std::deque<std::pair<std::string, std::string>> early;
  };
  using Key = std::uint64_t;

  void look(Key key, Act& act);
  void on_look(Key key, const UnitLook& found);
  void on_dependents(Key key, const LeftStopped& left_stopped);
  void ask_for_job(Key key, Act& act);
  void on_queued(Key key, const BusReply& reply);
  void on_job_removed(sd_bus_message* message);
  void on_end(Key key, Act& act, const std::string& result);
  void on_deadline(Key key);
  void end(Key key, rules::Ending ending, std::string detail);
  [[nodiscard]] Nanos left(const Act& act) const;
  [[nodiscard]] Act* find(Key key);

  os::Reactor& reactor_;
  UnitConnection& connection_;
  os::Timer soon_;
  std::vector<std::string> protected_;
  Key last_key_ = 0;
  std::map<Key, Act> acts_;
  struct End {
    std::uint64_t id;
    Done done;
    ActResult result;
  };
  std::deque<End> ends_;
};

}  // namespace slewd::remedy
