// SPDX-License-Identifier: Apache-2.0
#include "agent/core/sources/replacement.hpp"

namespace slewd::core {
namespace {

constexpr int kPollsBeforeReplacement = 8;  // polls: as many as the reach register remembers
constexpr Nanos kLeastSilence = std::chrono::minutes(5);  // a burst asks eight times in 16 s
// Where no other source answers, the name may already stand for another server.
constexpr int kPollsWhenAlone = 3;
constexpr Nanos kLeastSilenceAlone = std::chrono::minutes(2);
constexpr int kTriesOfNewAddress = 2;  // polls, at the first time

}  // namespace

std::string why_replace(const SourceConfig& config, const Conduct& conduct) {
  if (is_numeric(config.host)) return "";
  if (conduct.denied) return "refuses us";
  const int patience = conduct.silent_for && conduct.alone ? kPollsWhenAlone
                       : conduct.silent_for                ? kPollsBeforeReplacement
                       : conduct.given_up > 0              ? 1
                                                           : kTriesOfNewAddress;
  const Nanos least = conduct.alone ? kLeastSilenceAlone : kLeastSilence;
  if (conduct.unanswered >= patience && conduct.silent_for.value_or(least) >= least)
    return "has left " + std::to_string(conduct.unanswered) + " polls unanswered";
  if (config.pool && conduct.false_polls >= kPollsBeforeReplacement)
    return "was a falseticker at " + std::to_string(conduct.false_polls) + " polls";
  return "";
}

bool is_numeric(std::string_view host) {
  // No top-level domain consists of digits, and no name contains a colon.
  return host.find(':') != std::string_view::npos ||
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace slewd::core
