// SPDX-License-Identifier: Apache-2.0
// The fleet of a cluster: each lock's slots are Leases PREFIX-0 to PREFIX-(slots-1) in the
// release's namespace, made by Helm. See lease_slots.hpp for how they are judged. Agent thread
// only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/os/reactor.hpp"
#include "agent/remedy/fleet/fleet.hpp"
#include "agent/remedy/fleet/kube_api.hpp"
#include "agent/remedy/fleet/lease_slots.hpp"
#include "agent/remedy/fleet/slot_plan.hpp"
#include "agent/remedy/fleet/storm_judge.hpp"

namespace slewd::remedy {

class KubeFleet final : public Fleet {
 public:
  // How many nodes are well; why not, when that is not known or was too long ago.
  using Health = std::function<Result<FleetHealth>()>;
  using CorrectedTime = std::function<WallTime()>;

  // `run` names this run of the process; the holder is NODE/POD-UID/RUN. `seed` spreads the nodes:
  // it should follow from the node's name. `corrected` is written into leases for people.
  KubeFleet(os::Reactor& reactor, KubeApi& api, const std::string& run, std::uint64_t seed,
            CorrectedTime corrected);

  // For plans with a minimum of healthy nodes: without the hook, or an answer, they get no slot.
  void set_health(Health health) { health_ = std::move(health); }
  // What is in use goes on under its old plan until it has cooled.
  void configure(const std::vector<SlotPlan>& plans) override;

  // Asks once for each slot of these locks, so that a Lease or a right that is missing is known
  // before it is needed; again, rarely, as long as one is.
  void check_slots(const std::set<std::string>& locks);

  void want(const std::set<std::string>& locks) override;
  [[nodiscard]] std::map<std::string, SlotView> slots() const override;
  void confirm(const std::string& lock, Confirmed done) override;
  void confirm_again(const std::string& lock, Confirmed done) override;
  void finished(const std::string& lock) override;

 private:
  struct Lock {
    Lock(os::Reactor& reactor, SlotPlan a_plan, const std::string& identity, std::uint64_t seed)
        : plan(std::move(a_plan)), machine(plan, identity, seed), wake(reactor), check(reactor) {}
    SlotPlan plan;
    LeaseSlots machine;
    os::Timer wake;
    std::map<int, std::string> objects;  // of each slot, as last read
    std::string too_few;                 // why the nodes that are well are too few
    bool health_unknown = false;         // it is not known how many are
    std::set<int> missing;               // slots without a Lease, as last asked
    std::set<int> unchecked;             // of which it is still to be asked
    std::set<int> checked_in_vain;
    os::Timer check;
  };

  void rebuild();
  struct Fewness {
    std::string reason;  // empty: there are enough
    bool unknown = false;
  };
  [[nodiscard]] Fewness too_few_healthy(const SlotPlan& plan) const;
  void start_check(const std::shared_ptr<Lock>& lock);
  void check_after(const std::shared_ptr<Lock>& lock, Nanos wait);
  void check_next(const std::shared_ptr<Lock>& lock);
  void note_existence(Lock& lock, int slot, const Result<HttpResponse>& answer) const;
  void pump(const std::shared_ptr<Lock>& lock);
  void send(const std::shared_ptr<Lock>& lock, const SlotRequest& request);
  [[nodiscard]] Result<KubeCall> call_for(const Lock& lock, const SlotRequest& request) const;
  void on_answer(const std::shared_ptr<Lock>& lock, int slot, const Result<HttpResponse>& answer);

  os::Reactor& reactor_;
  KubeApi& api_;
  std::string identity_;
  Jitter seeds_;
  CorrectedTime corrected_;
  Health health_;
  std::map<std::string, SlotPlan> plans_;
  std::set<std::string> to_check_;
  std::map<std::string, std::shared_ptr<Lock>> locks_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

}  // namespace slewd::remedy
