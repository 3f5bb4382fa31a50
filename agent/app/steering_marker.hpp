// SPDX-License-Identifier: Apache-2.0
// A file that exists while the daemon steers the clock. After a crash it shows restore-frequency
// that a slew of slewd may still be in force; without it the frequency belongs to another program.
#pragma once

#include <string>

#include "base/result.hpp"

namespace slewd::app {

class SteeringMarker {
 public:
  explicit SteeringMarker(const std::string& state_directory)
      : path_(state_directory + "/steering") {}

  // Writes or removes the file, unless that was already done.
  Result<void> set(bool steering);
  [[nodiscard]] bool present() const;

 private:
  std::string path_;
};

}  // namespace slewd::app
