// SPDX-License-Identifier: Apache-2.0
#include "agent/core/discipline/drift_file.hpp"

#include <string>

#include "agent/core/estimate/frequency_trust.hpp"

namespace slewd::core {
namespace {

constexpr Ppm kDriftWorthSaving{0.1};
constexpr Ppm kDriftTrustworthy{5};  // a frequency less certain than this is not stored

}  // namespace

std::optional<DriftRecord> DriftFile::load() {
  stored_ = store_.load();
  if (stored_ && magnitude(stored_->frequency) > kPlausibleOscillator) stored_.reset();
  return stored_;
}

void DriftFile::save_if_changed(const DriftRecord& base) {
  if (stored_ && base.uncertainty > kDriftTrustworthy) return;
  // No oscillator does that; at the next start it would be in force before the first packet.
  if (magnitude(base.frequency) > kPlausibleOscillator) return;
  if (stored_ && magnitude(stored_->frequency - base.frequency) < kDriftWorthSaving) return;
  const Result<void> saved = store_.save(base);
  if (saved)
    stored_ = base;
  else if (!failed_)
    observer_.on_note(Severity::warning, "drift file: " + saved.error().describe());
  failed_ = !saved;
}

}  // namespace slewd::core
