// The whole NTP client: wires sources, selection, discipline and jump classifier to the ports, and
// publishes a Snapshot after everything that changes one. Core thread only; never blocks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/association.hpp"
#include "agent/core/discipline.hpp"
#include "agent/core/foreign_watch.hpp"
#include "agent/core/invariants.hpp"
#include "agent/core/jump_classifier.hpp"
#include "agent/core/leap_list.hpp"
#include "agent/core/leap_second.hpp"
#include "agent/core/leap_watch.hpp"
#include "agent/core/observer.hpp"
#include "agent/core/plausible_time.hpp"
#include "agent/core/poll_policy.hpp"
#include "agent/core/ports.hpp"
#include "agent/core/replacement.hpp"
#include "agent/core/snapshot.hpp"
#include "agent/core/witnesses.hpp"
#include "base/limits.hpp"

namespace slewd::core {

// The world as the engine sees it. All must outlive the engine.
struct Env {
  Clock& clock;
  ClockDriver& driver;
  Network& network;
  Timers& timers;
  Entropy& entropy;
  Resolver& resolver;
  DriftStore& drift;
  Observer& observer;
  Witnesses& witnesses;
  ClockCalls& clock_calls;
  PlausibleTime plausible;
};

inline constexpr std::string_view kFalsetickers = "falsetickers";
// A snapshot without news is drawn anew, so that readers see that the core lives; less often where
// looks are rarer.
inline constexpr Nanos kPublishEvery = std::chrono::seconds(15);

class Engine {
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
  // Whoever looks for us (let_others_look) has seen something: look now, and ask the kernel.
  void on_sign();
  // Whether the kernel tells of sets and somebody else compares the clocks each second
  // (Witnesses::expect) and calls on_sign(): then looks here are rare while all is calm.
  void let_others_look(bool others_look);
  // Narrows the common poll interval within the configured range; answers with what is in force.
  PollRange set_poll_range(PollRange wanted);
  // Whether the driver refused to end a slew of ours: after a crash or stop somebody must.
  [[nodiscard]] bool slew_may_remain() const { return discipline_.slew_may_remain(); }
  // The leap seconds so far, for TAI; empty = no such list.
  void use_leap_list(std::optional<LeapList> list);
  // Asks every source several times in quick succession; at most once in 16 s. One that refuses us
  // is asked once.
  void burst();
  // Addresses, routes or links have changed, or this machine has woken up: who does not answer is
  // asked at once, and names are looked up again. Many such calls in a row count as few.
  void on_network_changed();
  // The planned step (Discipline::step_to_true); its event is told before this returns.
  [[nodiscard]] Result<PlannedStep> step_to_true(Nanos announced, MonoTime not_after);
  // Believes nothing that this source (name or address) says, or any that is a falseticker now
  // (kFalsetickers), for so long.
  void ban(std::string_view source, Nanos duration);
  // The same for all sources: the frequency is kept and the bound grows.
  void hold_over(Nanos duration);

 private:
  void add_sources();
  void drop_lines();
  void replace_lines(const std::vector<SourceConfig>& sources);
  void let_go();
  void look_up(const std::shared_ptr<SourceLine>& line);
  void on_resolved(const std::shared_ptr<SourceLine>& line,
                   const Result<std::vector<Endpoint>>& answer);
  void look_up_later(const std::shared_ptr<SourceLine>& line);
  [[nodiscard]] int members(const SourceLine& line) const;
  [[nodiscard]] bool in_trouble(const SourceLine& line) const;
  void leave_out(SourceLine& line, std::string reason);
  [[nodiscard]] bool has_place_for(const SourceLine& line) const;
  void fill(SourceLine& line);
  [[nodiscard]] std::optional<Endpoint> take_from_pool(const SourceLine& line);
  void tell_duplicate(SourceLine& line);
  void add_association(const std::shared_ptr<SourceLine>& line, const Endpoint& endpoint);
  void sort_associations();
  [[nodiscard]] Association new_association(const std::shared_ptr<SourceLine>& line, int place,
                                            const Endpoint& endpoint);
  void remove_association(Association& association);
  [[nodiscard]] Conduct conduct_of(const Association& association) const;
  void seek_replacement(Association& association);
  [[nodiscard]] bool others_answer(const Association* association) const;
  void replace_from(const SourceLine& line);
  [[nodiscard]] std::vector<Endpoint> taken_endpoints() const;
  // When another address of its name may be tried in its place; empty = there is none.
  [[nodiscard]] std::optional<MonoTime> next_turn(const Association& association) const;
  bool replace(Association& association, const std::string& why);

