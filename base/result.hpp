// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value or the Error that prevented it. No exception crosses a library of ours.
#pragma once

#include <utility>

#include <tl/expected.hpp>

#include "base/error.hpp"

namespace slewd {

template <class T>
using Result = tl::expected<T, Error>;

// `return fail(ErrorCode::invalid, "...")` from any function that returns a Result.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error(code, std::move(message)));
}

[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace slewd
