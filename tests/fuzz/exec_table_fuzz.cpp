// SPDX-License-Identifier: Apache-2.0
// Any bytes as the table that a program prints: one line of detail, and no success without a row
// that has the value.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/remedy/process/exec_table.hpp"
#include "base/check.hpp"
#include "base/limits.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using slewd::rules::ProbeState;
  if (size > slewd::limits::kProbeTableBytes) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto verdict = slewd::remedy::judge_table(text, {.name = "listening", .equals = "yes"});
  SLEWD_CHECK(!verdict.detail.empty());
  SLEWD_CHECK(verdict.detail.find('\n') == std::string::npos);
  const std::size_t header = text.find("listening");
  if (verdict.state == ProbeState::ok)
    SLEWD_CHECK(header != std::string_view::npos && text.find("yes", header) != text.npos);
  if (verdict.state == ProbeState::failed) SLEWD_CHECK(header != std::string_view::npos);
  return 0;
}
