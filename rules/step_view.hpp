// SPDX-License-Identifier: Apache-2.0
// The agent's published view of planned steps, and its answer to a request for one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/timeline.hpp"
#include "rules/intent.hpp"

namespace slewd::rules {

enum class StepStage {
  idle,      // no step is under way
  before,    // its hooks run
  stepping,  // the core has the request
  after,     // the step is made or cancelled: stopped services are started again
};
[[nodiscard]] std::string_view to_string(StepStage stage);

struct StepView {
  StepStage stage = StepStage::idle;
  std::uint64_t id{};  // of its intent; zero while idle
  Nanos size{};        // as announced; negative = backward
  std::string reason;
  MonoTime since;                          // of the announcement
  std::vector<std::string> pending_undos;  // "start dovecot (rule dovecot-guarded-step)"
  std::string undo_log_problem;            // why the undo log cannot be read; empty = it can
  std::array<std::uint64_t, kEndings.size()> endings{};  // of all steps since the start
};

// What a planned step would do now. Unless it is dry, the step has begun.
struct StepAnswer {
  struct Hook {
    std::string rule;
    bool dry_run = true;
    std::string evidence;
    std::vector<std::string> before;  // "stop dovecot"
    std::vector<std::string> after;
  };
  std::uint64_t id{};         // of its intent; zero: nothing has begun
  std::optional<Nanos> size;  // negative = backward
  std::string refused;        // why it is not done; empty = it can be
  std::vector<Hook> hooks;
};

}  // namespace slewd::rules
