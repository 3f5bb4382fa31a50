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

#include "agent/remedy/fleet/fleet.hpp"
#include "agent/remedy/fleet/lease_slots.hpp"
#include "agent/remedy/fleet/slot_plan.hpp"
#include "agent/remedy/fleet/storm_judge.hpp"
#include "agent/remedy/kube_api.hpp"
#include "agent/remedy/reactor.hpp"

namespace slewd::remedy {

class KubeFleet final : public Fleet {
 public:
  // How many nodes are well; nothing when that is not known or was too long ago.
  using Health = std::function<std::optional<FleetHealth>()>;
  using CorrectedTime = std::function<WallTime()>;

  // `run` names this run of the process; the holder is NODE/POD-UID/RUN. `seed` spreads the nodes:
  // it should follow from the node's name. `corrected` is written into leases for people.
  KubeFleet(Reactor& reactor, KubeApi& api, const std::string& run, std::uint64_t seed,
            CorrectedTime corrected);

  // For plans with a minimum of healthy nodes: without the hook, or an answer, they get no slot.
  void set_health(Health health) { health_ = std::move(health); }
  // What is in use goes on under its old plan until it has cooled.
  void configure(const std::vector<SlotPlan>& plans) override;

  void want(const std::set<std::string>& locks) override;
  [[nodiscard]] std::map<std::string, SlotView> slots() const override;
  void confirm(const std::string& lock, Confirmed done) override;
  void confirm_again(const std::string& lock, Confirmed done) override;
  void finished(const std::string& lock) override;

 private:
  struct Lock {
    Lock(Reactor& reactor, SlotPlan a_plan, const std::string& identity, std::uint64_t seed)
        : plan(std::move(a_plan)), machine(plan, identity, seed), wake(reactor) {}
    SlotPlan plan;
    LeaseSlots machine;
    Timer wake;
    std::map<int, std::string> objects;  // of each slot, as last read
    std::string too_few;                 // why the nodes that are well are too few
  };

  void rebuild();
  [[nodiscard]] std::string too_few_healthy(const SlotPlan& plan) const;
  void pump(const std::shared_ptr<Lock>& lock);
  void send(const std::shared_ptr<Lock>& lock, const SlotRequest& request);
  [[nodiscard]] Result<KubeCall> call_for(const Lock& lock, const SlotRequest& request) const;
  void on_answer(const std::shared_ptr<Lock>& lock, int slot, const Result<HttpResponse>& answer);

  Reactor& reactor_;
  KubeApi& api_;
  std::string identity_;
  Jitter seeds_;
  CorrectedTime corrected_;
  Health health_;
  std::map<std::string, SlotPlan> plans_;
  std::map<std::string, std::shared_ptr<Lock>> locks_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

}  // namespace slewd::remedy
