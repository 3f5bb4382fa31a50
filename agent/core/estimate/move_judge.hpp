// SPDX-License-Identifier: Apache-2.0
// What has moved when a sample is not where it was foretold: the clock, the oscillator, or the
// source that sent it. What several sources show alike is this machine's; what one shows alone is
// that source's (docs/design/discipline.md, "What has moved"). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "agent/core/estimate/line_fit.hpp"
#include "base/timeline.hpp"

namespace slewd::core {

using PathId = std::uint32_t;

// A sample less what was foretold of it, in seconds.
struct Surprise {
  PathId source = 0;
  RawTime at;
  double residual = 0;
  double sd = 0;        // of the residual, as foretold
  double noise = 0;     // the sample's own part of it
  double distance = 0;  // of the source from its reference: it claims no more than that
  double detour = 0;    // by which its route is longer than another in use
  double interval = 0;  // since what was foretold from
};

struct Movement {
  enum class Kind {
    none,        // the sample is where it was foretold
    open,        // it is not, and what has moved is not known yet
    clock,       // the phase of this machine's clock
    oscillator,  // its frequency, by `frequency`
    source,      // `source` alone
  };
  Kind kind = Kind::none;
  double by = 0;         // s, of clock and source
  double interval = 0;   // s, in which it has moved
  double frequency = 0;  // ratio, with its standard deviation
  double sd_frequency = 0;
  bool confirmed = false;  // by a second source
  bool lone = false;       // there is no other source to ask
  PathId source = 0;
  bool by_route = false;        // of the source: on the route that its newest sample has taken
  std::size_t surprises = 0;    // in a row, since the question is open
  std::vector<PathId> alike{};  // the sources whose newest samples show it
};

class MoveJudge {
 public:
  // The newest sample of one source; `voters`: the sources that can take part now, this one
  // included. `quick`: two samples of a lone source suffice, not three, as at a start.
  [[nodiscard]] Movement judge(const Surprise& newest, std::span<const PathId> voters, bool quick);
  [[nodiscard]] bool open() const { return open_; }
  void forget(PathId source);
  // The estimate has begun anew: earlier residuals mean nothing.
  void clear() { *this = MoveJudge(); }

 private:
  [[nodiscard]] static bool surprises(const Surprise& each);
  [[nodiscard]] static bool is_small(const Surprise& each);
  [[nodiscard]] static bool is_detour(const Surprise& each);
  [[nodiscard]] static bool agree(const Surprise& a, const Surprise& b);
  void note(const Surprise& newest);
  void rest();
  [[nodiscard]] Movement weigh(const Surprise& asked, std::span<const PathId> voters, bool quick);
  [[nodiscard]] bool another_shows(const Surprise& newest) const;
  [[nodiscard]] std::size_t lone_agreeing(const Surprise& newest) const;
  void settle(Movement& movement);
  void seek_line(Movement& movement);
  [[nodiscard]] bool is_line(std::span<const Point> points, Movement& movement) const;

  bool open_ = false;
  RawTime since_;  // of the first surprise
  Surprise opener_;
  std::vector<Surprise> newest_;  // of each source
  std::vector<Surprise> series_;  // surprises since then, oldest first
  std::vector<Point> path_;       // the same less all moves that were believed: time, phase
  double path_noise_ = 0;
  RawTime path_begins_;
  double moved_ = 0;
  int quiet_ = 0;      // samples in a row that were foretold
  RawTime surprised_;  // last
};

}  // namespace slewd::core
