// SPDX-License-Identifier: Apache-2.0
// The configured servers and pools: their names are looked up for as long as a place is empty or a
// server is in trouble, each server is asked when its turn comes, and one that has gone gives its
// place to another of its name. Core thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/config.hpp"
#include "agent/core/discipline/discipline.hpp"
#include "agent/core/env.hpp"
#include "agent/core/ntp/packet_budget.hpp"
#include "agent/core/sources/association.hpp"
#include "agent/core/sources/consensus.hpp"
#include "agent/core/sources/poll_policy.hpp"
#include "agent/core/sources/replacement.hpp"
#include "agent/core/sources/source_log.hpp"

namespace slewd::core {

inline constexpr std::string_view kFalsetickers = "falsetickers";

class Sources {
 public:
  // `config` changes at a reload, before apply(). All must outlive this.
  Sources(Env& env, const CoreConfig& config, const Discipline& discipline, Consensus& consensus,
          Coordinator& engine);
  ~Sources() { stop(); }
  Sources(const Sources&) = delete;
  Sources& operator=(const Sources&) = delete;

  void start();
  // No request or lookup is made any more.
  void stop();
  // Lines that did not change keep their servers and what is known of their addresses.
  void apply();

  // In the order of the configuration.
  [[nodiscard]] const Associations& all() const { return associations_; }
  [[nodiscard]] const std::vector<std::shared_ptr<SourceLine>>& lines() const { return lines_; }
  [[nodiscard]] PollPolicy& polls() { return polls_; }
  [[nodiscard]] const PollPolicy& polls() const { return polls_; }
  [[nodiscard]] SourceLog& log() { return log_; }
  // Null: no request of this socket waits for a reply.
  [[nodiscard]] Association* waiting_at(SocketId socket) const;

  // A reply has been judged. Its socket is closed unless the right one may still come.
  void on_reply(Association& association);
  // Before its sample is added to the track: an answer after silence wakes what is silent.
  void on_answer(Association& association);
  void on_kiss(Association& association, bool denied_before);
  // Addresses, routes or links have changed, or this machine has woken up. Many such calls in a row
  // count as few.
  void on_network_changed();

  // Narrows the common poll interval within the configured range; answers with what is in force.
  PollRange set_poll_range(PollRange wanted);
  // An operator or a program wants it: also those that refuse are asked, once.
  void burst();
  // Several times in quick succession; at most once in 16 s.
  void ask_often();
  // Each source once, sooner than planned.
  void ask_all_soon();
  // One source dissents from its own past. A move of this clock that no other sign has shown shows
  // in each source when its turn comes; asked at different times, they seem to contradict each
  // other.
  void ask_the_others();
  [[nodiscard]] bool others_may_answer() const;
  // This source decides as soon as the others have had time to answer.
  void ask_after_others(Association& association);
  // Several quick answers of each source show whether it was one packet, one source, or this
  // machine, and at which rate it goes on.
  void ask_again();
  // Whether what has moved at `rate` (ratio) moves on.
  void look_closely(double rate);
  // Samples of this source (name or address), or of all that are falsetickers now (kFalsetickers),
  // are not believed for so long.
  void ban(std::string_view source, Nanos duration);
  void ban_all(Nanos duration);

 private:
  // Names and places.
  void look_up(const std::shared_ptr<SourceLine>& line);
  void on_resolved(const std::shared_ptr<SourceLine>& line,
                   const Result<std::vector<Endpoint>>& answer);
  void look_up_soon(SourceLine& line);
  void look_up_later(const std::shared_ptr<SourceLine>& line);
  void drop_lines();
  void replace_lines();
  [[nodiscard]] int members(const SourceLine& line) const;
  [[nodiscard]] bool in_trouble(const SourceLine& line) const;
  // How many sources of `line` answer.
  [[nodiscard]] int heard_of(const SourceLine& line) const;
  void leave_out(SourceLine& line, std::string reason);
  [[nodiscard]] bool has_place_for(const SourceLine& line) const;
  void fill(SourceLine& line);
  [[nodiscard]] std::optional<Endpoint> take_from_pool(const SourceLine& line);
  void report_duplicate(SourceLine& line);

  // The servers in these places.
  void add_association(const std::shared_ptr<SourceLine>& line, const Endpoint& endpoint);
  [[nodiscard]] Association new_association(const std::shared_ptr<SourceLine>& line, int place,
                                            const Endpoint& endpoint);
  void remove_association(Association& association);
  void sort_associations();
  [[nodiscard]] std::vector<Endpoint> taken_endpoints() const;
  [[nodiscard]] bool others_answer(const Association* association) const;
  [[nodiscard]] Conduct conduct_of(const Association& association) const;
  void seek_replacement(Association& association);
  void replace_from(const SourceLine& line);
  bool replace(Association& association, const std::string& why);
  // When another address of its name may be tried in its place; empty = there is none.
  [[nodiscard]] std::optional<MonoTime> next_turn(const Association& association) const;

  // When each is asked.
  void poll(Association& association);
  void schedule(Association& association, Nanos interval);
  void schedule_first(Association& association, Nanos wait);
  void wake_after(Association& association, Nanos wait);
  void keep_within(Association& association);
  void close_socket(Association& association);
  void start_quickly(Association& association);
  [[nodiscard]] Nanos next_interval(Association& association);
  [[nodiscard]] Nanos jittered(Nanos interval, double jitter = kJitter);
  [[nodiscard]] PollRange range_of(const Association& association) const;
  [[nodiscard]] Nanos least_interval(const Association& association) const;
  [[nodiscard]] Nanos quick_interval(const Association& association) const;
  [[nodiscard]] bool nothing_is_known() const;
  [[nodiscard]] bool is_sought(const Association& association) const;
  [[nodiscard]] bool is_on_trial(const Association& association) const;
  void ask_soon(Association& association, Nanos wait);
  void ask_denied();
  // Whether there was one.
  bool wake_silent();

  // Of an interval, never shorter: clients do not ask in step.
  static constexpr double kJitter = 0.02;

  Env& env_;
  const CoreConfig& config_;
  const Discipline& discipline_;
  Consensus& consensus_;
  Coordinator& engine_;
  SourceLog log_;
  PollPolicy polls_;
  std::vector<std::shared_ptr<SourceLine>> lines_;  // as the configuration has them
  Associations associations_;
  PathId next_path_ = 0;
  PacketBudgets budgets_;
  std::optional<MonoTime> last_burst_;
  std::optional<MonoTime> asked_the_others_;
  std::optional<MonoTime> asked_again_;
  std::optional<MonoTime> looked_closely_;
  std::optional<TimerId> network_timer_;
  std::optional<MonoTime> network_woken_;
  Nanos network_spacing_{};  // until news of the network count again; zero = the shortest
};

}  // namespace slewd::core
