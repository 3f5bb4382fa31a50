// SPDX-License-Identifier: Apache-2.0
// Runs the scenarios of tests/sim/scenarios over many seeds and puts our figures beside those that
// chrony and ntpd reached with the same laws. `./dev bench-discipline` builds and starts it.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <thread>

#include <CLI/CLI.hpp>

#include "sim/scenario/scenario_file.hpp"

#include "tests/sim/bench_output.hpp"
#include "tests/sim/bench_report.hpp"

namespace {

using namespace slewd;

struct Options {
  std::vector<std::string> names;
  std::filesystem::path folder = SLEWD_SOURCE_DIR "/tests/sim";
  std::string poll;
  int seeds = 10;
  std::uint64_t first_seed = 1;
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  std::string json;
  std::string write;
  bool quiet = false;
};

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool wanted(const Options& options, const std::string& name) {
  if (options.names.empty()) return true;
  return std::ranges::find(options.names, name) != options.names.end();
}

Result<std::vector<sim::Scenario>> load(const Options& options) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(options.folder / "scenarios"))
    if (entry.path().extension() == ".json" && wanted(options, entry.path().stem()))
      files.push_back(entry.path());
  std::ranges::sort(files);
  std::vector<sim::Scenario> scenarios;
  for (const auto& file : files) {
    Result<sim::Scenario> scenario = sim::parse_scenario(read_file(file), file.filename().string());
    if (!scenario) return fail(scenario.error());
    scenarios.push_back(std::move(*scenario));
  }
  for (const std::string& name : options.names)
    if (std::ranges::find(scenarios, name, &sim::Scenario::name) == scenarios.end())
      return fail(ErrorCode::not_found,
                  "no scenario '" + name + "' in " + (options.folder / "scenarios").string());
  return scenarios;
}

void print_breaches(const std::vector<tests::BenchRow>& rows) {
  for (const tests::BenchRow& row : rows)
    for (std::size_t i = 0; i < row.results.size(); ++i) {
      const sim::ScenarioResult& run = row.results[i];
      const std::string place =
          row.name() + " " + row.poll_name() + " seed " + std::to_string(row.seeds[i]) + ": ";
      if (run.breaches > 0)
        std::cout << place << run.breaches << " breaches, first: " << run.breach_texts[0] << '\n';
      for (const std::string& limit : sim::broken_limits(*row.scenario, run))
        if (row.scenario->expect == sim::Expectation::sync)
          std::cout << place << "limit: " << limit << '\n';
    }
}

int run(const Options& options) {
  const auto scenarios = load(options);
  const auto peers = tests::Peers::parse(read_file(options.folder / "peers.json"), "peers.json");
  if (!scenarios || !peers) {
    std::cerr << (scenarios ? peers.error() : scenarios.error()).describe() << '\n';
    return 2;
  }
  auto rows = tests::make_rows(*scenarios, options.first_seed, options.seeds, options.poll);
  tests::run_rows(rows, options.threads, [] {});
  std::cout << tests::text_table(rows, *peers) << tests::bound_sentence(rows) << '\n';
  if (!options.quiet) print_breaches(rows);
  if (!options.json.empty()) std::ofstream(options.json) << tests::json_table(rows, *peers);
  if (options.write.empty()) return 0;
  const std::string command = "./dev bench-discipline --seeds " + std::to_string(options.seeds) +
                              " --write " + options.write;
  const auto written = tests::write_results(options.write, rows, *peers, command);
  if (!written) std::cerr << written.error().describe() << '\n';
  return written ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("slewd's discipline on all scenarios, beside chrony's and ntpd's recorded figures");
  app.add_option("scenarios", options.names, "which ones; all when none is named");
  app.add_option("--seeds", options.seeds, "runs of each row")->check(CLI::Range(1, 10000));
  app.add_option("--first-seed", options.first_seed, "the seeds count up from here");
  app.add_option("--poll", options.poll, "only this range of polls, for instance 6:10");
  app.add_option("--threads", options.threads, "worlds at a time")->check(CLI::Range(1, 256));
  app.add_option("--write", options.write,
                 "write the page to this file, plots to images/discipline/ beside it");
  app.add_option("--json", options.json, "write every figure of every run to this file");
  app.add_option("--folder", options.folder, "where scenarios/ and peers.json are");
  app.add_flag("--quiet", options.quiet, "the table alone");
  CLI11_PARSE(app, argc, argv);
  return run(options);
}
