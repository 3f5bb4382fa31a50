// SPDX-License-Identifier: Apache-2.0
#include "base/read_bounded.hpp"

#include <array>
#include <cerrno>

#include <unistd.h>

namespace slewd {

Result<std::string> read_bounded(int fd, std::size_t max_bytes) {
  std::string text;
  std::array<char, 4096> part{};
  for (;;) {
    const ssize_t got = ::read(fd, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(system_error("read", errno));
    if (got == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(got));
    if (text.size() > max_bytes)
      return fail(ErrorCode::limit,
                  "longer than the " + std::to_string(max_bytes) + " bytes that are allowed");
  }
}

}  // namespace slewd
