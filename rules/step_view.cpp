// SPDX-License-Identifier: Apache-2.0
#include "rules/step_view.hpp"

namespace slewd::rules {

std::string_view to_string(StepStage stage) {
  switch (stage) {
    case StepStage::idle:
      return "idle";
    case StepStage::before:
      return "before";
    case StepStage::stepping:
      return "stepping";
    case StepStage::after:
      return "after";
  }
  return "idle";
}

}  // namespace slewd::rules
