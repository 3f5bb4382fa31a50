// SPDX-License-Identifier: Apache-2.0
#include "agent/app/cluster.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include "agent/remedy/fleet/absent_fleet.hpp"
#include "agent/remedy/fleet/file_lock_fleet.hpp"
#include "agent/remedy/fleet/kube_api.hpp"
#include "agent/remedy/fleet/kube_census.hpp"
#include "agent/remedy/fleet/kube_events.hpp"
#include "agent/remedy/fleet/kube_fleet.hpp"
#include "agent/remedy/fleet/kube_node.hpp"
#include "agent/remedy/fleet/node_actuator.hpp"
#include "base/duration.hpp"
#include "base/host.hpp"
#include "base/text.hpp"
#include "rules/files/chain_time.hpp"

namespace slewd::app {
namespace {

constexpr Nanos kHarmless = std::chrono::milliseconds(100);  // a smaller offset is not reported
// Leases are PREFIX-NODE: what the chart's admission policy allows a pod of that node.
constexpr const char* kCensusPrefix = "slewd-node";
constexpr const char* kOutside = "not running in a Kubernetes cluster";

remedy::SlotPlan plan_of(const rules::FleetLock& lock) {
  remedy::SlotPlan plan;
  plan.lock = lock.name;
  plan.prefix = "slewd-" + lock.name;
  plan.slots = lock.slots;
  plan.ttl = lock.ttl;
  plan.interval = lock.interval;
  plan.jitter = lock.jitter;
  plan.min_healthy_share = lock.min_healthy;
  return plan;
}

// This node's own state, and what is wrong with the lock.
std::string reason_of(const remedy::SlotView& view) {
  std::string text = view.reason;
  if (!view.missing.empty() && text.find("there is no Lease") == std::string::npos)
    append_item(text, ("there is no Lease " + joined(view.missing)), "; ");
  return text;
}

rules::SlotFact fact_of(const remedy::SlotView& view) {
  const std::string reason = reason_of(view);
  return {view.state == remedy::SlotState::held,
          std::string(to_string(view.state)) + (reason.empty() ? "" : ", " + reason)};
}

rules::KubeView view_of(remedy::KubeObject object, const remedy::KubeHealth& health, MonoTime now) {
  rules::KubeView view{std::string(to_string(object)), {}, health.failing(object, now)};
  for (const remedy::KubeResult result : remedy::kKubeResults)
    view.requests.emplace_back(to_string(result), health.count(object, result));
  return view;
}

// The census has its Leases under the names of such a lock.
bool is_name_of_census(const std::string& lock) {
  return lock == "node" || lock.starts_with("node-");
}

// The locks of rules that may act.
bool may_act_under(const rules::FleetLock& lock, const rules::RuleFile& file) {
  return std::ranges::any_of(file.rules, [&](const rules::Rule& rule) {
    return rule.fleet == lock.name &&
           std::min(rule.mode, file.limits().mode) == rules::RuleMode::act;
  });
}

}  // namespace

struct Cluster::Kubernetes {
  Kubernetes(os::Reactor& reactor, remedy::HttpClient& http, remedy::KubeAccess access,
             const std::string& run, const std::function<WallTime()>& corrected)
      : api(reactor, http, std::move(access)),
        fleet(reactor, api, run, std::hash<std::string>{}(api.access().node), corrected),
        node(reactor, api, corrected),
        events(reactor, api, run, corrected),
        census(reactor, api, kCensusPrefix, remedy::StormPlan{}, corrected),
        actuator(node, events) {
    fleet.set_health([this] { return census.known_health(); });
  }

  remedy::KubeApi api;
  remedy::KubeFleet fleet;
  remedy::KubeNode node;
  remedy::KubeEvents events;
  remedy::KubeCensus census;
  remedy::NodeActuator actuator;
};

std::string Cluster::process_environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? "" : value;
}

