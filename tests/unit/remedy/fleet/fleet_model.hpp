// SPDX-License-Identifier: Apache-2.0
// A fleet in small: agents with clocks of their own, an API that stores Leases, and what goes wrong
// between them. Everything follows from the seed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/remedy/fleet/lease_slots.hpp"

namespace slewd::remedy {

// True time of the model.
using True = Nanos;

struct ModelFaults {
  bool on = true;
  double lost_request = 0.03;
  double lost_answer = 0.03;  // written, but nobody is told
  double late_write = 0.02;   // written minutes after the agent has given up
  double server_error = 0.03;
  double pause_after_fence = 0.03;  // between the fencing read and the action
  double pauses_an_hour = 2;        // for up to four times to live; half of them suspends
  double crashes_an_hour = 1;
  double outages_an_hour = 1;        // of an agent's network, up to three times to live
  double foreign_edits_an_hour = 2;  // of a lease, by people
};

class FleetModel {
 public:
  FleetModel(std::uint64_t seed, int agents, SlotPlan plan);

  void run_for(True duration);
  void stop_faults();
  // From now on all want the slot until they have acted once more.
  void everyone_wants_once();
  // From now on all want the slot at any time.
  void everyone_wants_always() { always_ = true; }
  [[nodiscard]] int still_waiting() const;

  struct Act {
    True at{};
    int agent = 0;
    int slot = 0;
    bool fence_outlived = false;  // the agent has slept since its last write: nobody can know
  };
  [[nodiscard]] const std::vector<Act>& acts() const { return acts_; }
  // The most actions that began within any time shorter than the interval, but for those that no
  // fence can prevent.
  [[nodiscard]] int most_within_interval() const;
  // The most actions of others between two of one agent, or before its first or after its last; in
  // rounds, of which each gives every other agent one.
  [[nodiscard]] double most_rounds_passed_over() const;
  // Actions that began, or went on, without the slot.
  [[nodiscard]] int trespasses() const { return trespasses_; }
  [[nodiscard]] int fences_outlived() const;

 private:
  struct Answer {
    std::uint64_t request = 0;
    SlotAnswer answer;
  };
  struct Agent {
    std::unique_ptr<LeaseSlots> machine;
    std::string identity;
    int run = 0;
    double rate = 1;
    Nanos local{};
    True asleep_until{};
    bool suspended = false;  // asleep with a clock that counts
    True down_until{};
    True cut_off_until{};
    True last_written{};
    True last_asleep{};
    bool wants = false;
    bool wants_once = false;
    bool confirming = false;
    bool about_to_act = false;
    std::optional<True> acts_until;
    std::uint64_t request = 0;  // awaited; zero: none
    Nanos gives_up{};           // local
    std::vector<Answer> mail;
  };
  struct Arrival {  // of a request at the API
    int agent = 0;
    std::uint64_t id = 0;
    SlotRequest request;
    std::string identity;
    bool answered = true;
  };

  [[nodiscard]] bool happens(double probability);
  [[nodiscard]] bool happens_hourly(double times) { return happens(times * kStep / 3600); }
  [[nodiscard]] True up_to(double times_to_live);
  void start(int index);
  void step();
  void disturb(int index);
  void run(int index);
  void live(int index);
  void send(int index, const SlotRequest& request);
  void serve(const Arrival& arrival);
  void act(int index);
  void end_action(int index);
  [[nodiscard]] BootTime local(const Agent& agent) const { return BootTime{agent.local}; }

  static constexpr double kStep = 0.5;

  Jitter random_;
  SlotPlan plan_;
  ModelFaults faults_;
  True now_{};
  std::vector<Agent> agents_;
  std::vector<Lease> leases_;
  std::uint64_t last_version_ = 0;
  std::uint64_t last_request_ = 0;
  std::multimap<True, Arrival> to_server_;
  std::multimap<True, std::pair<int, Answer>> to_agents_;
  std::vector<Act> acts_;
  int trespasses_ = 0;
  bool always_ = false;
};

}  // namespace slewd::remedy
