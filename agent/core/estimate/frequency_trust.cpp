// SPDX-License-Identifier: Apache-2.0
#include "agent/core/estimate/frequency_trust.hpp"

#include <algorithm>
#include <cmath>

namespace slewd::core {
namespace {

constexpr Ppm kProven{5};  // standard deviation
constexpr Nanos kMustLast = std::chrono::hours(1);
// From the frequency of an hour ago it may differ by so much and still be the same oscillator: a
// crystal's temperature moves it by less.
constexpr Ppm kSameOscillator{25};

// No temperature moves a crystal by so much: another host may, and a server that lies.
constexpr Ppm kMostChange{100};
constexpr Nanos kBecomesUsual = std::chrono::hours(24);

// What is once beyond a limit has to come well below it.
bool beyond(Ppm size, Ppm limit, bool before) {
  return size > (before ? limit - kSameOscillator : limit);
}

std::string whole(Ppm frequency) { return std::to_string(std::lround(frequency.value)) + " ppm"; }

}  // namespace

std::string_view to_string(FrequencyState state) {
  switch (state) {
    case FrequencyState::plausible:
      return "plausible";
    case FrequencyState::changed:
      return "changed";
    case FrequencyState::implausible:
      return "implausible";
    case FrequencyState::beyond_limit:
      return "beyond_limit";
  }
  return "";
}

void FrequencyTrust::note(Ppm frequency, Ppm sd, std::size_t sources, MonoTime at) {
  newest_ = frequency;
  const bool before = implausible_;
  // What is vague ends no warning: until it is proven, the old frequency is programmed.
  implausible_ =
      beyond(magnitude(frequency), kPlausibleOscillator, before) || (before && sd > kProven);
  if (!since_ || implausible_ != before || magnitude(frequency - anchor_) > kSameOscillator) {
    since_ = at;
    anchor_ = frequency;
  }
  const Nanos lasted = at - *since_;
  if (sd > kProven) return;
  if (implausible_ && lasted >= kMustLast) trusted_ = magnitude(anchor_) + kSameOscillator;
  proven_ = frequency;
  if (!usual_ || sources > 1 || lasted >= kBecomesUsual) usual_ = frequency;
  changed_ = beyond(magnitude(frequency - *usual_), kMostChange, changed_);
}

FrequencyState FrequencyTrust::state() const {
  if (magnitude(newest_) > most_) return FrequencyState::beyond_limit;
  if (implausible_) return FrequencyState::implausible;
  return changed_ ? FrequencyState::changed : FrequencyState::plausible;
}

std::string FrequencyTrust::doubt() const {
  const std::string shown = "the sources show an oscillator of " + whole(newest_);
  const std::string likely = "a server is more likely wrong than a clock";
  switch (state()) {
    case FrequencyState::plausible:
      break;
    case FrequencyState::changed:
      return "a lone source shows that the oscillator has changed to " + whole(newest_) + " from " +
             whole(usual_.value_or(anchor_)) + "; " + likely;
    case FrequencyState::implausible:
      return shown + "; above " + whole(kPlausibleOscillator) + " " + likely;
    case FrequencyState::beyond_limit:
      return shown + ", beyond steering.max_frequency (" + whole(most_) + "); " + likely;
  }
  return "";
}

Ppm FrequencyTrust::limit() const {
  if (most_ > kUsualMaxFrequency) return most_;
  return std::min(most_, std::max(trusted_.value_or(kPlausibleOscillator), kPlausibleOscillator));
}

}  // namespace slewd::core
