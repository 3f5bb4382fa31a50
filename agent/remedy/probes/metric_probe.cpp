// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/metric_probe.hpp"

#include "base/limits.hpp"
#include "base/one_line.hpp"

namespace slewd::remedy {

using rules::ProbeState;

ProbeResult judge_metric(const rules::Expression& condition, const rules::Value& value) {
  const std::string text = one_line(condition.text(), limits::kProbeTextBytes);
  if (value.is_true()) return {ProbeState::ok, text + " holds", {}};
  if (value.is_false()) return {ProbeState::failed, text + " does not hold", {}};
  return {ProbeState::unknown, text + " is unknown", {}};
}

}  // namespace slewd::remedy
