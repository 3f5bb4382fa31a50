// SPDX-License-Identifier: Apache-2.0
// How far the frequency of the estimate may be programmed, and which frequency has been proven.
// Oscillators are within some 100 ppm; guests with a badly calibrated counter need up to 2000. A
// frequency beyond that counts as the error of a server until it has lasted
// (docs/design/discipline.md, "How far a frequency is trusted"). Pure.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/frequency.hpp"
#include "base/timeline.hpp"

namespace slewd::core {

// Beyond this a frequency is no usual oscillator's: one found in the kernel or in a file is a
// leftover slew, and one that the sources show is programmed only after an hour.
inline constexpr Ppm kPlausibleOscillator{500};
// Standard deviation of an oscillator's frequency of which nothing is known.
inline constexpr Ppm kUnknownOscillator{100};
// The default of steering.max_frequency. A greater one is the operator's statement that this
// oscillator is a bad one: then the hour is not waited for.
inline constexpr Ppm kUsualMaxFrequency{2500};

// How plausible the frequency is that the sources show; the worst that applies. All but the first
// are a warning.
enum class FrequencyState {
  plausible,
  changed,       // by more than 100 ppm, and a lone source says so
  implausible,   // beyond kPlausibleOscillator
  beyond_limit,  // beyond steering.max_frequency
};
inline constexpr std::array kFrequencyStates{FrequencyState::plausible, FrequencyState::changed,
                                             FrequencyState::implausible,
                                             FrequencyState::beyond_limit};
[[nodiscard]] std::string_view to_string(FrequencyState state);

class FrequencyTrust {
 public:
  explicit FrequencyTrust(Ppm most) : most_(most) {}

  void set_most(Ppm most) { most_ = most; }
  // What an accepted estimate says that `sources` agree on.
  void note(Ppm frequency, Ppm sd, std::size_t sources, MonoTime at);
  // After an event that may have changed the frequency.
  void expect_change() {
    usual_.reset();
    trusted_.reset();
    proven_.reset();
    since_.reset();
  }
  // The greatest base frequency that may be programmed now, of either sign.
  [[nodiscard]] Ppm limit() const;
  // The newest frequency that was known to 5 ppm or better: what is held while nothing is sure.
  [[nodiscard]] std::optional<Ppm> proven() const { return proven_; }
  // Whether the newest estimate was beyond what any usual oscillator does.
  [[nodiscard]] bool implausible() const { return implausible_; }
  [[nodiscard]] FrequencyState state() const;
  // One line: why the state is not `plausible`; empty while it is.
  [[nodiscard]] std::string doubt() const;

 private:
  Ppm most_;
  Ppm newest_;
  bool implausible_ = false;
  bool changed_ = false;
  std::optional<Ppm> proven_;
  std::optional<MonoTime> since_;  // the estimate has been near anchor_
  Ppm anchor_;
  std::optional<Ppm> trusted_;
  std::optional<Ppm> usual_;  // last that several sources have shown, or one for a day
};

}  // namespace slewd::core
