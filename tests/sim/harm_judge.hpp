// SPDX-License-Identifier: Apache-2.0
// Judges one run from outside: how much more wrong the clock was than its inputs can explain, how
// long the bound did not contain the truth without an excuse, and how far the programmed frequency
// was from all that the oscillator did. The plain reference runs beside it on the same replies.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/plain_reference.hpp"

namespace slewd::tests {

// Of one run. Times are in seconds; `at`: since the start.
struct Harm {
  // The largest ratio of the error to the largest honest error of the last hour or more.
  double ratio = 0;
  double error = 0;   // there
  double honest = 0;  // there
  double at = 0;
  // Seconds with a bound, those outside it, and those of them without an excuse.
  std::uint64_t bound_seconds = 0;
  std::uint64_t outside = 0;
  std::uint64_t unexcused = 0;
  double beyond = 0;  // by how much at most, of the unexcused
  double beyond_at = 0;
  // Of the programmed base frequency, beyond what the oscillator needed until then, in ppm.
  double frequency = 0;
  double frequency_at = 0;
  // Seconds in Alarm although a majority of the servers that answer did not lie.
  std::uint64_t refused = 0;
  double refused_at = 0;  // the first of them
  // slewd's and the plain reference's figures.
  sim::RunFigures own;
  sim::RunFigures plain;
  std::uint64_t breaches = 0;
  std::string first_breach;

  [[nodiscard]] double unexcused_share() const;
  // The larger of both ratios to the plain reference, each to what it may be: 1 is still kept.
  [[nodiscard]] double plain_ratio() const;
};

class HarmJudge final : public sim::RunWatcher {
 public:
  // `scenario` must outlive it.
  explicit HarmJudge(const sim::Scenario& scenario, const core::PollRange& poll);

  void begin(sim::EngineHost& host) override;
  void second(sim::EngineHost& host, Nanos elapsed, Nanos error) override;
  [[nodiscard]] Harm finish(const sim::ScenarioResult& result);

 private:
  // What one server's last samples were off by.
  struct Input {
    double error = 0;
    Nanos at{};
    double lie = 0;  // beyond what the reply admits; negative: none
    double admitted = 0;
  };
  struct Knowledge {
    RawTime at;
    Nanos lead{};
  };
  void on_reply(sim::EngineHost& host, const sim::Exchange& exchange);
  void pass_events(Nanos elapsed);
  void steer_oracle(const sim::EngineHost& host, RawTime raw);
  [[nodiscard]] bool has_hidden_lie(Nanos elapsed) const;
  [[nodiscard]] double honest_error(Nanos elapsed) const;
  [[nodiscard]] double majority(double Input::*field, Nanos elapsed) const;
  void judge_error(Nanos elapsed, double error, double honest, bool refuses);
  void judge_bound(const core::ClockView& clock, Nanos elapsed, Nanos error);
  void judge_frequency(sim::EngineHost& host, Nanos elapsed);

  Nanos heard_;   // for how long a reply counts
  Nanos memory_;  // for how long a large honest error excuses a large error
  PlainReference plain_;
  std::vector<ExternalMove> moves_;
  std::vector<Nanos> events_;
  std::size_t moved_ = 0;
  std::size_t happened_ = 0;
  std::map<std::uint16_t, std::deque<Input>> inputs_;  // by the server's address
  // A client that learns the whole truth from each reply, and knows nothing in between.
  std::optional<IdealClock> oracle_;
  std::optional<Knowledge> before_;
  std::optional<Knowledge> last_;
  std::optional<Nanos> learns_since_;  // the first reply after the last event, since the start
  std::optional<Nanos> replied_;       // the last reply, since the start
  Nanos event_at_{-1};
  bool starts_anew_ = false;  // what came before the event says nothing
  sim::TrueTime start_;
  double oracle_error_ = 0;
  Nanos lying_until_{-1};
  bool away_ = false;  // since it refused: not wrong by anything that it did
  std::deque<std::pair<Nanos, double>> honest_;  // the largest of each minute
  double needed_low_ = 0;
  double needed_high_ = 0;
  Harm harm_;
};

}  // namespace slewd::tests
