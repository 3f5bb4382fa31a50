// SPDX-License-Identifier: Apache-2.0
// The guest's clock tool: moves the clock in each of the ways there are, and reads it. It is also
// the originator that slewd must name. Prints one JSON object.
//
//   clk step SECONDS [clock_settime|settimeofday|setoffset]
//   clk frequency PPM | clk tick NUMBER | clk adjtime SECONDS
//   clk read                what adjtimex(2) says
//   clk forward SECONDS     reads the clocks without a pause: did one of them go back?
//   clk log MS [COUNT]      a line every MS ms: CLOCK_MONOTONIC_RAW and the wall clock, in ns
//   clk cost                what the emulator makes of a reading and of a fork
//   clk serve PORT          answers UDP packets of 8 bytes with these and the clocks' readings
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/e2e/tools/clocks.hpp"

namespace slewd::e2e {
namespace {

constexpr double kPpmUnit = 65536.0;  // adjtimex(2): ppm with a 16-bit fraction
constexpr int kMicro = 1000;

int fail(const char* what) {
  std::perror(what);
  return 1;
}

std::int64_t to_nanoseconds(const char* seconds) {
  return static_cast<std::int64_t>(std::strtod(seconds, nullptr) * static_cast<double>(kSecond));
}

int set_by(std::string_view method, std::int64_t amount) {
  if (method == "setoffset") {
    timex change{};
    change.modes = ADJ_SETOFFSET | ADJ_NANO;
    const timespec parts = to_timespec(amount);
    change.time.tv_sec = parts.tv_sec;
    change.time.tv_usec = parts.tv_nsec;
    return adjtimex(&change) < 0 ? -1 : 0;
  }
  const timespec target = to_timespec(read_clock(CLOCK_REALTIME) + amount);
  if (method == "settimeofday") {
    const timeval coarse{target.tv_sec, target.tv_nsec / kMicro};
    return settimeofday(&coarse, nullptr);
  }
  return clock_settime(CLOCK_REALTIME, &target);
}

int step(std::string_view method, std::int64_t amount) {
  const Place before = read_place_well(20);
  const std::int64_t called = read_clock(CLOCK_MONOTONIC);
  if (set_by(method, amount) != 0) return fail("step");
  const std::int64_t returned = read_clock(CLOCK_MONOTONIC);
  const std::int64_t raw = read_clock(CLOCK_MONOTONIC_RAW);
  const Place after = read_place_well(20);
  std::printf("{\"called\": %.9f, \"returned\": %.9f, \"raw\": %.9f, \"moved\": %.9f}\n",
              static_cast<double>(called) / 1e9, static_cast<double>(returned) / 1e9,
              static_cast<double>(raw) / 1e9,
              static_cast<double>(after.offset - before.offset) / 1e9);
  return 0;
}

int adjust(timex change) {
  const int state = adjtimex(&change);
  if (state < 0) return fail("adjtimex");
  std::printf(
      "{\"state\": %d, \"frequency_ppm\": %.4f, \"tick\": %ld, \"status\": %d, "
      "\"maxerror_us\": %ld, \"mono\": %.9f, ",
      state, static_cast<double>(change.freq) / kPpmUnit, change.tick, change.status,
      change.maxerror, static_cast<double>(read_clock(CLOCK_MONOTONIC)) / 1e9);
  timex rest{};
  rest.modes = ADJ_OFFSET_SS_READ;
  if (adjtimex(&rest) < 0) return fail("adjtimex");
  std::printf("\"singleshot_us\": %ld}\n", rest.offset);
  return 0;
}

int slew(std::int64_t amount) {
  const timeval delta{amount / kSecond, amount % kSecond / kMicro};
  if (adjtime(&delta, nullptr) != 0) return fail("adjtime");
  return adjust({});
}

// The watch of one clock that must not go back.
struct Course {
  std::int64_t last{};
  std::int64_t backward = 0;  // how often
  std::int64_t largest = 0;   // ns
  std::int64_t gap = 0;       // longest time between two readings

