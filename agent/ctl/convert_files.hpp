// SPDX-License-Identifier: Apache-2.0
// The files of `slewctl convert`. Blocks on them.
#pragma once

#include <string>
#include <vector>

#include "agent/ctl/convert/convert.hpp"

namespace slewd::app {

// ReadFiles of agent/ctl/convert/convert.hpp.
[[nodiscard]] Result<std::vector<NamedText>> read_matching(const std::string& pattern);

// What is there already gets the name `path`.old first; true = there was something.
[[nodiscard]] Result<bool> write_beside_former(const std::string& path, const std::string& text);

}  // namespace slewd::app
