// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/remedy/fleet/fleet_model.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace slewd::remedy {

using namespace std::chrono_literals;

FleetModel::FleetModel(std::uint64_t seed, int agents, SlotPlan plan)
    : random_(seed),
      plan_(std::move(plan)),
      agents_(static_cast<std::size_t>(agents)),
      leases_(static_cast<std::size_t>(plan_.slots)) {
  for (Lease& lease : leases_) lease.resource_version = std::to_string(++last_version_);
  for (int i = 0; i < agents; ++i) {
    Agent& agent = agents_[static_cast<std::size_t>(i)];
    agent.local = random_.between(0s, 1000h);
    agent.rate = 0.9 + 0.2 * random_.share();
    start(i);
  }
}

bool FleetModel::happens(double probability) { return random_.share() < probability; }

True FleetModel::up_to(double times_to_live) {
  return random_.between(0s, from_seconds(to_seconds(plan_.ttl) * times_to_live));
}

void FleetModel::start(int index) {
  Agent& agent = agents_[static_cast<std::size_t>(index)];
  agent.identity = "node-" + std::to_string(index) + "/" + std::to_string(++agent.run);
  agent.machine = std::make_unique<LeaseSlots>(plan_, agent.identity, random_.next());
  agent.wants = agent.confirming = agent.about_to_act = false;
  agent.acts_until.reset();
  agent.request = 0;
  agent.mail.clear();
}

void FleetModel::run_for(True duration) {
  for (const True end = now_ + duration; now_ < end;) step();
}

