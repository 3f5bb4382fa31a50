// SPDX-License-Identifier: Apache-2.0
// One lock of the fleet over Kubernetes Leases, as a state machine without clock, network or
// thread. It gets times and answers, and decides which requests to send.
//
// Times are CLOCK_BOOTTIME. A holder must count the time in suspend, or it would wake up and act
// under a lease that has long been another's. A waiter loses nothing by it: what it saw before the
// suspend and sees unchanged after it has been unchanged all the time.
//
// No clock is compared with another machine's. A foreign lease counts as abandoned once its holder
// and resourceVersion have been seen unchanged for its duration and a margin. The duration is read
// from the lease, which holds it up for what is left of the interval when the holder has acted:
// then even a holder that dies at once does not shorten the interval.
//
// Slots are not queued for: who looks first takes a free one, and each who waits looks once a
// minute. So a node that has held one leaves it to the others, for the longer the more it had to
// wait itself, until it has seen it free and untouched for longer than that minute.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/remedy/fleet/fleet.hpp"
#include "agent/remedy/fleet/slot_plan.hpp"
#include "base/jitter.hpp"
#include "base/timeline.hpp"

namespace slewd::remedy {

// What of a Lease decisions are made by; its times are written for people and never read.
struct Lease {
  std::string holder;  // empty: free
  std::string resource_version;
  std::int64_t transitions = 0;
  Nanos duration{};
};

struct SlotRequest {
  int slot = 0;
  bool write = false;  // else a read
  Lease lease;         // to write, under the condition of its resource_version
  bool taken = false;  // by this write the slot changes hands to us
};

struct SlotAnswer {
  enum class Kind {
    done,      // `lease` is what the API holds now
    conflict,  // nothing was written: the resourceVersion is another
    missing,   // there is no such Lease
    unknown,   // no answer, or one that says nothing: a write may have happened or yet happen
  };
  Kind kind = Kind::unknown;
  Lease lease;
  std::string reason;  // for people, when unknown or missing
};

class LeaseSlots {
 public:
  // `identity` must be of this process alone: a restarted one is another holder.
  LeaseSlots(SlotPlan plan, std::string identity, std::uint64_t seed);

  void want(bool wanted, BootTime now);
  void confirm(BootTime now, Fleet::Confirmed done);
  void confirm_again(BootTime now, Fleet::Confirmed done);
  void finished(BootTime now);

  // What to ask now; nothing when nothing is due or an answer is awaited. Every request must be
  // answered, by answer(), within a fraction of the time to live.
  [[nodiscard]] std::optional<SlotRequest> next(BootTime now);
  void answer(const SlotAnswer& answer, BootTime now);
  // When next() and view() may have changed by themselves; nothing: not before another call.
  [[nodiscard]] std::optional<BootTime> wake() const;

  [[nodiscard]] SlotView view() const;
  // Nothing is held, wanted, awaited or to be released.
  [[nodiscard]] bool resting() const { return phase_ == Phase::idle && !in_flight_ && !acting_; }
  // The slot that is ours or asked about.
  [[nodiscard]] int slot() const { return slot_; }

 private:
  enum class Phase { idle, looking, holding, cooling, releasing };
  enum class Purpose { look, claim, resync, renew, fence, release };
  struct Seen {
    bool known = false;
    Lease lease;
    BootTime since;
    bool missing = false;  // there is no such Lease
  };
  struct InFlight {
    Purpose purpose = Purpose::look;
    BootTime sent;
  };

  void begin_looking(BootTime now);
  void look_further(BootTime now);
  [[nodiscard]] bool was_left(const Lease& lease) const;
  // True when no slot of the lock has a Lease.
  [[nodiscard]] bool none_exists() const;
  [[nodiscard]] Nanos patience(const Lease& lease) const;
  [[nodiscard]] Purpose purpose_of_next() const;
  [[nodiscard]] SlotRequest request_for(Purpose purpose, BootTime now) const;

  void on_seen(const Lease& lease, BootTime now);
  void on_resync(const Lease& lease, BootTime now);
  void on_written(Purpose purpose, const Lease& lease, BootTime sent, BootTime now);
  void on_missing(const std::string& reason, BootTime now);
  void on_conflict(Purpose purpose, BootTime now);
  void on_unknown(Purpose purpose, const std::string& reason, BootTime now);
  void judge_age(BootTime now);
  void lose(const std::string& reason);
  void gone(const std::string& reason, BootTime now);
  void release(BootTime now);
  void report(bool may_act, const std::string& reason);

  SlotPlan plan_;
  std::string identity_;
  Jitter jitter_;
  BackOff back_off_;
  BackOff poll_;

  Phase phase_ = Phase::idle;
  bool wanted_ = false;
  bool acting_ = false;  // from a confirmation to finished()
  bool lost_ = false;
  bool fresh_ = false;          // holding, and sure of it until renewed_ is too old
  bool synced_ = false;         // mine_ is what the API holds, as far as we know
  bool claim_unknown_ = false;  // a claim may have been written without our knowing
  int failures_ = 0;            // in a row
  int slot_ = 0;
  int looked_ = 0;  // slots since the last pause
  Lease mine_;      // as last written or read
  BootTime renewed_;
  BootTime cool_until_;
  BootTime began_;         // to look
  Nanos waited_{};         // for the slot that is ours, or was last
  BootTime yields_until_;  // the others may look first, unless none of them does
  BootTime released_;
  std::string left_version_;  // of the slot that we left, as last seen
  BootTime due_;
  std::vector<Seen> seen_;
  std::optional<Lease> to_claim_;
  std::optional<InFlight> in_flight_;
  Fleet::Confirmed confirm_;
  std::string reason_;
};

}  // namespace slewd::remedy
