// SPDX-License-Identifier: Apache-2.0
#include "base/quiet_thread.hpp"

#include <utility>

#include <pthread.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): pthread_sigmask is POSIX

namespace slewd {

std::jthread start_quiet_thread(const char* name, std::function<void()> body) {
  // Blocked before the thread exists, which inherits the mask: there is no gap.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::jthread thread(std::move(body));
  ::pthread_setname_np(thread.native_handle(), name);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace slewd
