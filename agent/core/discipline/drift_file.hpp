// SPDX-License-Identifier: Apache-2.0
// The base frequency on disk: read at the start, written before a slew and whenever it has changed
// enough. Core thread only.
#pragma once

#include <optional>

#include "agent/core/observer.hpp"
#include "agent/core/ports.hpp"

namespace slewd::core {

class DriftFile {
 public:
  DriftFile(DriftStore& store, Observer& observer) : store_(store), observer_(observer) {}

  // Empty without a file, and where its frequency is a leftover slew.
  std::optional<DriftRecord> load();
  // Stores `base`, where it is known well enough and worth it. A failure is logged once.
  void save_if_changed(const DriftRecord& base);
  [[nodiscard]] const std::optional<DriftRecord>& stored() const { return stored_; }

 private:
  DriftStore& store_;
  Observer& observer_;
  std::optional<DriftRecord> stored_;
  bool failed_ = false;
};

}  // namespace slewd::core
