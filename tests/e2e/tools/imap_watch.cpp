// SPDX-License-Identifier: Apache-2.0
// A busy client of an IMAP server: does one thing again and again, each time on a new connection,
// and tells how each attempt went, one line of JSON for each.
//
//   imap_watch greet PORT SECONDS                  connects and awaits the greeting
//   imap_watch login PORT SECONDS USER PASSWORD    logs in as well, and logs out
//
// "begun" and "ended" are of CLOCK_MONOTONIC_RAW, "took" is their difference. An attempt waits for
// as long as the server holds it back: that wait is what there is to see.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <unistd.h>

#include "tests/e2e/tools/clocks.hpp"
#include "tests/e2e/tools/loopback.hpp"

namespace slewd::e2e {
namespace {

constexpr std::int64_t kPatience = 200 * kSecond;  // Dovecot holds a login back for 180 s at most
constexpr useconds_t kPause = 250'000;             // us between two attempts

struct Account {
  std::string_view user;
  std::string_view password;
};

bool await_greeting(Loopback& link) {
  std::string line;
  return link.read_line(line) && line.starts_with("* OK");
}

bool log_in(Loopback& link, const Account& account) {
  std::string request("a LOGIN ");
  request.append(account.user).append(" ").append(account.password).append("\r\n");
  if (!link.send_all(request)) return false;
  std::string line;
  while (link.read_line(line)) {
    if (line.starts_with("a ")) return line.starts_with("a OK");
  }
  return false;
}

// The word for the line: "ok", "no" when the server said so, or why there was no answer.
std::string_view attempt(int port, const Account* account, std::int64_t& ended) {
  Loopback link(kPatience);
  bool good = link.connect_to(port) && await_greeting(link);
  if (good && account != nullptr) good = log_in(link, *account);
  ended = read_clock(CLOCK_MONOTONIC_RAW);
  if (good && account != nullptr) static_cast<void>(link.send_all("b LOGOUT\r\n"));
  if (good) return "ok";
  return link.failure().empty() ? "no" : link.failure();
}

void watch(int port, const Account* account, std::int64_t length) {
  const std::int64_t end = read_clock(CLOCK_MONOTONIC_RAW) + length;
  for (std::int64_t begun = 0; (begun = read_clock(CLOCK_MONOTONIC_RAW)) < end; usleep(kPause)) {
    std::int64_t ended = 0;
    const std::string_view outcome = attempt(port, account, ended);
    std::printf("{\"begun\": %.6f, \"ended\": %.6f, \"took\": %.6f, \"outcome\": \"%.*s\"}\n",
                static_cast<double>(begun) / 1e9, static_cast<double>(ended) / 1e9,
                static_cast<double>(ended - begun) / 1e9, static_cast<int>(outcome.size()),
                outcome.data());
    static_cast<void>(std::fflush(stdout));  // whoever reads the file wants whole lines
  }
}

int run(int count, char** words) {
  const std::string_view job = count > 1 ? words[1] : "";
  const bool login = job == "login" && count == 6;
  if (!login && !(job == "greet" && count == 4)) {
    static_cast<void>(std::fputs(
        "usage: imap_watch greet PORT SECONDS | imap_watch login PORT SECONDS USER PASSWORD\n",
        stderr));
    return 2;
  }
  const int port = static_cast<int>(std::strtol(words[2], nullptr, 10));
  const std::int64_t length = std::strtol(words[3], nullptr, 10) * kSecond;
  const Account account = login ? Account{words[4], words[5]} : Account{};
  watch(port, login ? &account : nullptr, length);
  return 0;
}

}  // namespace
}  // namespace slewd::e2e

int main(int count, char** words) { return slewd::e2e::run(count, words); }
