// SPDX-License-Identifier: Apache-2.0
// The record of the decisions that mattered: why a rule acted, or what stopped it. `slewctl rules
// replay` reads it. Nothing rests on it: what cannot be written is counted. Agent thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/records/ledger_line.hpp"
#include "agent/records/rotating_file.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "rules/engine/decision.hpp"

namespace slewd::records {

class DecisionLog {
 public:
  // An empty path keeps nothing. The file becomes "<path>.1" beyond `rotate_at` bytes.
  explicit DecisionLog(std::string path, std::size_t rotate_at = limits::kDecisionLogBytes)
      : file_(std::move(path), rotate_at) {}

  // A file that cannot be written is tried ever more seldom.
  void append(const std::vector<rules::Decision>& decisions, const Stamp& stamp);

  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  [[nodiscard]] const std::optional<Error>& problem() const { return file_.problem(); }

 private:
  Result<void> write(const rules::Decision& decision, const Stamp& stamp);

  RotatingFile file_;
  std::uint64_t lost_ = 0;
};

}  // namespace slewd::records
