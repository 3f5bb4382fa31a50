// SPDX-License-Identifier: Apache-2.0
// When a server that was found by its name has to give up its place to another of the same name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/core/config.hpp"

namespace slewd::core {

// How one server has done lately.
struct Conduct {
  bool denied = false;              // it refuses us
  int unanswered = 0;               // polls in a row
  bool alone = false;               // no other source answers
  std::optional<Nanos> silent_for;  // since its last sample; empty = it never gave one
  int false_polls = 0;              // in a row, as a falseticker while others were selected
  int given_up = 0;                 // how often its address was given up before, in a row
};

// Why another server should be asked instead, as text; empty = this one stays. Never for a numeric
// host; as a falseticker only a member of a pool goes, since a `server` line means that server. An
// address that has never answered goes soon: it may be of a family that has no path from here.
[[nodiscard]] std::string why_replace(const SourceConfig& config, const Conduct& conduct);

// Whether `host` needs no lookup: an IPv6 address, or an IPv4 address in dotted decimals.
[[nodiscard]] bool is_numeric(std::string_view host);

}  // namespace slewd::core
