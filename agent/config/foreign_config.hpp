// SPDX-License-Identifier: Apache-2.0
// Configurations of other time daemons, recognised by their text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slewd::app {

enum class ForeignFormat { chrony, ntp, ntpd_rs, timesyncd };

// "chrony", "ntp", "ntpd-rs", "timesyncd": as `slewctl convert --from` has them.
[[nodiscard]] std::string_view name_of(ForeignFormat format);

// By the words with which lines begin and by the names of sections; nothing for another text. Lines
// that chrony and ntpd have in common alone are chrony's.
[[nodiscard]] std::optional<ForeignFormat> foreign_format(std::string_view text);

// What to do with a file of that text where slewd's configuration is expected; empty = it is none.
[[nodiscard]] std::string foreign_hint(std::string_view text, std::string_view path);

}  // namespace slewd::app
