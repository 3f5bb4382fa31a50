#include "agent/core/drift_file.hpp"

#include <cmath>
#include <string>

#include "agent/core/frequency_trust.hpp"

namespace slewd::core {
namespace {

constexpr double kDriftWorthSaving = 0.1;  // ppm
constexpr double kDriftTrustworthy = 5.0;  // ppm: a frequency less certain than this is not stored

}  // namespace

std::optional<DriftRecord> DriftFile::load() {
  stored_ = store_.load();
  if (stored_ && magnitude(stored_->frequency) > kPlausibleOscillator) stored_.reset();
  return stored_;
}

void DriftFile::save_if_changed(Ppm base, const Estimate& estimate) {
  const double sd = std::sqrt(estimate.var_frequency) * 1e6;
  if (stored_ && sd > kDriftTrustworthy) return;
  // No oscillator does that; at the next start it would be in force before the first packet.
  if (magnitude(base) > kPlausibleOscillator) return;
  if (stored_ && magnitude(stored_->frequency - base).value < kDriftWorthSaving) return;
  const DriftRecord record{base, Ppm{sd}};
  const Result<void> saved = store_.save(record);
  if (saved)
    stored_ = record;
  else if (!failed_)
    observer_.on_note(Severity::warning, "drift file: " + saved.error().describe());
  failed_ = !saved;
}

}  // namespace slewd::core
