// SPDX-License-Identifier: Apache-2.0
#include "agent/app/steering_marker.hpp"

#include <cerrno>

#include <unistd.h>

#include "base/atomic_file.hpp"

namespace slewd::app {

bool SteeringMarker::present() const { return ::access(path_.c_str(), F_OK) == 0; }

Result<void> SteeringMarker::set(bool steering) {
  if (steering == present()) return {};
  if (steering) return write_atomically(path_, "slewd steers this clock\n", 0644);
  if (::unlink(path_.c_str()) != 0) return fail(system_error("unlink", errno).within(path_));
  return {};
}

}  // namespace slewd::app
