// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/fleet/lease_slots.hpp"

#include <algorithm>
#include <utility>

#include "base/duration.hpp"
#include "base/limits.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kFirstRetry = 2s;
constexpr Nanos kLongestRetry = 5min;
// Cut by up to a half: a waiter looks through the slots every 10 to 20 s at first, and half as
// often as any at last.
constexpr Nanos kFirstPoll = 20s;
constexpr Nanos kLongestPoll = 60s;
constexpr Nanos kNextSlot = 1s;  // one request a second at most
// After a use: longer than anybody waits between two looks, though its clock be slow and ours fast.
constexpr Nanos kLeastYield = kLongestPoll * 5 / 4;
constexpr Nanos kMostYield = 1h;
constexpr double kYieldShare = 0.75;  // of the time that we have waited ourselves
constexpr const char* kYields = "held a moment ago: others may ask first";
// The largest slew: by so much an interval is stretched that a fast clock must not shorten.
constexpr double kLargestSlew = 0.1;

Nanos scaled(Nanos duration, double factor) { return from_seconds(to_seconds(duration) * factor); }

}  // namespace

LeaseSlots::LeaseSlots(SlotPlan plan, std::string identity, std::uint64_t seed)
    : plan_(std::move(plan)),
      identity_(std::move(identity)),
      jitter_(seed),
      back_off_(kFirstRetry, kLongestRetry),
      poll_(kFirstPoll, kLongestPoll),
      seen_(static_cast<std::size_t>(plan_.slots)) {
  slot_ = static_cast<int>(jitter_.next() % static_cast<std::uint64_t>(plan_.slots));
}

void LeaseSlots::begin_looking(BootTime now) {
  phase_ = Phase::looking;
  to_claim_.reset();
  claim_unknown_ = false;
  looked_ = 0;
  failures_ = 0;
  poll_.reset();
  began_ = now;
  due_ = now + jitter_.between(Nanos{0}, plan_.jitter);
  if (now >= yields_until_) return;
  due_ = std::max(due_, released_ + kLeastYield);
  reason_ = kYields;
}

void LeaseSlots::want(bool wanted, BootTime now) {
  judge_age(now);
  wanted_ = wanted;
  if (wanted) {
    if (phase_ == Phase::idle && !acting_) begin_looking(now);
    return;
  }
  if (phase_ == Phase::looking) {
    const bool claiming = in_flight_ && in_flight_->purpose == Purpose::claim;
    if (claiming || claim_unknown_) {
      claim_unknown_ = true;
      synced_ = false;
      release(now);
    } else {
      phase_ = Phase::idle;
      failures_ = 0;
    }
  } else if (phase_ == Phase::holding && !acting_) {
    report(false, "the slot is no longer wanted");
    release(now);
  }
}

void LeaseSlots::confirm(BootTime now, Fleet::Confirmed done) {
  judge_age(now);
  const SlotView seen = view();
  if (seen.state != SlotState::held || acting_ || confirm_)
    return done(false, acting_ || confirm_   ? "the slot is in use already"
                       : seen.reason.empty() ? "the slot is not held"
                                             : seen.reason);
  confirm_ = std::move(done);
}

void LeaseSlots::confirm_again(BootTime now, Fleet::Confirmed done) {
  judge_age(now);
  if (!acting_ || lost_ || phase_ != Phase::holding || confirm_)
    return done(false, reason_.empty() ? "the slot is not in use" : reason_);
  confirm_ = std::move(done);
}

void LeaseSlots::finished(BootTime now) {
  if (!acting_) return;
  acting_ = false;
  lost_ = false;
  if (phase_ == Phase::holding) {
    phase_ = Phase::cooling;
    cool_until_ = now + scaled(plan_.interval, 1 + kLargestSlew);
    due_ = now;
    judge_age(now);
  } else if (wanted_ && phase_ == Phase::idle) {
    begin_looking(now);
  }
}

std::optional<SlotRequest> LeaseSlots::next(BootTime now) {
  judge_age(now);
  if (in_flight_ || phase_ == Phase::idle) return std::nullopt;
  if (now < due_ && !confirm_) return std::nullopt;
  const Purpose purpose = purpose_of_next();
  in_flight_ = {purpose, now};
  return request_for(purpose, now);
}

LeaseSlots::Purpose LeaseSlots::purpose_of_next() const {
  if (phase_ == Phase::looking) return to_claim_ ? Purpose::claim : Purpose::look;
  if (!synced_) return Purpose::resync;
  if (phase_ == Phase::releasing) return Purpose::release;
  return confirm_ ? Purpose::fence : Purpose::renew;
}

