// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/fleet/kube_fleet.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "agent/remedy/fleet/lease_json.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kChecksBegin = 1min;  // at most, at random: pods start together
constexpr Nanos kNextCheck = 2s;
constexpr Nanos kChecksAgain = 10min;  // while one is missing

std::string name_of(const SlotPlan& plan, int slot) {
  return plan.prefix + "-" + std::to_string(slot);
}

SlotAnswer unknown(std::string reason) {
  return {SlotAnswer::Kind::unknown, {}, std::move(reason)};
}

}  // namespace

KubeFleet::KubeFleet(os::Reactor& reactor, KubeApi& api, const std::string& run, std::uint64_t seed,
                     CorrectedTime corrected)
    : reactor_(reactor),
      api_(api),
      identity_(api.access().node + "/" + api.access().pod_uid + "/" + run),
      seeds_(seed),
      corrected_(std::move(corrected)) {}

void KubeFleet::configure(const std::vector<SlotPlan>& plans) {
  plans_.clear();
  for (const SlotPlan& plan : plans) plans_.emplace(plan.lock, plan);
  rebuild();
}

void KubeFleet::rebuild() {
  std::erase_if(locks_, [&](const auto& entry) {
    const auto plan = plans_.find(entry.first);
    const bool current = plan != plans_.end() && plan->second == entry.second->plan;
    return !current && entry.second->machine.resting();
  });
  for (const auto& [name, plan] : plans_) {
    if (locks_.contains(name)) continue;
    locks_.emplace(name, std::make_shared<Lock>(reactor_, plan, identity_, seeds_.next()));
    if (to_check_.contains(name)) start_check(locks_.at(name));
  }
}

KubeFleet::Fewness KubeFleet::too_few_healthy(const SlotPlan& plan) const {
  if (plan.min_healthy == 0 && plan.min_healthy_share == 0) return {};
  if (!health_) return {"unknown how many nodes are healthy", true};
  const auto health = health_();
  if (!health) return {health.error().describe(), true};
  const bool enough =
      health->well >= plan.min_healthy && health->well >= plan.min_healthy_share * health->nodes;
  if (enough) return {};
  return {"only " + std::to_string(health->well) + " of " + std::to_string(health->nodes) +
              " nodes are well",
          false};
}

void KubeFleet::want(const std::set<std::string>& locks) {
  rebuild();
  for (auto& [name, lock] : locks_) {
    const auto plan = plans_.find(name);
    const bool current = plan != plans_.end() && plan->second == lock->plan;
    const bool wanted = current && locks.contains(name);
    const Fewness few = wanted ? too_few_healthy(lock->plan) : Fewness{};
    lock->too_few = few.reason;
    lock->health_unknown = few.unknown;
    lock->machine.want(wanted && few.reason.empty(), reactor_.boot());
    pump(lock);
  }
}

void KubeFleet::check_slots(const std::set<std::string>& locks) {
  to_check_ = locks;
  for (auto& [name, lock] : locks_) {
    lock->check.stop();
    lock->unchecked.clear();
    if (locks.contains(name)) start_check(lock);
  }
}

void KubeFleet::start_check(const std::shared_ptr<Lock>& lock) {
  for (int slot = 0; slot < lock->plan.slots; ++slot) lock->unchecked.insert(slot);
  check_after(lock, seeds_.between(Nanos{0}, kChecksBegin));
}

void KubeFleet::check_after(const std::shared_ptr<Lock>& lock, Nanos wait) {
  lock->check.start(reactor_.now() + wait, [this, weak = std::weak_ptr<Lock>(lock)] {
    if (const auto due = weak.lock()) check_next(due);
  });
}

void KubeFleet::check_next(const std::shared_ptr<Lock>& lock) {
  if (lock->unchecked.empty()) return;
  const int slot = *lock->unchecked.begin();
  lock->unchecked.erase(slot);
  auto call = call_for(*lock, {.slot = slot, .write = false, .lease = {}, .taken = false});
  if (!call) return;
  api_.call(std::move(*call),
            [this, alive = std::weak_ptr<char>(alive_), weak = std::weak_ptr<Lock>(lock),
             slot](const Result<HttpResponse>& answer) {
              const auto asked = weak.lock();
              if (alive.expired() || !asked) return;
              note_existence(*asked, slot, answer);
              if (!success_of(answer)) asked->checked_in_vain.insert(slot);
              Nanos wait = kNextCheck;
              if (asked->unchecked.empty()) {
                asked->unchecked = std::exchange(asked->checked_in_vain, {});
                wait = kChecksAgain;
              }
              if (asked->unchecked.empty()) return;
              check_after(asked, wait);
            });
}

// A refusal says nothing of it.
void KubeFleet::note_existence(Lock& lock, int slot, const Result<HttpResponse>& answer) const {
  if (answer && answer->status == 404) lock.missing.insert(slot);
  if (success_of(answer)) lock.missing.erase(slot);
}

