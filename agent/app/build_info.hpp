// What this binary is.
#pragma once

#include "exporter/inputs.hpp"

namespace slewd::app {

[[nodiscard]] exporter::BuildInfo build_info();

}  // namespace slewd::app
