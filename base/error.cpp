// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"

#include <cerrno>
#include <system_error>

namespace slewd {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return "invalid";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::permission:
      return "permission";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::timeout:
      return "timeout";
    case ErrorCode::limit:
      return "limit";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::internal:
      return "internal";
  }
  return "internal";
}

std::string Error::describe() const {
  std::string text = message_;
  for (const std::string& place : path_) text.insert(0, place + ": ");
  return text;
}

namespace {

ErrorCode code_of_errno(int number) {
  switch (number) {
    case EPERM:
    case EACCES:
      return ErrorCode::permission;
    case ENOENT:
    case ESRCH:
      return ErrorCode::not_found;
    case EINVAL:
    case ERANGE:
      return ErrorCode::invalid;
    case ETIMEDOUT:
      return ErrorCode::timeout;
    case EMFILE:
    case ENFILE:
    case ENOSPC:
    case ENOMEM:
    case ENOBUFS:
    case EADDRNOTAVAIL:  // of a connect(): no port of our own is left
      return ErrorCode::limit;
    case ENOSYS:
    case EOPNOTSUPP:
    case EAFNOSUPPORT:
      return ErrorCode::unsupported;
    default:
      return ErrorCode::unavailable;
  }
}

}  // namespace

Error system_error(std::string_view call, int number) {
  return Error(code_of_errno(number),
               std::string(call) + ": " + std::generic_category().message(number));
}

}  // namespace slewd
