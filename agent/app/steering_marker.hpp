// SPDX-License-Identifier: Apache-2.0
// A file that exists while this daemon steers the clock. After a crash it tells restore-frequency
// that a slew of ours may still be in force; without it the clock's frequency is somebody else's.
#pragma once

#include <string>

#include "base/result.hpp"

namespace slewd::app {

class SteeringMarker {
 public:
  explicit SteeringMarker(const std::string& state_directory)
      : path_(state_directory + "/steering") {}

  // Writes or removes the file; does nothing when it is already so.
  Result<void> set(bool steering);
  [[nodiscard]] bool present() const;

 private:
  std::string path_;
};

}  // namespace slewd::app