  void poll(Association& association);
  void schedule(Association& association, Nanos interval);
  void schedule_first(Association& association, Nanos wait);
  void wake_after(Association& association, Nanos wait);
  [[nodiscard]] Nanos next_interval(Association& association);
  [[nodiscard]] Nanos jittered(Nanos interval);
  void close_socket(Association& association);
  void start_quickly(Association& association);
  [[nodiscard]] bool nothing_is_known() const;
  [[nodiscard]] bool is_sought(const Association& association) const;
  [[nodiscard]] bool is_on_trial(const Association& association) const;
  [[nodiscard]] Nanos least_interval() const;
  void ask_soon(Association& association, Nanos wait);
  void poll_everyone_soon();
  void on_first_answer(Association& association);
  // Whether there was one.
  bool wake_silent();
  // How many sources of `line` answer.
  [[nodiscard]] int heard_of(const SourceLine& line) const;
  void ask_denied();
  void ask_often();
  void on_kiss(Association& association, bool denied_before);
  void look_up_soon(SourceLine& line);
  void keep_within(Association& association);

  void on_sample(Association& association, const Sample& sample);
  void tell_implausible(Association& association);
  [[nodiscard]] Selection select_now(RawTime now);
  void watch_leap(RawTime now);
  [[nodiscard]] std::optional<WallTime> true_time(RawTime when) const;
  void plan_leap(RawTime now);
  [[nodiscard]] bool is_for_kernel(const AnnouncedLeap& leap, const ClockReading& now) const;
  // Until the planned leap is to be carried out, which needs an estimate of true time.
  [[nodiscard]] Nanos time_left(const AnnouncedLeap& leap, const ClockReading& now) const;
  void arm_leap();
  void on_leap_timer();
  void match_with_plan(ClockEvent& event);
  // Whether a sample of that time may be from before or after the leap, and means nothing.
  [[nodiscard]] bool leap_is_close(RawTime when) const;
  // By what the samples may differ from what is believed, since a leap second was announced.
  [[nodiscard]] std::optional<HostMove> expected_leap() const;
  void settle_leap(Nanos moved);
  [[nodiscard]] std::optional<LeapView> leap_view() const;
  [[nodiscard]] bool leap_is_implausible(Leap leap, RawTime now) const;
  void tell_tai_offset();
  [[nodiscard]] Reference reference_for(const Selection& selection, RawTime now) const;
  [[nodiscard]] Estimate believe(const Association& association, const Selection& selection,
                                 bool unexplained);
  [[nodiscard]] bool within_most(const Estimate& believed, const Selection& selection,
                                 RawTime now) const;
  [[nodiscard]] bool adopt_returned(const Selection& selection);
  void restart_bank(const Selection& selection);
  void settle_dissent(PhaseEvent event, const Selection& selection);
  void share_frequency();
  [[nodiscard]] std::vector<PathId> voters() const;
  [[nodiscard]] Movement judge_move(const Association& association);
  void take_up(const Association& newest, const Movement& found);
  void remember_unconfirmed(const Movement& found);
  void tell_breach(Invariant which, const std::string& what);
  void check_frequency();
  void check_lone_move(const Movement& found);
  [[nodiscard]] Nanos unconfirmed(MonoTime now) const;
  void ask_again();
  void look_closely(double rate);
  void ask_the_others();
  [[nodiscard]] bool others_may_answer() const;
  // How far the farthest source that takes part may be from what is believed.
  [[nodiscard]] Nanos disagreement(RawTime now) const;
  void tell_selected();
  void tell_lost();
  void tell_found(const Association& association);
  void tell_foreign();
  void tell_dependence();
  [[nodiscard]] bool is_implausible_leap(WallTime truth) const;
  void doubt_announced_leap(WallTime truth);
  void check_missing_updates(MonoTime now);
  [[nodiscard]] std::optional<MonoTime> silent_from() const;
  [[nodiscard]] Nanos pace() const;
  void look_by(MonoTime due);
  void look_at(MonoTime due);
  void look_at_clocks(const ClockLook& look);
  void look_periodically();
  enum class Ask { if_in_doubt, kernel };
  void look(const ClockLook& look, Ask ask);
  void look_for_others(const ClockReading& now, const Result<KernelReadback>* kernel,
                       RawTime not_before);
  void take_in(ClockEvent event);
  [[nodiscard]] bool is_more_of(const ClockEvent& event) const;
  void add_to_open(const ClockEvent& event);
  void enter(ClockEvent& event, RawTime not_before);
  void doubt_filters(const ClockEvent& event);
  // A pause moves all sources alike: how many have answered since `move` was shown, and whether one
  // of them has not moved.
  void hear_others(OffsetMove& move, const Estimate& before, const Estimate& after) const;
  void size_open(const Estimate& estimate, std::size_t sources,
                 std::optional<RawTime> shown = std::nullopt);
  void close_open();
  // `shown`: when a sample first showed what is confirmed now.
  void enter_confirmed(const Estimate& before, const Selection& after,
                       std::optional<RawTime> shown);

