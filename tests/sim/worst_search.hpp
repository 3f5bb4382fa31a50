// SPDX-License-Identifier: Apache-2.0
// Runs worlds that were drawn at random, and keeps the worst of each kind of harm.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/sim/harm_judge.hpp"
#include "tests/sim/random_worlds.hpp"

namespace slewd::tests {

struct Find {
  std::uint64_t seed = 0;
  Harm harm;
  std::string world;  // in one line
};

// One way in which a run can be bad, and how bad a run is by it; 0 = not at all.
struct HarmKind {
  const char* name;
  const char* meaning;
  double (*size)(const Harm&);
};
[[nodiscard]] const std::array<HarmKind, 6>& harm_kinds();

struct SearchResult {
  std::uint64_t worlds = 0;
  double hours = 0;  // of virtual time
  // For each kind the worst first, at most `kept`.
  std::array<std::vector<Find>, 6> worst;
  // The sizes of all worlds, for quantiles.
  std::array<std::vector<double>, 6> sizes;
};

// How a world of one poll range and one rate is run.
[[nodiscard]] sim::RunChoice choice_for(const sim::Scenario& world, sim::RunWatcher& watcher);
[[nodiscard]] Find run_world(std::uint64_t seed);

struct SearchChoice {
  std::uint64_t first_seed = 1;
  std::uint64_t worlds = 0;  // zero: until `stop` says so
  unsigned threads = 1;
  std::size_t kept = 10;
  std::function<bool()> stop;  // asked before each world; may be empty
};
[[nodiscard]] SearchResult search_worst(const SearchChoice& choice);

[[nodiscard]] std::string text_of(const SearchResult& result);
[[nodiscard]] std::string json_of(const SearchResult& result);
// The page docs/design/discipline-worst.md. `command` is how it was made.
[[nodiscard]] std::string worst_page(const SearchResult& result, const std::string& command);

}  // namespace slewd::tests
