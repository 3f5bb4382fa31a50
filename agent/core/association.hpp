// Everything that the engine keeps for one server: protocol state, what we believe of it, and the
// handles of its socket and timer.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/core/filter_bank.hpp"
#include "agent/core/ports.hpp"
#include "agent/core/selection.hpp"
#include "agent/core/source.hpp"
#include "agent/core/source_track.hpp"

namespace slewd::core {

// A lookup of an association's name that is under way. Whoever drops it does not want the answer.
struct Lookup {};

// So many polls in a row without an answer are silence: for Holdover, selection and replacement.
inline constexpr int kSilentPolls = 3;

struct Association {
  Association(const SourceConfig& config, const Endpoint& server, PathId number)
      : source(config),
        path(number),
        endpoint(server),
        name(config.name),
        address(format(server)) {}

  Source source;
  SourceTrack track;
  PathId path;  // its number in the filter bank, never used twice
  Endpoint endpoint;
  std::string name;     // unique label: the configured name, numbered for members of a pool
  std::string address;  // of the endpoint, for people
  std::string refid;    // of the newest reply, for people
  bool implausible_told = false;  // in the log, since its last sample
  std::optional<SocketId> socket;
  std::optional<TimerId> timer;
  int iburst_left = 0;                // quick polls still allowed at the start
  int iburst_wanted = 0;              // good samples still wanted from them
  int unanswered = 0;                 // polls in a row
  int false_polls = 0;                // in a row, begun as a falseticker while others were selected
  std::optional<MonoTime> polled;     // last
  Nanos interval{};                   // until the next poll
  std::optional<MonoTime> looked_up;  // last, to find another server
  std::shared_ptr<Lookup> lookup;
  Verdict verdict;
  std::optional<MonoTime> banned_until;  // by a rule; its samples are shown and not believed
};

// Whether the clock follows what this server says.
[[nodiscard]] inline bool is_followed(const Association& association) {
  return association.verdict.state == SourceState::selected ||
         association.verdict.state == SourceState::combined;
}

// Why there is no sample: "has not answered lately", or that each reply is rejected, why, and how
// often.
[[nodiscard]] std::string silence_of(const Source& source);

// A configured line that is not resolved yet, or has given up on its addresses.
struct PendingName {
  SourceConfig config;
  std::optional<TimerId> retry;
  Nanos delay = std::chrono::seconds(4);  // doubles with each failure
};

}  // namespace slewd::core