  void publish();
  void publish(const ClockReading& now);
  [[nodiscard]] SourceView view_of(const SourceLine& line) const;
  [[nodiscard]] SourceView view_of(const Association& association, const ClockReading& now) const;

  Env env_;
  CoreConfig config_;
  SnapshotBoard& board_;
  Discipline discipline_;
  JumpClassifier jumps_;
  PollPolicy polls_;
  FilterBank bank_;
  MoveJudge moves_;
  Invariants invariants_;
  // A move that a lone source has shown.
  struct Unconfirmed {
    Nanos size{};
    MonoTime since;
    int calm = 0;  // samples in a row that were foretold since
  };
  std::optional<Unconfirmed> unconfirmed_;
  LeapWatch leaps_;
  LeapSecond leap_;
  std::optional<LeapList> leap_list_;
  std::optional<int> tai_offset_;  // s, by the list
  std::optional<TimerId> leap_timer_;
  PathId next_path_ = 0;
  std::vector<std::unique_ptr<Association>> associations_;
  std::vector<std::shared_ptr<SourceLine>> lines_;  // as the configuration has them
  std::optional<TimerId> look_timer_;
  std::optional<MonoTime> look_due_;
  // An event whose size is not known yet, with what was believed before it.
  struct OpenEvent {
    ClockEvent event;
    std::optional<Estimate> before;
    bool sized = false;  // by a sample; it stays for whoever tells more of the same story
  };
  std::optional<OpenEvent> open_;
  ForeignWatch foreign_;
  Nanos left_to_samples_{};  // foreign steps that are known, and that the samples have to find
  RawTime last_look_;
  RawTime last_read_back_;
  std::optional<Result<KernelReadback>> kernel_;  // what it said then
  bool others_look_ = false;
  MonoTime published_;
  std::optional<MonoTime> host_moved_;  // when a burst was made for it
  JumpView jump_view_;
  BootTime started_;
  std::string selected_;      // name of the source that was selected last
  bool told_lost_ = false;    // that no source gives a usable answer
  std::string told_foreign_;  // who else steers, as the log has it
  std::string dependence_;    // why an error of the sources would not be noticed
  MonoTime dependence_since_;
  bool dependence_noted_ = false;
  std::optional<WallTime> implausible_leap_;  // the month's end for which the log has it
  std::optional<MonoTime> last_burst_;
  std::optional<TimerId> network_timer_;
  std::optional<MonoTime> network_woken_;
  Nanos network_spacing_{};  // until news of the network count again; zero = the shortest
  std::optional<MonoTime> asked_the_others_;
  std::optional<MonoTime> asked_again_;
  std::optional<MonoTime> looked_closely_;
  std::uint64_t generation_ = 0;
  std::uint64_t last_jump_id_ = 0;
};

}  // namespace slewd::core