  void add(std::int64_t now) {
    if (last != 0 && now < last) {
      ++backward;
      largest = std::max(largest, last - now);
    } else if (last != 0) {
      gap = std::max(gap, now - last);
    }
    last = now;
  }
};

int watch_forward(std::int64_t length) {
  Course wall;
  Course mono;
  const std::int64_t end = read_clock(CLOCK_MONOTONIC_RAW) + length;
  std::int64_t readings = 0;
  while (read_clock(CLOCK_MONOTONIC_RAW) < end) {
    wall.add(read_clock(CLOCK_REALTIME));
    mono.add(read_clock(CLOCK_MONOTONIC));
    ++readings;
  }
  std::printf(
      "{\"readings\": %lld, \"wall_backward\": %lld, \"mono_backward\": %lld, "
      "\"largest_ns\": %lld, \"longest_gap_ms\": %.3f}\n",
      static_cast<long long>(readings), static_cast<long long>(wall.backward),
      static_cast<long long>(mono.backward),
      static_cast<long long>(std::max(wall.largest, mono.largest)),
      static_cast<double>(std::max(wall.gap, mono.gap)) / 1e6);
  return 0;
}

int log_clocks(long interval_ms, long count) {
  constexpr int kPairs = 5;
  const timespec pause = to_timespec(interval_ms * kMicro * kMicro);
  for (long i = 0; count == 0 || i < count; ++i) {
    if (i > 0) nanosleep(&pause, nullptr);
    // An emulated processor is taken away for milliseconds now and then.
    std::array<std::int64_t, 3> best{};
    for (int j = 0; j < kPairs; ++j) {
      const std::int64_t before = read_clock(CLOCK_MONOTONIC_RAW);
      const std::int64_t wall = read_clock(CLOCK_REALTIME);
      const std::int64_t took = read_clock(CLOCK_MONOTONIC_RAW) - before;
      if (j == 0 || took < best[2]) best = {before + took / 2, wall, took};
    }
    std::printf("%lld %lld\n", static_cast<long long>(best[0]), static_cast<long long>(best[1]));
    if (std::fflush(stdout) != 0) return fail("log");
  }
  return 0;
}

int fork_once() {
  const pid_t child = fork();
  if (child == 0) {
    execl("/bin/true", "true", nullptr);
    _exit(1);
  }
  return child < 0 || waitpid(child, nullptr, 0) != child ? -1 : 0;
}

int cost() {
  constexpr int kReadings = 20'000;
  constexpr std::size_t kForks = 21;
  std::int64_t begun = read_clock(CLOCK_MONOTONIC);
  for (int i = 0; i < kReadings; ++i) static_cast<void>(read_clock(CLOCK_REALTIME));
  const std::int64_t readings = read_clock(CLOCK_MONOTONIC) - begun;
  std::vector<std::int64_t> forks;
  for (std::size_t i = 0; i < kForks; ++i) {
    begun = read_clock(CLOCK_MONOTONIC);
    if (fork_once() != 0) return fail("fork");
    forks.push_back(read_clock(CLOCK_MONOTONIC) - begun);
  }
  std::sort(forks.begin(), forks.end());
  std::printf("{\"clock_gettime_us\": %.2f, \"fork_exec_ms\": %.2f}\n",
              static_cast<double>(readings) / kReadings / 1e3,
              static_cast<double>(forks[kForks / 2]) / 1e6);
  return 0;
}

int serve(int port) {
  const int server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_port = htons(static_cast<std::uint16_t>(port));
  if (server < 0 || bind(server, reinterpret_cast<sockaddr*>(&own), sizeof own) != 0) {
    return fail("serve");
  }
  for (;;) {
    struct {
      std::array<char, 8> nonce;
      std::int64_t wall;
      std::int64_t mono;
    } packet{};
    sockaddr_in peer{};
    socklen_t length = sizeof peer;
    auto* address = reinterpret_cast<sockaddr*>(&peer);
    const ssize_t got =
        recvfrom(server, packet.nonce.data(), packet.nonce.size(), 0, address, &length);
    if (got < static_cast<ssize_t>(packet.nonce.size())) continue;
    packet.wall = read_clock(CLOCK_REALTIME);
    packet.mono = read_clock(CLOCK_MONOTONIC);
    sendto(server, &packet, sizeof packet, 0, address, length);
  }
}

int run(int count, char** words) {
  const std::string_view job = count > 1 ? words[1] : "";
  const char* value = count > 2 ? words[2] : "0";
  timex change{};
  if (job == "read") return adjust(change);
  if (job == "cost") return cost();
  if (count < 3) {
    static_cast<void>(std::fputs(
        "usage: clk step|frequency|tick|adjtime|forward|log|serve VALUE, clk read|cost\n", stderr));
    return 2;
  }
  if (job == "step") return step(count > 3 ? words[3] : "clock_settime", to_nanoseconds(value));
  if (job == "adjtime") return slew(to_nanoseconds(value));
  if (job == "forward") return watch_forward(to_nanoseconds(value));
  if (job == "log") {
    return log_clocks(std::strtol(value, nullptr, 10),
                      count > 3 ? std::strtol(words[3], nullptr, 10) : 0);
  }
  if (job == "serve") return serve(static_cast<int>(std::strtol(value, nullptr, 10)));
  if (job == "frequency") {
    change.modes = ADJ_FREQUENCY;
    change.freq = static_cast<long>(std::strtod(value, nullptr) * kPpmUnit);
    return adjust(change);
  }
  if (job == "tick") {
    change.modes = ADJ_TICK;
    change.tick = std::strtol(value, nullptr, 10);
    return adjust(change);
  }
  static_cast<void>(std::fprintf(stderr, "clk: unknown job %s\n", words[1]));
  return 2;
}

}  // namespace
}  // namespace slewd::e2e

int main(int count, char** words) { return slewd::e2e::run(count, words); }