void FleetModel::stop_faults() {
  faults_ = {false, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  for (Agent& agent : agents_) agent.asleep_until = agent.down_until = agent.cut_off_until = now_;
}

void FleetModel::everyone_wants_once() {
  for (Agent& agent : agents_) agent.wants_once = true;
}

int FleetModel::still_waiting() const {
  return static_cast<int>(std::ranges::count_if(agents_, &Agent::wants_once));
}

int FleetModel::fences_outlived() const {
  return static_cast<int>(std::ranges::count_if(acts_, &Act::fence_outlived));
}

int FleetModel::most_within_interval() const {
  std::vector<True> begins;
  for (const Act& act : acts_)
    if (!act.fence_outlived) begins.push_back(act.at);
  int most = 0;
  for (std::size_t first = 0, last = 0; last < begins.size(); ++last) {
    while (begins[last] - begins[first] >= plan_.interval) ++first;
    most = std::max(most, static_cast<int>(last - first + 1));
  }
  return most;
}

double FleetModel::most_rounds_passed_over() const {
  std::size_t most = 0;
  for (int agent = 0; agent < static_cast<int>(agents_.size()); ++agent) {
    std::size_t others = 0;
    for (const Act& act : acts_) {
      others = act.agent == agent ? 0 : others + 1;
      most = std::max(most, others);
    }
  }
  return static_cast<double>(most) / static_cast<double>(agents_.size() - 1);
}

void FleetModel::step() {
  now_ += from_seconds(kStep);
  while (!to_server_.empty() && to_server_.begin()->first <= now_) {
    const Arrival arrival = to_server_.begin()->second;
    to_server_.erase(to_server_.begin());
    serve(arrival);
  }
  while (!to_agents_.empty() && to_agents_.begin()->first <= now_) {
    const auto [index, answer] = to_agents_.begin()->second;
    to_agents_.erase(to_agents_.begin());
    agents_[static_cast<std::size_t>(index)].mail.push_back(answer);
  }
  for (Lease& lease : leases_)
    if (happens_hourly(faults_.foreign_edits_an_hour))
      lease.resource_version = std::to_string(++last_version_);
  for (int i = 0; i < static_cast<int>(agents_.size()); ++i) {
    if (faults_.on) disturb(i);
    run(i);
  }
}

void FleetModel::disturb(int index) {
  Agent& agent = agents_[static_cast<std::size_t>(index)];
  if (happens_hourly(6)) agent.rate = 0.9 + 0.2 * random_.share();
  if (happens_hourly(faults_.outages_an_hour)) agent.cut_off_until = now_ + up_to(3);
  if (happens_hourly(faults_.pauses_an_hour)) {
    agent.asleep_until = now_ + up_to(4);
    agent.suspended = happens(0.5);
  }
  // Those who act crash more often: that is where it could hurt.
  if (happens_hourly(faults_.crashes_an_hour * (agent.acts_until ? 60 : 1)))
    agent.down_until = now_ + up_to(2);
}

void FleetModel::run(int index) {
  Agent& agent = agents_[static_cast<std::size_t>(index)];
  const bool asleep = now_ < agent.asleep_until;
  if (!asleep || agent.suspended) agent.local += from_seconds(kStep * agent.rate);
  if (asleep) {
    agent.last_asleep = now_;
    return;
  }
  if (agent.down_until > now_) {
    agent.run = agent.run < 0 ? agent.run : -agent.run;  // down
    agent.acts_until.reset();
    return;
  }
  if (agent.run < 0) {
    agent.run = -agent.run;
    start(index);
  }
  live(index);
}

void FleetModel::live(int index) {
  Agent& agent = agents_[static_cast<std::size_t>(index)];
  for (const Answer& letter : std::exchange(agent.mail, {})) {
    if (letter.request != agent.request) continue;  // given up before
    agent.request = 0;
    agent.machine->answer(letter.answer, local(agent));
  }
  if (agent.request != 0 && agent.local > agent.gives_up) {
    agent.request = 0;
    agent.machine->answer({SlotAnswer::Kind::unknown, {}, "no answer"}, local(agent));
  }
  if (now_ < agent.asleep_until) return;  // it fell asleep between fence and action
  if (agent.about_to_act) act(index);
  if (always_ || agent.wants_once || (faults_.on && happens_hourly(6))) agent.wants = true;
  agent.machine->want(agent.wants, local(agent));
  const SlotState state = agent.machine->view().state;
  if (agent.acts_until && (state == SlotState::lost || now_ >= *agent.acts_until))
    end_action(index);
  if (agent.wants && !agent.acts_until && !agent.confirming && state == SlotState::held) {
    agent.confirming = true;
    agent.machine->confirm(local(agent), [this, &agent](bool may_act, const std::string&) {
      agent.confirming = false;
      agent.about_to_act = may_act;
      if (may_act && happens(faults_.pause_after_fence)) {
        agent.asleep_until = now_ + up_to(20);
        agent.suspended = false;
      }
    });
  }
  if (agent.about_to_act && now_ >= agent.asleep_until) act(index);
  while (const auto request = agent.machine->next(local(agent))) send(index, *request);
}

void FleetModel::act(int index) {
  Agent& agent = agents_[static_cast<std::size_t>(index)];
  agent.about_to_act = false;
  const int slot = agent.machine->slot();
  const bool outlived = agent.last_asleep >= agent.last_written && agent.last_asleep > True{0};
  acts_.push_back({now_, index, slot, outlived});
  bool alone = leases_[static_cast<std::size_t>(slot)].holder == agent.identity;
  for (const Agent& other : agents_)
    if (&other != &agent && other.acts_until && other.run > 0 && other.machine->slot() == slot &&
        other.last_asleep < other.last_written && now_ >= other.asleep_until)
      alone = false;
  if (!alone && !outlived) ++trespasses_;
  agent.acts_until = now_ + random_.between(1s, 30s);
}

void FleetModel::end_action(int index) {
  Agent& agent = agents_[static_cast<std::size_t>(index)];
  agent.acts_until.reset();
  agent.wants = agent.wants_once = false;
  agent.machine->finished(local(agent));
}

void FleetModel::send(int index, const SlotRequest& request) {
  Agent& agent = agents_[static_cast<std::size_t>(index)];
  agent.request = ++last_request_;
  agent.gives_up = agent.local + plan_.ttl / 6;
  if (now_ < agent.cut_off_until || happens(faults_.lost_request)) return;
  Arrival arrival{index, agent.request, request, agent.identity, !happens(faults_.lost_answer)};
  True delay = random_.between(5ms, faults_.on ? 4s : 100ms);
  if (happens(faults_.late_write)) {
    delay = up_to(8);
    arrival.answered = false;
  }
  to_server_.emplace(now_ + delay, std::move(arrival));
}

void FleetModel::serve(const Arrival& arrival) {
  Answer answer{arrival.id, {}};
  Lease& lease = leases_[static_cast<std::size_t>(arrival.request.slot)];
  if (happens(faults_.server_error)) {
    answer.answer.reason = "500";
  } else if (!arrival.request.write) {
    answer.answer = {SlotAnswer::Kind::done, lease, ""};
  } else if (arrival.request.lease.resource_version != lease.resource_version) {
    answer.answer.kind = SlotAnswer::Kind::conflict;
  } else {
    lease = arrival.request.lease;
    lease.resource_version = std::to_string(++last_version_);
    answer.answer = {SlotAnswer::Kind::done, lease, ""};
    agents_[static_cast<std::size_t>(arrival.agent)].last_written = now_;
  }
  if (!arrival.answered) return;
  const True delay = random_.between(5ms, faults_.on ? 4s : 100ms);
  to_agents_.emplace(now_ + delay, std::pair(arrival.agent, std::move(answer)));
}

}  // namespace slewd::remedy
