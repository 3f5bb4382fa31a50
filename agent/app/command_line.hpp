// SPDX-License-Identifier: Apache-2.0
// What both programs want of their command lines beyond what the parser gives.
#pragma once

#include <optional>
#include <vector>

#include "base/error.hpp"

namespace CLI {
class App;
}

namespace slewd::app {

// `invalid` when the first argument is a word, but none of these commands: says which would be
// near.
[[nodiscard]] std::optional<Error> unknown_command(const std::vector<CLI::App*>& commands, int argc,
                                                   const char* const* argv);

}  // namespace slewd::app
