// SPDX-License-Identifier: Apache-2.0
// Whether a configured host can be the address of a time server at all. What can never work is
// refused when the configuration is read, not looked up for ever.
#pragma once

#include <string>
#include <string_view>

namespace slewd::app {

// What is wrong with `host` and what to write instead; empty = it may work.
[[nodiscard]] std::string host_problem(std::string_view host);

}  // namespace slewd::app
