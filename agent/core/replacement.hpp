// When a server that was found by its name has to give up its place to another of the same name.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/config.hpp"
#include "agent/core/ports.hpp"

namespace slewd::core {

// How one server has done lately.
struct Conduct {
  bool denied = false;              // it refuses us
  int unanswered = 0;               // polls in a row
  std::optional<Nanos> silent_for;  // since its last sample; empty = it never gave one
  int false_polls = 0;              // in a row, as a falseticker while others were selected
};

// Why another server should be asked instead, in words; empty = this one stays. Never for a numeric
// host; as a falseticker only a member of a pool goes, since a `server` line means that server.
[[nodiscard]] std::string why_replace(const SourceConfig& config, const Conduct& conduct);

// Whether `host` needs no lookup: an IPv6 address, or an IPv4 address in dotted decimals.
[[nodiscard]] bool is_numeric(std::string_view host);

// The first of `found` that is not in `taken`; null when there is none.
[[nodiscard]] const Endpoint* first_free(std::span<const Endpoint> found,
                                         std::span<const Endpoint> taken);

}  // namespace slewd::core
