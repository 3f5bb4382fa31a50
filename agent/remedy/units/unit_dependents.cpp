// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/units/unit_dependents.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <set>
#include <utility>

#include "agent/remedy/units/unit_look.hpp"
#include "base/limits.hpp"
#include "rules/unit_name.hpp"

namespace slewd::remedy {
namespace {

constexpr const char* kNoSuchUnit = "org.freedesktop.systemd1.NoSuchUnit";

bool runs(const UnitProperties& unit) {
  return unit.active_state && *unit.active_state != "inactive" && *unit.active_state != "failed";
}

// What the steps of one walk share: it lives as long as one of them waits for its reply.
struct Walk {
  UnitConnection& connection;
  std::string unit;
  Nanos timeout;
  std::function<void(const LeftStopped&)> done;
  std::map<std::string, UnitProperties> visited;
  std::deque<std::string> left;
};

void add(Walk& walk, const std::string& name, UnitProperties properties) {
  for (const std::string& next : properties.stops_with_it)
    if (!walk.visited.contains(next)) walk.left.push_back(next);
  walk.visited[name] = std::move(properties);
}

void go_on(const std::shared_ptr<Walk>& walk) {
  while (!walk->left.empty() && walk->visited.contains(walk->left.front())) walk->left.pop_front();
  if (walk->left.empty()) return walk->done({left_stopped_by_stop(walk->unit, walk->visited), {}});
  const std::string next = walk->left.front();
  walk->left.pop_front();
  if (walk->visited.size() > limits::kUnitDependents)
    return walk->done({next, "more than " + std::to_string(limits::kUnitDependents) +
                                 " units would stop with " + walk->unit});
  look_at_unit(walk->connection, next, Loading::if_there, walk->timeout, nullptr,
               [walk, next](const UnitLook& found) {
                 const bool unloaded =
                     found.kind == BusReply::Kind::refused && found.error == kNoSuchUnit;
                 if (found.kind != BusReply::Kind::answered && !unloaded)
                   return walk->done({next, found.text});
                 add(*walk, next, found.properties);
                 go_on(walk);
               });
}

}  // namespace

std::string left_stopped_by_stop(const std::string& unit,
                                 const std::map<std::string, UnitProperties>& visited) {
  std::set<std::string> comes_back;
  std::deque<std::string> left{unit};
  while (!left.empty()) {
    const std::string name = left.front();
    left.pop_front();
    const auto known = visited.find(name);
    if (!comes_back.insert(name).second || known == visited.end()) continue;
    comes_back.insert(known->second.names.begin(), known->second.names.end());
    for (const std::string& next : known->second.starts_with_it) left.push_back(next);
  }
  const auto left_stopped = std::ranges::find_if(visited, [&](const auto& entry) {
    return runs(entry.second) && !comes_back.contains(entry.first) &&
           rules::unit_kind(entry.first) != ".target";
  });
  return left_stopped == visited.end() ? std::string() : left_stopped->first;
}

void find_left_stopped(UnitConnection& connection, const std::string& unit,
                       const UnitProperties& properties, Nanos timeout,
                       std::function<void(const LeftStopped&)> done) {
  const auto walk =
      std::make_shared<Walk>(Walk{connection, unit, timeout, std::move(done), {}, {}});
  add(*walk, unit, properties);
  go_on(walk);
}

}  // namespace slewd::remedy
