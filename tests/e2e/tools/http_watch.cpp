// Both ends of a web cache: the server behind it, and a client that counts what goes wrong.
//
//   http_watch serve PORT            answers every request with a small page that may be cached
//   http_watch load PORT SECONDS     asks for it again and again, each time on a new connection,
//   and
//                                    prints one JSON object; times are of CLOCK_MONOTONIC_RAW
#include <algorithm>
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
constexpr std::string_view kPage =
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nCache-Control: max-age=3600\r\nConnection: close\r\n"
    "\r\nhere\n";

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

std::string_view ask(int port) {
  Loopback link(kPatience);
  std::string line;
  const bool answered =
      link.connect_to(port) &&
      link.send_all("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n") &&
      link.read_line(line);
  if (answered) return line.starts_with("HTTP/1.1 200") ? "ok" : "bad";
  return link.failure();
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

int load(int port, std::int64_t length) {
  Tally tally;
  const std::int64_t start = read_clock(CLOCK_MONOTONIC_RAW);
  for (std::int64_t begun = start; begun < start + length;
       begun = read_clock(CLOCK_MONOTONIC_RAW)) {
    const bool good = ask(port) == "ok";
    tally.add(good, begun, read_clock(CLOCK_MONOTONIC_RAW));
    usleep(kPause);
  }
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
