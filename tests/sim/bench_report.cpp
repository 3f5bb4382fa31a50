// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/bench_report.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>

#include "sim/scenario/plot.hpp"

#include "tests/sim/bench_output.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;

struct Plot {
  std::string_view row;
  std::string_view poll;
  Nanos from;  // what is shown, since the start
  Nanos to;
  Nanos every;
  std::string_view caption;
};

constexpr std::array kPlots{
    Plot{"lan", "6:6", 6h, 18h, 60s, "One server on the local network"},
    Plot{"lan4", "6:6", 6h, 18h, 60s, "Four servers on the local network"},
    Plot{"vm8", "6:6", 6h, 30h, 60s, "A virtual machine whose oscillator wanders"},
    Plot{"congest", "6:6", 6h, 12h, 30s, "Congestion in the first quarter of each hour"},
    Plot{"start_p11@10000ppm", "6:6", 0s, 25min, 2s, "11 s ahead at the start, slewed at 1 %"},
    Plot{"spike1", "6:6", 11h, 13h, 10s,
         "The only server is wrong by 5.5 s from 12 h on, for 600 s"},
    Plot{"vmpause", "6:6", 43100s, 43400s, 1s, "Somebody sets the clock back by 5 s at 12 h"},
    Plot{"outage6h", "6:6", 20h, 34h, 120s, "No network from 24 h to 30 h"},
};

enum class Group { steady, event, limits };

Group group_of(const BenchRow& row) {
  if (row.scenario->limits) return Group::limits;
  const bool starts_off = row.scenario->rates.size() > 1;
  return row.scenario->watched || starts_off ? Group::event : Group::steady;
}

std::string table_of(const std::vector<BenchRow>& rows, const Peers& peers, Group group) {
  std::vector<BenchRow> chosen;
  for (const BenchRow& row : rows)
    if (group_of(row) == group) chosen.push_back(row);
  return chosen.empty() ? "None of these was run.\n" : markdown_table(chosen, peers);
}

std::string file_of(const Plot& plot) {
  std::string name(plot.row);
  std::ranges::replace(name, '@', '-');
  return name + ".svg";
}

const BenchRow* find(const std::vector<BenchRow>& rows, const Plot& plot) {
  const auto found = std::ranges::find_if(rows, [&](const BenchRow& row) {
    return row.name() == plot.row && row.poll_name() == plot.poll;
  });
  return found == rows.end() ? nullptr : &*found;
}

Result<void> write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) return fail(ErrorCode::unavailable, "cannot write " + path.string());
  return {};
}

Result<void> write_plot(const std::filesystem::path& folder, const BenchRow& row,
                        const Plot& plot) {
  sim::Scenario scenario = *row.scenario;
  scenario.length = std::min(scenario.length, plot.to);
  scenario.statistics_from = std::min(scenario.statistics_from, scenario.length);
  sim::RunChoice choice;
  choice.poll = row.poll;
  choice.rate = row.rate;
  choice.seed = row.seeds.front();
  choice.series_every = plot.every;
  sim::ScenarioResult result = sim::run_scenario(scenario, choice);
  std::erase_if(result.series,
                [&](const sim::SeriesPoint& point) { return point.elapsed < plot.from; });
  const std::string title = std::string(plot.caption) + " (" + row.name() + " " + row.poll_name() +
                            ", seed " + std::to_string(choice.seed) + ")";
  return write_file(folder / file_of(plot), sim::plot_svg(title, result.series));
}

}  // namespace

std::string results_page(const std::vector<BenchRow>& rows, const Peers& peers,
                         const std::string& command) {
  std::string page = "# What the discipline reaches\n\nWritten by `" + command +
                     R"(`; do not edit.

slewd's core runs in the virtual world of `sim/` on the scenarios of `tests/sim/scenarios`: each
oscillator, path and server follows the same law as in the runs of chrony, ntpd and of the oracle
whose figures are in `tests/sim/peers.json`. Errors are those of the wall clock against true time,
sampled each second. *rms* is the median over the seeds, *max* the largest error of all seeds;
chrony's are those of the better of its two versions. *ratio* is chrony's rms over ours: above 1 is
better than chrony. *oracle* is a Kalman filter with ideal steering that was fed with chrony's
packets. *plain* is a textbook client that gets slewd's replies in the same run, with ideal steering:
a least-squares line for each server, and the median of the servers. *p/h* is packets per hour. *home* is the median time until the error stays below 1 ms for
half an hour: after the start, or after the event. *bound out* is the share of the seconds in
which the published bound did not contain the truth.

A verdict is *goal* (within 1.3 of the oracle), *ok* (no worse than the best of the peers by the
recorded gates: 1.05 of its rms, 1.1 of its maximum and packets; of the plain client's likewise), or
MISS with what is missed. [The worst](discipline-worst.md) lists worlds that were drawn at random.

## Steady state

)";
  page += table_of(rows, peers, Group::steady) + "\n## Starts and events\n\n" +
          table_of(rows, peers, Group::event) + "\n## The parameter sets of chrony's own tests\n\n";
  page += table_of(rows, peers, Group::limits) + "\n## The bound\n\n" + bound_sentence(rows) +
          "\n\n## Plots\n\n";
  page += "The line is the error, the band the published bound, grey another phase than Sync.\n";
  for (const Plot& plot : kPlots) {
    if (find(rows, plot) == nullptr) continue;
    page += "\n![" + std::string(plot.caption) + "](images/discipline/" + file_of(plot) + ")\n";
  }
  return page;
}

Result<void> write_results(const std::filesystem::path& page, const std::vector<BenchRow>& rows,
                           const Peers& peers, const std::string& command) {
  const std::filesystem::path folder = page.parent_path() / "images" / "discipline";
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return fail(ErrorCode::unavailable, "cannot make " + folder.string());
  for (const Plot& plot : kPlots) {
    const BenchRow* row = find(rows, plot);
    if (row == nullptr) continue;
    if (auto written = write_plot(folder, *row, plot); !written) return written;
  }
  return write_file(page, results_page(rows, peers, command));
}

}  // namespace slewd::tests
