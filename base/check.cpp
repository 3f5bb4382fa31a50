// SPDX-License-Identifier: Apache-2.0
#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace slewd {

void check_failed(const char* condition, const char* file, int line) {
  (void)std::fprintf(stderr, "slewd: impossible state at %s:%d: %s\n", file, line, condition);
  std::abort();
}

}  // namespace slewd
