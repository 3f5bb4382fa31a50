// SPDX-License-Identifier: Apache-2.0
// Errors as values: what went wrong, and the path of callers and places that led there.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slewd {

// For decisions of the caller. The message is for users, the code for programs.
enum class ErrorCode {
  invalid,      // the input is wrong: a file, a packet, an argument
  not_found,    // a file, a host or a unit does not exist
  permission,   // the kernel or the peer refuses: a capability or a permission is missing
  unavailable,  // a resource or a peer does not answer now; trying again may help
  timeout,      // a deadline passed
  limit,        // a named bound of base/limits.hpp was reached
  unsupported,  // this kernel or this build cannot do it
  internal,     // an unexpected failure of a library
};

[[nodiscard]] std::string_view to_string(ErrorCode code);

// A value with the error, its place, and a suggestion.
class Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  [[nodiscard]] ErrorCode code() const { return code_; }
  [[nodiscard]] const std::string& message() const { return message_; }

  // Adds an outer place: `read_config` wraps `open` wraps the errno text.
  [[nodiscard]] Error within(std::string place) && {
    path_.push_back(std::move(place));
    return std::move(*this);
  }

  // "outermost: ...: innermost: message", from the outside in.
  [[nodiscard]] std::string describe() const;

 private:
  ErrorCode code_;
  std::string message_;
  std::vector<std::string> path_;  // innermost first
};

// The error of a failed system call: `call` names it, `number` is its errno.
[[nodiscard]] Error system_error(std::string_view call, int number);

}  // namespace slewd