SlotRequest LeaseSlots::request_for(Purpose purpose, BootTime now) const {
  SlotRequest request;
  request.slot = slot_;
  if (purpose == Purpose::look || purpose == Purpose::resync) return request;
  request.write = true;
  request.taken = purpose == Purpose::claim;
  request.lease = request.taken ? *to_claim_ : mine_;
  request.lease.holder = purpose == Purpose::release ? std::string() : identity_;
  request.lease.duration = plan_.ttl;
  if (request.taken) ++request.lease.transitions;
  // From the last look before an action on, a node that finds us dead must wait for the interval.
  if (purpose == Purpose::fence || acting_)
    request.lease.duration = std::max(plan_.ttl, plan_.interval);
  else if (phase_ == Phase::cooling)
    request.lease.duration = std::max(plan_.ttl, cool_until_ - now);
  return request;
}

Nanos LeaseSlots::patience(const Lease& lease) const {
  const Nanos most = std::chrono::seconds(limits::kLeaseSeconds);
  const Nanos duration = std::clamp(lease.duration, plan_.ttl, std::max(plan_.ttl, most));
  return scaled(duration, 1 + plan_.rate_margin) + plan_.margin;
}

void LeaseSlots::answer(const SlotAnswer& answer, BootTime now) {
  if (!in_flight_) return;
  const InFlight asked = *std::exchange(in_flight_, std::nullopt);
  judge_age(now);
  if (answer.kind == SlotAnswer::Kind::unknown)
    return on_unknown(asked.purpose, answer.reason, now);
  if (answer.kind == SlotAnswer::Kind::missing) return on_missing(answer.reason, now);
  failures_ = 0;
  back_off_.reset();
  if (!lost_) reason_.clear();
  if (answer.kind == SlotAnswer::Kind::conflict) {
    on_conflict(asked.purpose, now);
  } else if (asked.purpose == Purpose::look) {
    on_seen(answer.lease, now);
  } else if (asked.purpose == Purpose::resync) {
    on_resync(answer.lease, now);
  } else {
    on_written(asked.purpose, answer.lease, asked.sent, now);
  }
}

void LeaseSlots::on_seen(const Lease& lease, BootTime now) {
  if (phase_ != Phase::looking) return;
  claim_unknown_ = false;
  if (lease.holder == identity_) {  // a claim of ours whose answer was lost
    mine_ = lease;
    phase_ = Phase::holding;
    synced_ = true;
    fresh_ = false;
    due_ = now;
    return;
  }
  Seen& seen = seen_[static_cast<std::size_t>(slot_)];
  seen.missing = false;
  const bool same = seen.known && seen.lease.holder == lease.holder &&
                    seen.lease.resource_version == lease.resource_version;
  if (!same) seen = {true, lease, now, false};
  if (now < yields_until_ && !was_left(lease)) {
    left_version_ = lease.resource_version;
    due_ = std::min(now + kLeastYield, yields_until_);
    reason_ = kYields;
    return;
  }
  if (lease.holder.empty() || now - seen.since > patience(lease)) {
    to_claim_ = lease;
    due_ = now;
    return;
  }
  reason_ = "slot " + std::to_string(slot_) + " is held by " + lease.holder;
  look_further(now);
}

// No node has taken it since our last read: none waits.
bool LeaseSlots::was_left(const Lease& lease) const {
  return lease.holder.empty() && lease.resource_version == left_version_;
}

void LeaseSlots::look_further(BootTime now) {
  slot_ = (slot_ + 1) % plan_.slots;
  if (++looked_ < plan_.slots) {
    due_ = now + jitter_.between(kNextSlot, kNextSlot * 2);
  } else {
    looked_ = 0;
    due_ = now + poll_.next(jitter_);
  }
}

void LeaseSlots::on_resync(const Lease& lease, BootTime now) {
  const bool ours =
      lease.holder == identity_ && (claim_unknown_ || lease.transitions == mine_.transitions);
  claim_unknown_ = false;
  if (!ours)
    return gone(lease.holder.empty() ? "the slot is free" : "the slot is held by " + lease.holder,
                now);
  mine_ = lease;
  synced_ = true;
  due_ = now;
}

void LeaseSlots::on_written(Purpose purpose, const Lease& lease, BootTime sent, BootTime now) {
  mine_ = lease;
  synced_ = true;
  claim_unknown_ = false;
  due_ = now;
  if (purpose == Purpose::claim) {
    to_claim_.reset();
    waited_ = now - began_;
    if (phase_ == Phase::looking) phase_ = Phase::holding;
  }
  if (purpose == Purpose::release) {
    phase_ = Phase::idle;
    released_ = now;
    left_version_ = lease.resource_version;
    if (wanted_) begin_looking(now);
    return;
  }
  if (phase_ != Phase::holding && phase_ != Phase::cooling) return;
  due_ = sent + plan_.ttl / 3;
  if (phase_ == Phase::cooling) return;
  // As of when it was asked: the API may have written it at any time since.
  renewed_ = sent;
  fresh_ = true;
  judge_age(now);
  if (purpose != Purpose::fence || !confirm_) return;
  const bool in_time = fresh_ && now - sent <= plan_.ttl / 3;
  acting_ = acting_ || in_time;
  report(in_time, in_time ? "" : "the API has answered too late");
}

