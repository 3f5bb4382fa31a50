// SPDX-License-Identifier: Apache-2.0
// The record of the decisions that mattered: why a rule acted, or what stopped it. `slewctl rules
// replay` reads it. Nothing rests on it: what cannot be written is counted. Agent thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/records/ledger_line.hpp"
#include "agent/records/line_file.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "rules/engine/decision.hpp"

namespace slewd::remedy {

class DecisionLog {
 public:
  // An empty path keeps nothing. The file becomes "<path>.1" beyond `rotate_at` bytes.
  explicit DecisionLog(std::string path, std::size_t rotate_at = limits::kDecisionLogBytes)
      : path_(std::move(path)), rotate_at_(rotate_at) {}

  void append(const std::vector<rules::Decision>& decisions, const Stamp& stamp);

  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  [[nodiscard]] const std::optional<Error>& problem() const { return problem_; }  // of the last

 private:
  Result<void> write(const std::string& line);

  std::string path_;
  std::size_t rotate_at_;
  std::optional<LineFile> file_;
  std::uint64_t lost_ = 0;
  std::optional<Error> problem_;
};

}  // namespace slewd::remedy
