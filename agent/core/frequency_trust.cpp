#include "agent/core/frequency_trust.hpp"

#include <algorithm>

namespace slewd::core {
namespace {

constexpr Ppm kProven{5};  // standard deviation
constexpr Nanos kMustLast = std::chrono::hours(1);
// From the frequency of an hour ago it may differ by so much and still be the same oscillator: a
// crystal's temperature moves it by less.
constexpr Ppm kSameOscillator{25};

}  // namespace

void FrequencyTrust::note(Ppm frequency, Ppm sd, MonoTime at) {
  if (sd <= kProven) proven_ = frequency;
  if (magnitude(frequency) <= kPlausibleOscillator) {
    since_.reset();
    return;
  }
  if (!since_ || magnitude(frequency - anchor_) > kSameOscillator) {
    since_ = at;
    anchor_ = frequency;
  }
  if (at - *since_ >= kMustLast) trusted_ = magnitude(anchor_) + kSameOscillator;
}

Ppm FrequencyTrust::limit() const {
  if (most_ > kUsualMaxFrequency) return most_;
  return std::min(most_, std::max(trusted_.value_or(kPlausibleOscillator), kPlausibleOscillator));
}

}  // namespace slewd::core
