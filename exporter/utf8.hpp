// SPDX-License-Identifier: Apache-2.0
// Makes any bytes valid UTF-8, since pages and JSON must be, and some texts come from the network.
#pragma once

#include <string>
#include <string_view>

namespace slewd::exporter {

// Each byte that starts no well-formed sequence (Unicode table 3-7) becomes U+FFFD.
[[nodiscard]] std::string to_utf8(std::string_view bytes);

}  // namespace slewd::exporter
