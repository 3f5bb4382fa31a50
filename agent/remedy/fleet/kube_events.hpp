// SPDX-License-Identifier: Apache-2.0
// Events of our Node, as `kubectl describe node` shows them. Equal ones within a few minutes become
// one series with a count. Agent thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "agent/os/reactor.hpp"
#include "agent/remedy/fleet/kube_api.hpp"

namespace slewd::remedy {

// Must live as long as the KubeApi answers to it.
class KubeEvents {
 public:
  using Done = std::function<void(Result<void>)>;
  using CorrectedTime = std::function<WallTime()>;

  // `run` distinguishes the names of this run's events from those of other runs.
  KubeEvents(os::Reactor& reactor, KubeApi& api, std::string run, CorrectedTime corrected);

  // `reason` is one CamelCase identifier, `note` at most a kilobyte for people. Reports once,
  // possibly from within the call.
  void event(const std::string& reason, const std::string& note, Done done);

 private:
  using Key = std::pair<std::string, std::string>;  // reason and note
  struct Series {
    std::string name;
    int count = 1;
    MonoTime last;
    bool created = false;  // the API knows it
  };

  void create(const Key& key, Series& series, Done done);
  void count_up(const Key& key, Series& series, Done done);
  void forget_old();

  os::Reactor& reactor_;
  KubeApi& api_;
  std::string run_;
  CorrectedTime corrected_;
  std::uint64_t last_ = 0;
  std::map<Key, Series> series_;
};

}  // namespace slewd::remedy
