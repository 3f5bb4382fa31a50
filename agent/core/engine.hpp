// SPDX-License-Identifier: Apache-2.0
// The whole NTP client: passes replies, looks at the clocks and wishes of operators to the parts
// that they concern, and publishes a Snapshot after everything that changes one. Core thread only;
// never blocks.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/core/discipline/discipline.hpp"
#include "agent/core/discipline/external_watch.hpp"
#include "agent/core/env.hpp"
#include "agent/core/jumps.hpp"
#include "agent/core/leap/leap_list.hpp"
#include "agent/core/leap_seconds.hpp"
#include "agent/core/snapshot.hpp"
#include "agent/core/sources/consensus.hpp"
#include "agent/core/sources/sources.hpp"

namespace slewd::core {

// A snapshot without news is drawn anew, so that readers see that the core lives; less often where
// looks are rarer.
inline constexpr Nanos kPublishEvery = std::chrono::seconds(15);

class Engine final : private Coordinator {
 public:
  Engine(Env env, CoreConfig config, SnapshotBoard& board);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Before start(): what an earlier run has recorded. Ids go on after `last_id`.
  void restore_jumps(JumpView recorded, std::uint64_t last_id);
  void start();
  // Ends any slew, leaves the base frequency in place, stops polling.
  void stop();
  // Reload: sources that did not change keep their history.
  void apply(CoreConfig config);

  void on_datagram(const Datagram& datagram);
  // The kernel (or its model) has said that the wall clock was set: look now, do not wait.
  void on_clock_set();
  // Another thread that looks at the clocks (rely_on_witnesses) has seen something: look now, and
  // ask the kernel.
  void on_sign();
  // Whether the kernel notifies of sets and another thread compares the clocks each second
  // (Witnesses::expect) and calls on_sign(): then looks here are rare while all is calm.
  void rely_on_witnesses(bool others_look);
  // Narrows the common poll interval within the configured range; answers with what is in force.
  PollRange set_poll_range(PollRange wanted) { return sources_.set_poll_range(wanted); }
  // Whether the driver refused to end a slew of ours: after a crash or stop it must be ended.
  [[nodiscard]] bool slew_may_remain() const { return discipline_.slew_may_remain(); }
  // The leap seconds so far, for TAI; empty = no such list.
  void use_leap_list(std::optional<LeapList> list);
  // Asks every source several times in quick succession; at most once in 16 s. One that refuses us
  // is asked once.
  void burst() { sources_.burst(); }
  // Addresses, routes or links have changed, or this machine has woken up: who does not answer is
  // asked at once, and names are looked up again. Many such calls in a row count as few.
  void on_network_changed() { sources_.on_network_changed(); }
  // The planned step (Discipline::step_to_true); its event is reported before this returns.
  [[nodiscard]] Result<PlannedStep> step_to_true(Nanos announced, MonoTime not_after);
  // Believes nothing that this source (name or address) says, or any that is a falseticker now
  // (kFalsetickers), for so long.
  void ban(std::string_view source, Nanos duration) { sources_.ban(source, duration); }
  // The same for all sources: the frequency is kept and the bound grows.
  void hold_over(Nanos duration) { sources_.ban_all(duration); }

 private:
  // Coordinator.
  void look_at_clocks() override;
  void on_leap(ClockEvent event) override;
  void publish() override;

  // What the newest sample of a source shows.
  struct Finding {
    Movement moved;

    // Something has moved, and what it is is not known yet.
    [[nodiscard]] bool open() const { return moved.kind == Movement::Kind::open; }
    [[nodiscard]] Nanos size() const { return from_seconds(std::abs(moved.by)); }
    // s/s, at which it may go on moving.
    [[nodiscard]] double rate() const;
  };

  // The path of a sample: its source's own view, what has moved, the consensus, the discipline.
  void on_sample(Association& association, const Sample& sample);
  [[nodiscard]] Finding judge(Association& association, const Sample& sample);
  void follow(Association& association, const Selection& selection, const Finding& found);
  void on_no_majority(Association& association, const Finding& found);
  void ask_about(const Movement& moved, const Association& association, double interval);
  [[nodiscard]] Selection select_now(RawTime now);
  [[nodiscard]] Reference reference_for(const Selection& selection, RawTime now) const;
  void settle_dissent(PhaseEvent event, const Selection& selection);
  [[nodiscard]] std::optional<MonoTime> silent_from() const;
  void check_missing_updates(MonoTime now);

  // Looks at this machine's clocks: they are read at each packet and periodically; the kernel is
  // asked where a look raises doubts, and once in a while.
  enum class Ask { if_in_doubt, kernel };
  void look(const ClockLook& look, Ask ask);
  void look_periodically();
  [[nodiscard]] Nanos pace() const;
  void look_by(MonoTime due);
  void look_at(MonoTime due);
  void look_for_others(const ClockReading& now, const Result<KernelReadback>* kernel,
                       RawTime not_before);
  void log_external();
  void stop_looking();

  void publish(const ClockReading& now);

  Env env_;
  CoreConfig config_;
  SnapshotBoard& board_;
  Discipline discipline_;
  Consensus consensus_;
  Sources sources_;
  LeapSeconds leaps_;
  ExternalWatch external_watch_;
  Jumps jumps_;
  std::optional<TimerId> look_timer_;
  std::optional<MonoTime> look_due_;
  RawTime last_read_back_;
  std::optional<Result<KernelReadback>> kernel_;  // what it said then
  bool others_look_ = false;
  std::string logged_external_;  // who else steers, as the log has it
  MonoTime published_;
  BootTime started_;
  std::uint64_t generation_ = 0;
};

}  // namespace slewd::core
