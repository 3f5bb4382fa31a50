// SPDX-License-Identifier: Apache-2.0
// Whether a configured host can be the address of a time server. An impossible one is rejected when
// the configuration is read.
#pragma once

#include <string>
#include <string_view>

namespace slewd::app {

// What is wrong with `host` and what to write instead; empty = plausible.
[[nodiscard]] std::string host_problem(std::string_view host);

}  // namespace slewd::app
