// SPDX-License-Identifier: Apache-2.0
#include "agent/os/process/entropy.hpp"

#include <cerrno>

#include <sys/random.h>

#include "base/check.hpp"

namespace slewd::os {

std::uint64_t SystemEntropy::next() {
  std::uint64_t value = 0;
  ssize_t got = 0;
  do {
    got = ::getrandom(&value, sizeof value, 0);
  } while (got < 0 && errno == EINTR);
  // Fewer than 256 bytes come whole or not at all (getrandom(2)), and no flag allows a refusal.
  SLEWD_CHECK(got == static_cast<ssize_t>(sizeof value));
  return value;
}

}  // namespace slewd::os