bool LeaseSlots::none_exists() const { return std::ranges::all_of(seen_, &Seen::missing); }

void LeaseSlots::on_missing(const std::string& reason, BootTime now) {
  failures_ = 0;
  if (phase_ != Phase::looking) return gone(reason, now);
  seen_[static_cast<std::size_t>(slot_)] = {false, {}, now, true};
  to_claim_.reset();
  claim_unknown_ = false;
  if (none_exists()) return on_unknown(Purpose::look, reason, now);
  reason_ = reason;
  look_further(now);
}

void LeaseSlots::on_conflict(Purpose purpose, BootTime now) {
  if (purpose == Purpose::claim) {
    to_claim_.reset();
    if (phase_ == Phase::looking) look_further(now);
    return;
  }
  // An answer of ours that was lost, or a change by another client: the next read shows.
  synced_ = false;
  due_ = now;
  if (purpose == Purpose::fence) report(false, "the lease has changed");
}

void LeaseSlots::on_unknown(Purpose purpose, const std::string& reason, BootTime now) {
  ++failures_;
  if (!lost_) reason_ = reason;
  Nanos wait = back_off_.next(jitter_);
  if (phase_ == Phase::holding) wait = std::min(wait, plan_.ttl / 9);
  due_ = now + wait;
  if (purpose == Purpose::claim) {
    claim_unknown_ = true;
    to_claim_.reset();
  }
  // A slot of which nothing can be learnt must not keep us from the others.
  if (purpose == Purpose::look) slot_ = (slot_ + 1) % plan_.slots;
  if (purpose != Purpose::look) synced_ = false;
  // A rule that waits to act gets the answer at once: until the API answers, no node acts.
  report(false, reason);
}

void LeaseSlots::judge_age(BootTime now) {
  if (phase_ == Phase::holding && fresh_ && now - renewed_ >= plan_.ttl * 2 / 3)
    lose("not renewed for " + format_rounded(now - renewed_) +
         (reason_.empty() ? "" : ": " + reason_));
  if (phase_ == Phase::cooling && now >= cool_until_) release(now);
}

void LeaseSlots::lose(const std::string& reason) {
  fresh_ = false;
  reason_ = reason;
  lost_ = acting_;
  synced_ = false;
  report(false, reason);
}

void LeaseSlots::gone(const std::string& reason, BootTime now) {
  fresh_ = false;
  synced_ = false;
  reason_ = reason;
  lost_ = acting_;
  phase_ = Phase::idle;
  seen_[static_cast<std::size_t>(slot_)].known = false;
  report(false, reason);
  if (wanted_ && !acting_) begin_looking(now);
}

void LeaseSlots::release(BootTime now) {
  if (phase_ == Phase::holding || phase_ == Phase::cooling)
    yields_until_ = now + std::clamp(scaled(waited_, kYieldShare), kLeastYield, kMostYield);
  phase_ = Phase::releasing;
  fresh_ = false;
  due_ = now;
}

void LeaseSlots::report(bool may_act, const std::string& reason) {
  if (!confirm_) return;
  const auto done = std::exchange(confirm_, nullptr);
  done(may_act, reason);
}

std::optional<BootTime> LeaseSlots::wake() const {
  std::optional<BootTime> wake;
  const auto sooner = [&](BootTime when) { wake = wake ? std::min(*wake, when) : when; };
  if (phase_ == Phase::holding && fresh_) sooner(renewed_ + plan_.ttl * 2 / 3);
  if (phase_ == Phase::cooling) sooner(cool_until_);
  if (!in_flight_ && phase_ != Phase::idle) sooner(due_);
  return wake;
}

SlotView LeaseSlots::view() const {
  SlotView view{SlotState::idle, reason_, mine_.transitions, failures_ > 0};
  if (lost_) {
    view.state = SlotState::lost;
  } else if (phase_ == Phase::cooling) {
    view.state = SlotState::cooling;
  } else if (phase_ == Phase::holding && fresh_) {
    view.state = SlotState::held;
  } else if (failures_ > 0) {
    view.state = SlotState::unreachable;
  } else if (phase_ == Phase::holding || phase_ == Phase::looking) {
    view.state = SlotState::waiting;
  }
  return view;
}

}  // namespace slewd::remedy
