// SPDX-License-Identifier: Apache-2.0
// Both ends of a web cache: the server behind it, and a client that counts what goes wrong.
//
//   http_watch serve PORT            answers every request with a small page that may be cached
//   http_watch load PORT SECONDS     asks for it again and again, each time on a new connection,
//   and
//                                    prints one JSON object; times are of CLOCK_MONOTONIC_RAW
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <sys/socket.h>
#include <unistd.h>

#include "tests/e2e/tools/clocks.hpp"
#include "tests/e2e/tools/loopback.hpp"

namespace slewd::e2e {
namespace {

constexpr std::int64_t kPatience = 10 * kSecond;
constexpr useconds_t kPause = 2'000;  // us; the emulated processors have other work as well
// Varnish compares its clock with the time at which a connection was opened when this is closed: a
// step hurts those that are open just then.
constexpr int kRequestsOfConnection = 50;
constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
constexpr std::string_view kPage =
    "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nCache-Control: max-age=3600\r\nConnection: close\r\n"
    "\r\nhere\r\n";

int serve(int port) {
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in own = loopback_address(port);
  if (bind(server, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0 ||
      listen(server, 64) != 0) {
    std::perror("serve");
    return 1;
  }
  for (;;) {
    const int link = accept(server, nullptr, nullptr);
    if (link < 0) continue;
    char byte = 0;
    std::string head;
    while (!head.ends_with("\r\n\r\n") && recv(link, &byte, 1, 0) == 1) head += byte;
    send(link, kPage.data(), kPage.size(), MSG_NOSIGNAL);
    close(link);
  }
}

volatile std::sig_atomic_t told_to_end = 0;

// One page, up to its last line.
bool ask(Loopback& link) {
  std::string line;
  if (!link.send_all(kRequest) || !link.read_line(line)) return false;
  const bool good = line.starts_with("HTTP/1.1 200");
  while (line != "here") {
    if (!link.read_line(line)) return false;
  }
  return good;
}

struct Tally {
  int requests = 0;
  int errors = 0;
  std::int64_t first_error = 0;
  std::int64_t last_error = 0;
  std::int64_t last_good = 0;
  std::int64_t longest_gap = 0;  // between two good answers

  void add(bool good, std::int64_t begun, std::int64_t ended) {
    ++requests;
    if (good) {
      if (last_good != 0) longest_gap = std::max(longest_gap, ended - last_good);
      last_good = ended;
      return;
    }
    ++errors;
    if (first_error == 0) first_error = begun;
    last_error = ended;
  }
};

// The requests of one connection; it ends early with the first that fails.
void load_once(int port, std::int64_t end, Tally& tally) {
  std::int64_t begun = read_clock(CLOCK_MONOTONIC_RAW);
  Loopback link(kPatience);
  bool good = link.connect_to(port);
  for (int left = kRequestsOfConnection; left > 0 && begun < end && told_to_end == 0; --left) {
    good = good && ask(link);
    tally.add(good, begun, read_clock(CLOCK_MONOTONIC_RAW));
    usleep(kPause);
    if (!good) return;
    begun = read_clock(CLOCK_MONOTONIC_RAW);
  }
}

int load(int port, std::int64_t length) {
  Tally tally;
  const std::int64_t end = read_clock(CLOCK_MONOTONIC_RAW) + length;
  static_cast<void>(std::signal(SIGTERM, [](int) { told_to_end = 1; }));
  while (read_clock(CLOCK_MONOTONIC_RAW) < end && told_to_end == 0) load_once(port, end, tally);
  std::printf(
      "{\"requests\": %d, \"errors\": %d, \"first_error\": %.6f, \"last_error\": %.6f, "
      "\"longest_gap\": %.6f}\n",
      tally.requests, tally.errors, static_cast<double>(tally.first_error) / 1e9,
      static_cast<double>(tally.last_error) / 1e9, static_cast<double>(tally.longest_gap) / 1e9);
  return 0;
}

int run(int count, char** words) {
  const std::string_view job = count > 1 ? words[1] : "";
  const int port = count > 2 ? static_cast<int>(std::strtol(words[2], nullptr, 10)) : 0;
  if (job == "serve" && count == 3) return serve(port);
  if (job == "load" && count == 4) {
    return load(port, std::strtol(words[3], nullptr, 10) * kSecond);
  }
  static_cast<void>(
      std::fputs("usage: http_watch serve PORT | http_watch load PORT SECONDS\n", stderr));
  return 2;
}

}  // namespace
}  // namespace slewd::e2e

int main(int count, char** words) { return slewd::e2e::run(count, words); }
