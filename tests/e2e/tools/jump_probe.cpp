// SPDX-License-Identifier: Apache-2.0
// Runs a command that sets the guest's clock, and tells when and by how much it was set, when slewd
// noticed, and when /metrics had it. All times are of the guest's CLOCK_MONOTONIC, in seconds.
//
//   jump_probe PORT COMMAND...    prints one JSON object; "api" is /api/v1/jumps as it was then
//   jump_probe PORT get PATH      prints a page
//
// The clock is looked at in a loop while the command runs, so that a program that tells nothing
// (date -s) is measured like one that does.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/e2e/tools/clocks.hpp"
#include "tests/e2e/tools/http_get.hpp"

namespace slewd::e2e {
namespace {

constexpr std::int64_t kFloor = 500'000;     // ns; a smaller movement is a bad reading
constexpr std::int64_t kMaxDoubt = 100'000;  // ns; a slower reading is none
constexpr std::int64_t kCommandTime = 10 * kSecond;
constexpr std::int64_t kMetricTime = 5 * kSecond;
constexpr int kAgeReadings = 12;

double seconds(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e9; }

// The sum over the series of a counter; its label values hold no spaces.
double total(const std::string& page, std::string_view name) {
  double sum = 0;
  for (std::size_t at = page.find(name); at != std::string::npos; at = page.find(name, at + 1)) {
    const bool whole = at == 0 || page[at - 1] == '\n';
    const std::size_t space = page.find(' ', at);
    if (whole && space != std::string::npos) sum += std::strtod(page.c_str() + space + 1, nullptr);
  }
  return sum;
}

double jumps_counted(HttpGet& http) {
  return total(http.page("/metrics"), "slewd_jump_events_total{");
}

struct Spawned {
  pid_t pid = -1;
  int output = -1;
};

Spawned spawn(char** command) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    execvp(command[0], command);
    _exit(127);
  }
  close(ends[1]);
  return {child, ends[0]};
}

struct Step {
  std::int64_t latest_before{};  // MONOTONIC when the clock had not been set yet
  std::int64_t earliest_after{};
  Place after;
};

bool await_step(const Place& before, Step& step) {
  const std::int64_t end = before.mono + kCommandTime;
  step.latest_before = before.mono;
  for (;;) {
    const Place place = read_place();
    const bool moved = std::abs(place.offset - before.offset) > kFloor + place.doubt;
    if (moved) {
      step.earliest_after = place.mono;
      return true;
    }
    step.latest_before = place.doubt > kMaxDoubt ? step.latest_before : place.mono;
    if (place.mono > end) return false;
  }
}

struct Metric {
  std::int64_t asked{};
  std::int64_t seen{};
  int polls = 0;
  std::vector<std::int64_t> costs;
};

bool await_metric(HttpGet& http, double before, Metric& metric) {
  metric.seen = read_clock(CLOCK_MONOTONIC);
  const std::int64_t end = metric.seen + kMetricTime;
  while (metric.seen < end) {
    metric.asked = metric.seen;
    const double now = jumps_counted(http);
    metric.seen = read_clock(CLOCK_MONOTONIC);
    metric.costs.push_back(metric.seen - metric.asked);
    ++metric.polls;
    if (now > before) return true;
  }
  return false;
}

// When slewd noticed: the moment of the answer less the newest event's age. Each answer bounds it
// from both sides; together they bound it well.
struct Seen {
  double from = 0;
  double to = 1e18;
  std::string page;
};

Seen ask_when_seen(HttpGet& http) {
  static constexpr std::string_view kAge = "\"age_seconds\":";
  Seen seen;
  for (int i = 0; i < kAgeReadings; ++i) {
    const std::int64_t asked = read_clock(CLOCK_MONOTONIC);
    seen.page = http.page("/api/v1/jumps");
    const std::int64_t answered = read_clock(CLOCK_MONOTONIC);
    const std::size_t at = seen.page.find(kAge);  // newest first
    if (at == std::string::npos) continue;
    const double age = std::strtod(seen.page.c_str() + at + kAge.size(), nullptr);
    seen.from = std::max(seen.from, seconds(asked) - age);
    seen.to = std::min(seen.to, seconds(answered) - age);
  }
  return seen;
}

std::string finish(const Spawned& child, int& status) {
  std::string text;
  std::array<char, 512> chunk{};
  for (;;) {
    const ssize_t got = read(child.output, chunk.data(), chunk.size());
    if (got <= 0) break;
    text.append(chunk.data(), static_cast<std::size_t>(got));
  }
  waitpid(child.pid, &status, 0);
  std::replace(text.begin(), text.end(), '"', '\'');
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

int measure(HttpGet& http, char** command) {
  const double counted = jumps_counted(http);
  const Place before = read_place_well(50);
  const Spawned child = spawn(command);
  if (child.pid < 0) {
    std::perror("spawn");
    return 1;
  }
  Step step;
  const bool stepped = await_step(before, step);
  Metric metric;
  const bool counts = stepped && await_metric(http, counted, metric);
  const Place after = read_place_well(50);
  const Seen seen = ask_when_seen(http);
  int status = 0;
  const std::string said = finish(child, status);
  std::sort(metric.costs.begin(), metric.costs.end());
  const std::int64_t typical = metric.costs.empty() ? 0 : metric.costs[metric.costs.size() / 2];
  std::printf(
      "{\"status\": %d, \"said\": \"%s\", \"stepped\": %s, \"counted\": %s, \"moved\": %.9f, "
      "\"step_from\": %.9f, \"step_to\": %.9f, \"metric_asked\": %.9f, "
      "\"metric_got\": %.9f, \"polls\": %d, "
      "\"scrape_ms\": %.3f, \"seen_from\": %.9f, \"seen_to\": %.9f, \"api\": %s}\n",
      status, said.c_str(), stepped ? "true" : "false", counts ? "true" : "false",
      seconds(after.offset - before.offset), seconds(step.latest_before),
      seconds(step.earliest_after), seconds(metric.asked), seconds(metric.seen), metric.polls,
      static_cast<double>(typical) / 1e6, seen.from, seen.to,
      seen.page.empty() ? "null" : seen.page.c_str());
  return 0;
}

int run(int count, char** words) {
  if (count < 3) {
    static_cast<void>(
        std::fputs("usage: jump_probe PORT COMMAND... | jump_probe PORT get PATH\n", stderr));
    return 2;
  }
  HttpGet http(static_cast<int>(std::strtol(words[1], nullptr, 10)));
  if (std::string_view(words[2]) == "get" && count == 4) {
    const std::string page = http.page(words[3]);
    static_cast<void>(std::fputs(page.c_str(), stdout));
    return page.empty() ? 1 : 0;
  }
  return measure(http, words + 2);
}

}  // namespace
}  // namespace slewd::e2e

int main(int count, char** words) { return slewd::e2e::run(count, words); }
