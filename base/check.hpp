// SPDX-License-Identifier: Apache-2.0
// SLEWD_CHECK: an impossible state ends the process with a message, in release builds too; the
// service manager starts it again. Never for outside input, which gives an Error.
#pragma once

namespace slewd {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace slewd

#define SLEWD_CHECK(condition)                               \
  do {                                                       \
    if (!(condition)) [[unlikely]]                           \
      ::slewd::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)
