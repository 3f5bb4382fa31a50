// SPDX-License-Identifier: Apache-2.0
// The one way in which a failure of OpenSSL becomes an Error.
#pragma once

#include <string_view>

#include "base/error.hpp"

namespace slewd::crypto {

// Names the call and OpenSSL's newest reason, and empties this thread's error queue. The code is
// `unsupported` when the build or its policy (FIPS) lacks an algorithm, else `internal`.
[[nodiscard]] Error openssl_error(std::string_view call);

}  // namespace slewd::crypto
