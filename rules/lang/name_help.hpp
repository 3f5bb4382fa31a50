// SPDX-License-Identifier: Apache-2.0
// Error texts for names that conditions do not know: what they are close to, or how to write them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "rules/lang/expression.hpp"

namespace slewd::rules {

// "unknown fact 'ofset'; did you mean 'offset'?"
[[nodiscard]] std::string unknown_fact(std::string_view word, const Vocabulary& vocabulary);
// "unknown probe 'dovecot.logon'; did you mean 'dovecot.login'?"
[[nodiscard]] std::string unknown_probe(std::string_view word, const Vocabulary& vocabulary);
// "unknown log trigger 'dovecot.stal'; did you mean 'dovecot.stall'?"
[[nodiscard]] std::string unknown_log(std::string_view word, const Vocabulary& vocabulary);
// "'synch' is not one of Unset, Hold, ...; did you mean 'Sync'?"
[[nodiscard]] std::string unknown_symbol(std::string_view word,
                                         std::span<const std::string_view> symbols);

// "; did you mean 'x'?", or all candidates when they are few and none is near.
[[nodiscard]] std::string near_or_known(std::string_view word,
                                        std::span<const std::string_view> candidates);

[[nodiscard]] bool is_target(std::string_view word, const Vocabulary& vocabulary);
[[nodiscard]] bool is_probe(std::string_view word, const Vocabulary& vocabulary);

}  // namespace slewd::rules
