// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/kept_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace slewd::os {

Result<std::string_view> KeptFile::read() {
  if (!fd_.valid()) fd_ = Fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd_.valid()) return fail(system_error("open " + path_, errno));
  const ssize_t got = ::pread(fd_.get(), text_.data(), text_.size(), 0);
  if (got < 0) {
    const int number = errno;
    fd_.reset();
    return fail(system_error("read " + path_, number));
  }
  return std::string_view(text_.data(), static_cast<std::size_t>(got));
}

}  // namespace slewd::os
