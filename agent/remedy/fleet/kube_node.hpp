// SPDX-License-Identifier: Apache-2.0
// What we say of our own Node: the condition ClockUnsafe and taints. Agent thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/os/reactor.hpp"
#include "agent/remedy/fleet/kube_api.hpp"

namespace slewd::remedy {

// True says that there is a problem, as node-problem-detector has it.
inline constexpr std::string_view kNodeCondition = "ClockUnsafe";

enum class TaintEffect { no_schedule, prefer_no_schedule, no_execute };
[[nodiscard]] std::string_view to_string(TaintEffect effect);

// Must live as long as the KubeApi answers to it.
class KubeNode {
 public:
  using Done = std::function<void(Result<void>)>;
  using CorrectedTime = std::function<WallTime()>;

  // `corrected` is written into the condition's times, for people.
  KubeNode(os::Reactor& reactor, KubeApi& api, CorrectedTime corrected);

  // Writes on change of status, reason or message, and repeats every 5 minutes, so that a reader
  // sees whether we live. `reason` is one CamelCase identifier, `message` one line. What has not
  // reached the API is written at the next repeat or call. Reports once, possibly from within the
  // call; the repeats have no report.
  void set_condition(bool unsafe, std::string reason, std::string message, Done done);

  // Reads the node's taints and changes ours among them; nothing is written when it is right
  // already. Tried again when another client changes the node meanwhile. A startup taint is removed
  // by present=false. Reports once.
  void taint(const std::string& key, TaintEffect effect, bool present, Done done);

 private:
  struct Condition {
    bool unsafe = false;
    std::string reason;
    std::string message;
    friend bool operator==(const Condition&, const Condition&) = default;
  };
  struct TaintChange {
    std::string key;
    TaintEffect effect = TaintEffect::prefer_no_schedule;
    bool present = false;
    int tries = 0;
    Done done;
  };

  void write_condition(bool changed, Done done);
  void read_taints(const std::shared_ptr<TaintChange>& change);
  void write_taints(const std::shared_ptr<TaintChange>& change, const std::string& node);

  KubeApi& api_;
  CorrectedTime corrected_;
  Condition wanted_;
  bool written_ = false;  // wanted_ has reached the API
  bool known_status_ = false;
  bool written_status_ = false;  // of the last write that succeeded, when known_status_
  os::Reactor& reactor_;
  os::Timer heartbeat_;
};

}  // namespace slewd::remedy
