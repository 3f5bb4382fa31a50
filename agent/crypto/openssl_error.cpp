// SPDX-License-Identifier: Apache-2.0
#include "agent/crypto/openssl_error.hpp"

#include <string>

#include <openssl/err.h>

namespace slewd::crypto {

Error openssl_error(std::string_view call) {
  const unsigned long number = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = number == 0 ? nullptr : ERR_reason_error_string(number);
  const bool missing =
      ERR_GET_REASON(number) == ERR_R_UNSUPPORTED || ERR_GET_REASON(number) == ERR_R_FETCH_FAILED;
  return {missing ? ErrorCode::unsupported : ErrorCode::internal,
          std::string(call) + ": " + (reason == nullptr ? "failed without a reason" : reason)};
}

}  // namespace slewd::crypto
