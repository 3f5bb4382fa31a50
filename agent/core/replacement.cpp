#include "agent/core/replacement.hpp"

#include <algorithm>

namespace slewd::core {
namespace {

constexpr int kPollsBeforeReplacement = 8;  // polls: as many as the reach register remembers
constexpr Nanos kLeastSilence = std::chrono::minutes(5);  // a burst asks eight times in 16 s

}  // namespace

std::string why_replace(const SourceConfig& config, const Conduct& conduct) {
  if (is_numeric(config.host)) return "";
  if (conduct.denied) return "refuses us";
  if (conduct.unanswered >= kPollsBeforeReplacement &&
      conduct.silent_for.value_or(kLeastSilence) >= kLeastSilence)
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

const Endpoint* first_free(std::span<const Endpoint> found, std::span<const Endpoint> taken) {
  for (const Endpoint& endpoint : found)
    if (std::ranges::find(taken, endpoint) == taken.end()) return &endpoint;
  return nullptr;
}

}  // namespace slewd::core
