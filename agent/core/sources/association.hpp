// SPDX-License-Identifier: Apache-2.0
// Everything that the engine keeps for one server: protocol state, what we believe of it, and the
// handles of its socket and timer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/core/estimate/filter_bank.hpp"
#include "agent/core/estimate/selection.hpp"
#include "agent/core/estimate/source_track.hpp"
#include "agent/core/ntp/address_queue.hpp"
#include "agent/core/ntp/packet_budget.hpp"
#include "agent/core/ntp/source.hpp"
#include "agent/core/ports.hpp"

namespace slewd::core {

// So many polls in a row without an answer are silence: for Holdover, selection and replacement.
inline constexpr int kSilentPolls = 3;

// One configured line: a server, or a pool with places for several. It is looked up for as long as
// it has an empty place.
struct SourceLine : std::enable_shared_from_this<SourceLine> {
  explicit SourceLine(SourceConfig from) : config(std::move(from)) {}

  [[nodiscard]] int places() const { return config.pool ? config.pool_members : 1; }

  SourceConfig config;
  AddressQueue addresses;
  std::optional<TimerId> retry;              // of the next lookup
  bool looking = false;                      // a lookup is under way
  bool failed = false;                       // the last one did
  std::optional<MonoTime> looked_up;         // last answer
  std::optional<MonoTime> seeking_since;     // a place has been empty, or without an answer
  std::string reason = "not looked up yet";  // why places are empty
};

struct Association {
  Association(std::shared_ptr<SourceLine> of, int place_number, const Endpoint& server,
              PathId number, std::shared_ptr<PacketBudget> packets)
      : line(std::move(of)),
        place(place_number),
        source(line->config),
        path(number),
        endpoint(server),
        name(line->config.pool ? line->config.name + "#" + std::to_string(place)
                               : line->config.name),
        address(format(server)),
        budget(std::move(packets)) {}

  std::shared_ptr<SourceLine> line;
  int place = 1;  // among those of its line, from 1

  Source source;
  SourceTrack track;
  PathId path;  // its number in the filter bank, never used twice
  Endpoint endpoint;
  std::string name;     // unique label: the configured name, numbered for members of a pool
  std::string address;  // of the endpoint, for people
  std::shared_ptr<PacketBudget> budget;
  std::string refid;                // of the newest reply, for people
  bool implausible_logged = false;  // since its last sample
  std::optional<SocketId> socket;
  std::optional<TimerId> timer;
  int iburst_left = 0;    // quick polls still allowed at the start
  int iburst_wanted = 0;  // good samples still wanted from them
  int unanswered = 0;     // polls in a row
  int misses = 0;         // the same since the network last changed, for the back-off
  std::optional<MonoTime> silent_since;  // the first of these
  PollKind kind = PollKind::seeking;     // of the poll that is scheduled
  int false_polls = 0;             // in a row, begun as a falseticker while others were selected
  std::optional<MonoTime> polled;  // last
  Nanos interval{};                // until the next poll
  Verdict verdict;
  std::optional<MonoTime> banned_until;  // by a rule; its samples are shown and not believed
};

// Whether the clock follows what this server says.
[[nodiscard]] inline bool is_followed(const Association& association) {
  return association.verdict.state == SourceState::selected ||
         association.verdict.state == SourceState::combined;
}

using Associations = std::vector<std::unique_ptr<Association>>;

}  // namespace slewd::core