std::map<std::string, SlotView> KubeFleet::slots() const {
  std::map<std::string, SlotView> views;
  for (const auto& [name, lock] : locks_) {
    SlotView view = lock->machine.view();
    if (!lock->too_few.empty() && view.state == SlotState::idle) {
      view.state = lock->health_unknown ? SlotState::unreachable : SlotState::waiting;
      view.reason = lock->too_few;
    }
    view.unreachable = view.unreachable || lock->health_unknown || api_.away();
    for (const int slot : lock->missing) view.missing.push_back(name_of(lock->plan, slot));
    views.emplace(name, std::move(view));
  }
  return views;
}

void KubeFleet::confirm(const std::string& name, Confirmed done) {
  const auto found = locks_.find(name);
  if (found == locks_.end()) return done(false, "no lock is named '" + name + "'");
  const auto lock = found->second;
  const Fewness few = too_few_healthy(lock->plan);
  if (!few.reason.empty()) return done(false, few.reason);
  lock->machine.confirm(reactor_.boot(), std::move(done));
  pump(lock);
}

void KubeFleet::confirm_again(const std::string& name, Confirmed done) {
  const auto found = locks_.find(name);
  if (found == locks_.end()) return done(false, "no lock is named '" + name + "' any more");
  const auto lock = found->second;
  lock->machine.confirm_again(reactor_.boot(), std::move(done));
  pump(lock);
}

void KubeFleet::finished(const std::string& name) {
  const auto found = locks_.find(name);
  if (found == locks_.end()) return;
  const auto lock = found->second;
  lock->machine.finished(reactor_.boot());
  pump(lock);
}

void KubeFleet::pump(const std::shared_ptr<Lock>& lock) {
  while (const auto request = lock->machine.next(reactor_.boot())) send(lock, *request);
  const auto wake = lock->machine.wake();
  if (!wake) return lock->wake.stop();
  // A suspend makes it late; everything is then judged by the boot time.
  const Nanos wait = std::max(*wake - reactor_.boot(), Nanos{0});
  lock->wake.start(reactor_.now() + wait, [this, weak = std::weak_ptr<Lock>(lock)] {
    if (const auto due = weak.lock()) pump(due);
  });
}

Result<KubeCall> KubeFleet::call_for(const Lock& lock, const SlotRequest& request) const {
  KubeCall call;
  call.path = "/apis/coordination.k8s.io/v1/namespaces/" + api_.access().name_space + "/leases/" +
              name_of(lock.plan, request.slot);
  call.timeout = std::clamp<Nanos>(lock.plan.ttl / 6, 1s, 10s);
  call.may_be_missing = true;  // the lock reports it
  if (!request.write) return call;
  const auto object = lock.objects.find(request.slot);
  if (object == lock.objects.end()) return fail(ErrorCode::internal, "the slot was never read");
  auto body = with_lease(object->second, request.lease, request.taken, corrected_());
  if (!body) return fail(body.error());
  call.method = "PUT";
  call.content_type = "application/json";
  call.body = std::move(*body);
  return call;
}

void KubeFleet::send(const std::shared_ptr<Lock>& lock, const SlotRequest& request) {
  auto call = call_for(*lock, request);
  if (!call) return lock->machine.answer(unknown(call.error().describe()), reactor_.boot());
  api_.call(std::move(*call),
            [this, alive = std::weak_ptr<char>(alive_), weak = std::weak_ptr<Lock>(lock),
             slot = request.slot](const Result<HttpResponse>& answer) {
              const auto asked = weak.lock();
              if (alive.expired() || !asked) return;
              on_answer(asked, slot, answer);
              pump(asked);
            });
}

void KubeFleet::on_answer(const std::shared_ptr<Lock>& lock, int slot,
                          const Result<HttpResponse>& answer) {
  const BootTime now = reactor_.boot();
  note_existence(*lock, slot, answer);
  if (answer && answer->status == 409)
    return lock->machine.answer({SlotAnswer::Kind::conflict, {}, ""}, now);
  if (answer && answer->status == 404)
    return lock->machine.answer({SlotAnswer::Kind::missing,
                                 {},
                                 "there is no Lease " + name_of(lock->plan, slot) +
                                     " in namespace " + api_.access().name_space},
                                now);
  if (const auto success = success_of(answer); !success)
    return lock->machine.answer(unknown(success.error().describe()), now);
  auto lease = parse_lease(answer->body);
  if (!lease) return lock->machine.answer(unknown(lease.error().describe()), now);
  lock->objects[slot] = answer->body;
  lock->machine.answer({SlotAnswer::Kind::done, std::move(*lease), ""}, now);
}

}  // namespace slewd::remedy
