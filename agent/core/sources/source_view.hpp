// SPDX-License-Identifier: Apache-2.0
// How a source is shown: its row in tables, the API and the metrics, and the reason of its state.
#pragma once

#include <string>

#include "agent/core/ntp/plausible_time.hpp"
#include "agent/core/snapshot.hpp"
#include "agent/core/sources/association.hpp"

namespace slewd::core {

// Why there is no sample: "has not answered lately", or that each reply is rejected, why, and how
// often.
[[nodiscard]] std::string silence_of(const Source& source);

// Of a line without a server, or with fewer than it may have for want of places.
[[nodiscard]] SourceView view_of(const SourceLine& line);
[[nodiscard]] SourceView view_of(const Association& association, const ClockReading& now,
                                 const PlausibleTime& plausible);

}  // namespace slewd::core