Cluster::Cluster(os::Reactor& reactor, Log& log, Options options)
    : reactor_(reactor),
      log_(log),
      options_(std::move(options)),
      node_name_(host_name()),
      http_(reactor_),
      webhook_(reactor_, http_, std::hash<std::string>{}(node_name_)),
      webhook_actuator_(webhook_) {
  const auto corrected = [this] {
    const auto time = options_.true_time();
    return time ? time->now : reactor_.wall();
  };
  auto access = remedy::kube_access(options_.environment, options_.service_account);
  if (access) {
    if (!access->node.empty()) node_name_ = access->node;
    const std::string run = std::to_string(reactor_.boot().since_epoch.count());
    kubernetes_ = std::make_unique<Kubernetes>(reactor_, http_, std::move(*access), run, corrected);
    kubernetes_->api.set_true_time([this]() -> std::optional<WallTime> {
      const auto time = options_.true_time();
      return time ? std::optional(time->now) : std::nullopt;
    });
    kubernetes_->api.on_news([this](const remedy::KubeNews& news) { tell(news); });
    kubernetes_->api.watch(std::hash<std::string>{}(node_name_));
    return;
  }
  // A lock file in each pod would let every pod act at once.
  if (!options_.environment("KUBERNETES_SERVICE_HOST").empty()) {
    cut_off_ = "this pod cannot use the Kubernetes API: " + access.error().describe();
    own_fleet_ = std::make_unique<remedy::AbsentFleet>(cut_off_);
    lack_node(cut_off_);
    return;
  }
  lack_node(kOutside);
  const std::string folder =
      options_.state_directory.empty() ? "" : options_.state_directory + "/fleet";
  if (!folder.empty())
    (void)::mkdir(folder.c_str(), 0750);  // opening a file in it reports the error
  own_fleet_ = std::make_unique<remedy::FileLockFleet>(reactor_, folder, options_.boot_id);
}

Cluster::~Cluster() = default;

void Cluster::lack_node(const std::string& why) {
  why_no_node_ = why;
  no_node_ = std::make_unique<remedy::AbsentActuator>(why);
}

remedy::Fleet& Cluster::fleet() const {
  return kubernetes_ != nullptr ? kubernetes_->fleet : *own_fleet_;
}

// Why the lock cannot work; empty if it can.
std::string Cluster::why_impossible(const remedy::SlotPlan& plan) const {
  if (const auto problem = problem_of(plan); problem) return problem->describe();
  if (!cut_off_.empty()) return cut_off_;
  if (kubernetes_ != nullptr && is_name_of_census(plan.lock))
    return "the name is reserved: Leases slewd-node-... hold the states of the nodes; rename the "
           "lock";
  if (kubernetes_ == nullptr && plan.min_healthy_share > 0) return "min_healthy needs a cluster";
  return {};
}

void Cluster::configure(const rules::RuleFile& file) {
  std::vector<remedy::SlotPlan> plans;
  std::set<std::string> of_use;
  impossible_.clear();
  for (const rules::FleetLock& lock : file.fleet) {
    remedy::SlotPlan plan = plan_of(lock);
    std::string why = why_impossible(plan);
    if (why.empty()) {
      if (may_act_under(lock, file)) of_use.insert(lock.name);
      plans.push_back(std::move(plan));
    } else if (may_act_under(lock, file)) {
      log_.write(LogLevel::error, "fleet lock unusable; rules that need it will not act",
                 {{"lock", lock.name}, {"error", why}});
      impossible_[lock.name] = std::move(why);
    }
  }
  for (const std::string& each : rules::locks_that_end_too_early(file))
    log_.write(LogLevel::warning, "a fleet lock expires before the actions under it end",
               {{"error", each}});
  const auto share = file.limits().storm_share;
  storms_ = share.has_value();
  census_ = rules::asks_for_other_nodes(file);
  if (kubernetes_ != nullptr && share) kubernetes_->census.set_share(*share);
  if (!cut_off_.empty() && storms_)
    log_.write(LogLevel::error, "storm check impossible; service actions blocked",
               {{"error", cut_off_}});
  fleet().configure(plans);
  if (kubernetes_ != nullptr) kubernetes_->fleet.check_slots(of_use);
}

void Cluster::tell(const remedy::KubeNews& news) {
  const std::string object(to_string(news.object));
  if (!news.failing)
    return log_.write(LogLevel::info, "Kubernetes API works again",
                      {{"object", object}, {"after", format_rounded(news.lasted)}});
  log_.write(LogLevel::warning, "Kubernetes API request failed",
             {{"object", object},
              {"result", std::string(to_string(news.result))},
              {"error", news.reason},
              {"for", format_rounded(news.lasted)},
              {"help", cure_of(news.object, news.result)}});
}

