// SPDX-License-Identifier: Apache-2.0
// Searches for the worlds in which slewd does the most harm. `./dev worst` builds and starts it.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <iostream>
#include <mutex>
#include <thread>

#include <CLI/CLI.hpp>

#include "base/duration.hpp"
#include "base/text.hpp"

#include "tests/sim/scenario_writer.hpp"
#include "tests/sim/worst_search.hpp"

namespace {

using namespace slewd;

struct WorstOptions {
  double minutes = 0;
  std::uint64_t worlds = 0;
  std::uint64_t first_seed = 1;
  std::uint64_t seed = 0;
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  std::size_t kept = 10;
  std::string write;
  std::string json;
  std::string results;
  double trace = 0;
};

// Prints how a world goes: each phase as it begins, and a line each so many seconds.
class Tracer final : public sim::RunWatcher {
 public:
  explicit Tracer(Nanos every) : every_(every) {}

  void begin(sim::EngineHost& /*host*/) override {
    std::cout << "seconds  error  bound  phase  base_ppm  needed_ppm  slew_ppm\n";
  }
  void second(sim::EngineHost& host, Nanos elapsed, Nanos error) override {
    if (!host.running()) return;
    const auto picture = host.snapshot();
    const bool is_new = picture->phase.phase != phase_;
    phase_ = picture->phase.phase;
    if (!is_new && elapsed % every_ != Nanos{0}) return;
    const double oscillator =
        (1 + to_ratio(host.client.true_frequency())) / (1 + to_ratio(host.client.kernel().rate()));
    const core::Decision last = host.programmed().value_or(core::Decision{});
    std::cout << elapsed / std::chrono::seconds{1} << "  " << format_rounded(error) << "  "
              << format_rounded(picture->clock.error_bound.value_or(Nanos{0})) << "  "
              << core::to_string(phase_) << "  " << format_fixed(last.frequency.value, 3) << "  "
              << format_fixed(from_ratio(1 / oscillator - 1).value, 3) << "  "
              << format_fixed(last.slew_rate.value, 1) << '\n';
  }

 private:
  Nanos every_;
  core::Phase phase_ = core::Phase::unset;
};

void trace(std::uint64_t seed, double every) {
  const sim::Scenario world = tests::draw_world(seed);
  Tracer tracer(std::chrono::seconds{static_cast<std::int64_t>(every)});
  static_cast<void>(sim::run_scenario(world, tests::choice_for(world, tracer)));
}

bool save(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) std::cerr << "cannot write " << path << '\n';
  return static_cast<bool>(out);
}

// Says when the time is over; zero minutes never are.
class Deadline {
 public:
  explicit Deadline(double minutes) {
    if (minutes <= 0) return;
    waiting_ = std::jthread([this, minutes](const std::stop_token& stop) {
      std::unique_lock lock(mutex_);
      over_ = !woken_.wait_for(lock, stop, std::chrono::duration<double, std::ratio<60>>(minutes),
                               [&] { return stop.stop_requested(); });
    });
  }
  [[nodiscard]] bool is_over() const { return over_; }

 private:
  std::mutex mutex_;
  std::condition_variable_any woken_;
  std::atomic<bool> over_ = false;
  std::jthread waiting_;  // ended before what it uses
};

int search(const WorstOptions& options) {
  tests::SearchChoice choice;
  choice.first_seed = options.seed > 0 ? options.seed : options.first_seed;
  choice.worlds = options.seed > 0 ? 1 : options.worlds;
  choice.threads = options.seed > 0 ? 1 : options.threads;
  choice.kept = options.kept;
  if (choice.worlds == 0 && options.minutes <= 0) choice.worlds = 1000;
  const Deadline deadline(options.minutes);
  choice.stop = [&deadline] { return deadline.is_over(); };
  if (options.trace > 0) trace(options.seed, options.trace);
  const tests::SearchResult result = tests::search_worst(choice);
  std::cout << tests::text_of(result);
  bool saved = true;
  if (!options.write.empty())
    saved = save(options.write, tests::scenario_text(tests::draw_world(choice.first_seed)));
  if (!options.json.empty()) saved = save(options.json, tests::json_of(result)) && saved;
  if (!options.results.empty()) {
    const std::string command = "./dev worst --first-seed " + std::to_string(choice.first_seed) +
                                " --worlds " + std::to_string(result.worlds) + " --write-results " +
                                options.results;
    saved = save(options.results, tests::worst_page(result, command)) && saved;
  }
  return saved ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  WorstOptions options;
  CLI::App app("draws worlds at random and lists those in which slewd does the most harm");
  app.add_option("--minutes", options.minutes, "search for so long")->check(CLI::PositiveNumber);
  app.add_option("--worlds", options.worlds, "how many worlds; 1000 without --minutes");
  app.add_option("--first-seed", options.first_seed, "the seeds count up from here");
  CLI::Option* seed = app.add_option("--seed", options.seed, "this world alone");
  app.add_option("--write", options.write, "save the world of --seed as a scenario in this file")
      ->needs(seed);
  app.add_option("--trace", options.trace, "print the clock each so many seconds of it")
      ->needs(seed)
      ->check(CLI::Range(1, 86400));
  app.add_option("--threads", options.threads, "worlds at a time")->check(CLI::Range(1, 256));
  app.add_option("--keep", options.kept, "how many of each kind to list");
  app.add_option("--json", options.json, "write the lists to this file");
  app.add_option("--write-results", options.results, "write the page to this file");
  CLI11_PARSE(app, argc, argv);
  return search(options);
}
