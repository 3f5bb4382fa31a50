// SPDX-License-Identifier: Apache-2.0
// What the agent shares with other machines: the fleet's slots, this Kubernetes node, webhooks.
// Outside a cluster the fleet is this host alone; in a pod that cannot use the Kubernetes API there
// is none, and no rule acts under a lock. Agent thread only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/app/log.hpp"
#include "agent/os/reactor.hpp"
#include "agent/remedy/fleet/fleet.hpp"
#include "agent/remedy/fleet/kube_access.hpp"
#include "agent/remedy/fleet/kube_health.hpp"
#include "agent/remedy/ports/absent_actuator.hpp"
#include "agent/remedy/web/threaded_http_client.hpp"
#include "agent/remedy/web/webhook_actuator.hpp"
#include "rules/facts.hpp"
#include "rules/rule.hpp"
#include "rules/status.hpp"

namespace slewd::app {

class Cluster {
 public:
  // getenv(3); empty for what is not set.
  static std::string process_environment(std::string_view name);

  struct Options {
    std::string state_directory;  // where lock files are; empty: no fleet on this host
    std::string boot_id;
    // True time as measured from the sources; none when they do not agree on it.
    std::function<std::optional<rules::TrueTime>()> true_time;
    // What Kubernetes gives to a pod.
    remedy::Environment environment = process_environment;
    std::string service_account = std::string(remedy::kServiceAccountFolder);
  };

  Cluster(os::Reactor& reactor, Log& log, Options options);
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;
  ~Cluster();

  // Takes the rule files now in force.
  void configure(const rules::RuleFile& file);

  // In each round: the locks that rules need now, and the state of this node's clock.
  struct OwnClock {
    std::optional<Nanos> offset;
    bool synchronized = false;
  };
  // `about_to_act`: only the other machines keep a rule from acting.
  void look(const std::set<std::string>& wanted, bool about_to_act, const OwnClock& clock);
  void confirm(const std::string& lock, std::function<void(bool, std::string)> done);
  void confirm_again(const std::string& lock, std::function<void(bool, std::string)> done);
  // Once for each confirm() that has returned true.
  void finished(const std::string& lock);

  [[nodiscard]] std::map<std::string, rules::SlotFact, std::less<>> slots() const;
  [[nodiscard]] std::optional<std::string> storm() const;
  [[nodiscard]] rules::FleetView view() const;

  [[nodiscard]] remedy::Actuator& webhooks() { return webhook_actuator_; }
  [[nodiscard]] remedy::Actuator& node();
  // Why there is no Kubernetes node here; empty if there is.
  [[nodiscard]] const std::string& no_node() const { return why_no_node_; }
  [[nodiscard]] const std::string& node_name() const { return node_name_; }

 private:
  struct Kubernetes;
  [[nodiscard]] remedy::Fleet& fleet() const;
  [[nodiscard]] std::string why_impossible(const remedy::SlotPlan& plan) const;
  void tell(const remedy::KubeNews& news);
  void tell_missing();
  void lack_node(const std::string& why);

  os::Reactor& reactor_;
  Log& log_;
  Options options_;
  std::string node_name_;
  remedy::ThreadedHttpClient http_;
  remedy::Webhook webhook_;
  remedy::WebhookActuator webhook_actuator_;
  std::unique_ptr<Kubernetes> kubernetes_;  // null outside a cluster
  std::string why_no_node_;
  std::unique_ptr<remedy::AbsentActuator> no_node_;
  std::unique_ptr<remedy::Fleet> own_fleet_;       // without Kubernetes
  std::string cut_off_;                            // why the pod cannot use the API
  std::map<std::string, std::string> impossible_;  // unusable locks, and why
  std::set<std::string> in_use_;                   // confirmed and not finished
  std::map<std::string, std::vector<std::string>> logged_missing_;  // slots by lock, as last logged
  bool census_ = false;  // the states of other nodes are read
  bool storms_ = false;  // storms are checked, as configured
};

}  // namespace slewd::app