// Logs each change: fewer nodes may act at once than the rules allow.
void Cluster::tell_missing() {
  for (const auto& [lock, view] : fleet().slots()) {
    std::vector<std::string>& logged = logged_missing_[lock];
    if (logged == view.missing) continue;
    logged = view.missing;
    if (logged.empty())
      log_.write(LogLevel::info, "all slots of a fleet lock have a Lease", {{"lock", lock}});
    else
      log_.write(LogLevel::warning, "a fleet lock has fewer Leases than slots",
                 {{"lock", lock},
                  {"missing", joined(logged)},
                  {"help", "raise fleet.slots of the chart for slewd-" + lock +
                               ", or lower the slots of the lock in its rule file"}});
  }
}

void Cluster::look(const std::set<std::string>& wanted, bool about_to_act, const OwnClock& clock) {
  fleet().want(wanted);
  if (kubernetes_ != nullptr) tell_missing();
  if (kubernetes_ == nullptr || !census_) return;
  using remedy::OffsetSign;
  OffsetSign sign = OffsetSign::none;
  if (clock.offset && magnitude(*clock.offset) > kHarmless)
    sign = *clock.offset > Nanos{0} ? OffsetSign::behind : OffsetSign::ahead;
  kubernetes_->census.report(sign, clock.synchronized && sign == OffsetSign::none);
  if (about_to_act) kubernetes_->census.look();
}

void Cluster::confirm(const std::string& lock, std::function<void(bool, std::string)> done) {
  const auto answer = [this, lock, done = std::move(done)](bool ours, const std::string& detail) {
    if (ours) in_use_.insert(lock);
    done(ours, detail);
  };
  fleet().confirm(lock, answer);
}

void Cluster::confirm_again(const std::string& lock, std::function<void(bool, std::string)> done) {
  fleet().confirm_again(lock, std::move(done));
}

void Cluster::finished(const std::string& lock) {
  in_use_.erase(lock);
  fleet().finished(lock);
}

std::map<std::string, rules::SlotFact, std::less<>> Cluster::slots() const {
  std::map<std::string, rules::SlotFact, std::less<>> facts;
  for (const auto& [lock, view] : fleet().slots()) facts[lock] = fact_of(view);
  for (const auto& [lock, why] : impossible_) facts[lock] = {false, why};
  // A lock is held for one action at a time.
  for (const std::string& lock : in_use_) facts[lock] = {false, "in use for another rule"};
  return facts;
}

std::optional<std::string> Cluster::storm() const {
  if (storms_ && !cut_off_.empty()) return "state of the other nodes unknown: " + cut_off_;
  if (kubernetes_ == nullptr || !storms_) return std::nullopt;
  // If the other nodes are unknown, assume a storm: a bad server misleads all nodes at once.
  if (!kubernetes_->census.fresh()) return kubernetes_->census.known_health().error().describe();
  const remedy::StormView& view = kubernetes_->census.storm();
  return view.storm ? std::optional(view.reason) : std::nullopt;
}

rules::FleetView Cluster::view() const {
  using remedy::SlotState;
  rules::FleetView shown;
  for (const auto& [lock, slot] : fleet().slots()) {
    const bool ours = slot.state == SlotState::held || slot.state == SlotState::cooling;
    shown.locks.push_back({lock, std::string(to_string(slot.state)), reason_of(slot), ours,
                           slot.unreachable || slot.state == SlotState::unreachable});
    if (kubernetes_ != nullptr) shown.locks.back().missing = slot.missing;
  }
  for (const auto& [lock, why] : impossible_)
    shown.locks.push_back({lock, std::string(to_string(SlotState::unreachable)), why, false, true});
  if (kubernetes_ != nullptr)
    for (const remedy::KubeObject object : remedy::kKubeObjects)
      shown.kubernetes.push_back(view_of(object, kubernetes_->api.health(), reactor_.now()));
  shown.watches_storms = storms_ && (kubernetes_ != nullptr || !cut_off_.empty());
  shown.storm = storm().value_or("");
  return shown;
}

remedy::Actuator& Cluster::node() {
  if (kubernetes_ == nullptr) return *no_node_;
  return kubernetes_->actuator;
}

}  // namespace slewd::app
