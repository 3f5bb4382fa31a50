// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/worst_search.hpp"

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>

namespace slewd::tests {
namespace {

void keep(std::vector<Find>& worst, const HarmKind& kind, const Find& find, std::size_t most) {
  const double size = kind.size(find.harm);
  if (size <= 0) return;
  // Equal sizes stand in the order of their seeds, whichever thread was first.
  const auto is_worse = [&](const Find& other) {
    const double theirs = kind.size(other.harm);
    return theirs > size || (theirs == size && other.seed < find.seed);
  };
  worst.insert(std::ranges::find_if_not(worst, is_worse), find);
  if (worst.size() > most) worst.pop_back();
}

}  // namespace

const std::array<HarmKind, 6>& harm_kinds() {
  static const std::array<HarmKind, 6> kinds{{
      {"error", "the largest error over the largest honest error of the last hour or more",
       [](const Harm& harm) { return harm.ratio; }},
      {"bound", "share of the seconds in which the bound did not contain the truth, and could have",
       [](const Harm& harm) { return harm.unexcused_share(); }},
      {"frequency", "ppm by which the programmed frequency was beyond all that was ever needed",
       [](const Harm& harm) { return harm.frequency; }},
      {"plain", "rms over 1.05 of the plain reference's, or maximum over 1.1 of its maximum",
       [](const Harm& harm) { return harm.plain_ratio(); }},
      {"refusal", "seconds in Alarm although most of the servers that answered did not lie",
       [](const Harm& harm) { return static_cast<double>(harm.refused); }},
      {"invariants", "how often an invariant of the house was broken",
       [](const Harm& harm) { return static_cast<double>(harm.breaches); }},
  }};
  return kinds;
}

sim::RunChoice choice_for(const sim::Scenario& world, sim::RunWatcher& watcher) {
  sim::RunChoice choice;
  choice.poll = world.polls.front();
  choice.rate = world.rates.front();
  if (!world.seeds.empty()) choice.seed = world.seeds.front();
  choice.watcher = &watcher;
  return choice;
}

Find run_world(std::uint64_t seed) {
  const sim::Scenario world = draw_world(seed);
  HarmJudge judge(world, world.polls.front());
  const sim::ScenarioResult result = sim::run_scenario(world, choice_for(world, judge));
  return {seed, judge.finish(result), describe(world)};
}

SearchResult search_worst(const SearchChoice& choice) {
  SearchResult result;
  std::atomic<std::uint64_t> next = 0;
  std::mutex merging;
  const auto work = [&] {
    while (!choice.stop || !choice.stop()) {
      const std::uint64_t number = next++;
      if (choice.worlds > 0 && number >= choice.worlds) return;
      const Find find = run_world(choice.first_seed + number);
      const std::scoped_lock lock(merging);
      ++result.worlds;
      result.hours += to_seconds(draw_world(find.seed).length) / 3600;
      for (std::size_t kind = 0; kind < harm_kinds().size(); ++kind) {
        result.sizes.at(kind).push_back(harm_kinds().at(kind).size(find.harm));
        keep(result.worst.at(kind), harm_kinds().at(kind), find, choice.kept);
      }
    }
  };
  std::vector<std::thread> workers;
  for (unsigned i = 1; i < choice.threads; ++i) workers.emplace_back(work);
  work();
  for (std::thread& worker : workers) worker.join();
  return result;
}

}  // namespace slewd::tests
