// SPDX-License-Identifier: Apache-2.0
// Runs a daemon and dies as Dovecot 1.x did: when the wall clock goes back by more than 5 s, it
// says the sentence that Dovecot said, takes the daemon along and ends with status 89
// (FATAL_DEFAULT of Dovecot's src/lib/failures.h). A unit without Restart=, like Debian's, then
// stays dead.
//
//   dies_of_steps PROGRAM ARGUMENTS...     PROGRAM has to stay in the foreground
#include <csignal>
#include <cstdio>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/e2e/tools/clocks.hpp"

namespace slewd::e2e {
namespace {

constexpr std::int64_t kDeadly = 5 * kSecond;
constexpr int kLookEvery = 50;  // ms
constexpr int kFatal = 89;

int run(int count, char** words) {
  if (count < 2) {
    static_cast<void>(std::fputs("usage: dies_of_steps PROGRAM ARGUMENTS...\n", stderr));
    return 2;
  }
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // so that a stop of the unit reaches it however this ends
    execv(words[1], words + 1);
    _exit(127);
  }
  Place before = read_place();
  for (;;) {
    poll(nullptr, 0, kLookEvery);
    int status = 0;
    if (waitpid(child, &status, WNOHANG) == child)
      return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    const Place now = read_place();
    const std::int64_t back = before.offset - now.offset;
    before = now;
    if (back <= kDeadly) continue;
    static_cast<void>(std::fprintf(stderr,
                                   "Fatal: Time just moved backwards by %lld seconds. This might "
                                   "cause a lot of problems, so I'll just kill myself now.\n",
                                   static_cast<long long>(back / kSecond)));
    kill(child, SIGKILL);
    return kFatal;
  }
}

}  // namespace
}  // namespace slewd::e2e

int main(int count, char** words) { return slewd::e2e::run(count, words); }
