#include "agent/core/snapshot.hpp"

#include <cstddef>

namespace slewd::core {

std::string_view to_string(Mode mode) {
  switch (mode) {
    case Mode::observe:
      return "observe";
    case Mode::automatic:
      return "auto";
    case Mode::takeover:
      return "takeover";
  }
  return "observe";
}

std::string_view to_string(LeapMode mode) {
  switch (mode) {
    case LeapMode::slew:
      return "slew";
    case LeapMode::kernel:
      return "kernel";
    case LeapMode::ignore:
      return "ignore";
  }
  return "slew";
}

std::string_view to_string(SourceState state) {
  constexpr std::array<std::string_view, kSourceStates.size()> kNames{
      "selected", "combined", "candidate", "outlier", "falseticker", "unreachable", "noselect"};
  return kNames[static_cast<std::size_t>(state)];
}

std::string_view to_string(Reject reason) {
  constexpr std::array<std::string_view, kRejects.size()> kNames{
      "bogus_origin", "duplicate", "malformed", "mode", "unsynchronised",
      "stratum",      "delay",     "distance",  "kiss", "auth"};
  return kNames[static_cast<std::size_t>(reason)];
}

}  // namespace slewd::core
