// SPDX-License-Identifier: Apache-2.0
// The drift file: the frequency that survives a restart, how sure it was, and whose oscillator it
// describes. Text, versioned, written atomically.
//
//   slewd-drift 1
//   machine 8c4f0d2b7a91e635
//   frequency_ppm -12.345678
//   uncertainty_ppm 0.25
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/core/ports.hpp"
#include "base/result.hpp"

namespace slewd::os {

struct StoredDrift {
  std::string machine;  // empty: written on a machine without identity
  core::DriftRecord record;
};

// `invalid` with the line and what it should have been.
[[nodiscard]] Result<StoredDrift> parse_drift(std::string_view text);
[[nodiscard]] std::string print_drift(const StoredDrift& drift);

// A hash of /etc/machine-id and, where this process may read it, of the hardware's product UUID: a
// cloned image has its parent's machine-id. Empty when the machine has neither.
[[nodiscard]] std::string machine_identity();

// Owned by the core thread; save() blocks on the disk.
class StateFile : public core::DriftStore {
 public:
  StateFile(std::string path, std::string machine);

  // A missing, corrupt or foreign file is empty, and reason() says why. A machine without identity
  // cannot recognise its own file.
  [[nodiscard]] std::optional<core::DriftRecord> load() override;
  Result<void> save(const core::DriftRecord& record) override;

  // Why the last load() was empty; empty after a successful one.
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  std::string path_;
  std::string machine_;
  std::string reason_;
};

}  // namespace slewd::os
