// SPDX-License-Identifier: Apache-2.0
// How many packets one server gets: in no hour more than at the minimum poll, quick starts and
// bursts included (docs/design/discipline.md, "How often to ask").
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "agent/core/ports.hpp"
#include "base/timeline.hpp"

namespace slewd::core {

enum class PollKind {
  regular,  // at the minimum interval or longer
  seeking,  // nothing is known yet and this server does not answer
  quick,    // a quick start, a burst, a spike
};

// Counts on the un-slewed timeline: a server sees true time.
class PacketBudget {
 public:
  // A packet leaves now.
  void spend(RawTime now, PollKind kind, Nanos minimum);
  // The last one did not leave after all. Once for each spend().
  void take_back();
  // How long from `now` the next packet has to wait: `wanted`, or longer where the budget needs it.
  // `minimum` is the shortest interval between a regular packet and the one before it.
  [[nodiscard]] Nanos wait(RawTime now, Nanos wanted, PollKind kind, Nanos minimum) const;
  // How long from `now` until there is room for a packet of any kind; zero = now. A timer runs by a
  // clock that is slewed, so that wait() may be some seconds too short.
  [[nodiscard]] Nanos until_room(RawTime now, Nanos minimum) const;
  // Whether no packet of the last hour counts any more.
  [[nodiscard]] bool is_fresh(RawTime now) const;

 private:
  // What the budget is at a given minimum interval.
  struct Size {
    Nanos window{};           // one hour, or shorter where that is more packets than are remembered
    std::size_t most = 0;     // in a window
    std::size_t regular = 0;  // of these at the minimum interval; a quick start has the rest
    std::size_t seeking = 0;  // of these at seeking intervals
    double quick = 0;         // quick packets in a row; as many come back in each window
  };
  static Size size_at(Nanos minimum);
  [[nodiscard]] double credit(RawTime now, const Size& size) const;

  std::deque<RawTime> sent_;  // oldest first
  struct QuickSpent {
    double spent = 0;  // quick packets, as of `at`
    RawTime at;
  };
  QuickSpent quick_;
  QuickSpent quick_before_;  // as it was before the last spend()
};

// One for each address, whatever line of the configuration it stands in now, before or after a
// reload: a server knows addresses, not names.
class PacketBudgets {
 public:
  [[nodiscard]] std::shared_ptr<PacketBudget> of(const Endpoint& endpoint, RawTime now);

 private:
  std::vector<std::pair<Endpoint, std::shared_ptr<PacketBudget>>> kept_;
};

}  // namespace slewd::core
