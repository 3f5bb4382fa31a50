// Snapshot and probes as the facts that rules speak about.
#pragma once

#include <vector>

#include "agent/core/snapshot.hpp"
#include "rules/facts.hpp"
#include "rules/status.hpp"

namespace slewd::app {

[[nodiscard]] rules::Facts facts_of(const core::Snapshot& snapshot,
                                    const std::vector<rules::ProbeView>& probes);

}  // namespace slewd::app
