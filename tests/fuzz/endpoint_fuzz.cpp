// SPDX-License-Identifier: Apache-2.0
// Any text as a numeric address: refused with a short message, or an endpoint that survives the way
// through a socket address.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/os/net/endpoint.hpp"
#include "agent/os/process/process_privileges.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(slewd::os::grants_time_capability(text));
  const auto endpoint = slewd::os::parse_numeric(text, 123);
  if (!endpoint) {
    SLEWD_CHECK(endpoint.error().message().size() < 300);
    return 0;
  }
  const auto address = slewd::os::to_socket_address(*endpoint);
  const auto back = slewd::os::from_socket_address(address.get(), address.length);
  SLEWD_CHECK(back && *back == *endpoint);
  SLEWD_CHECK(!slewd::core::format(*endpoint).empty());
  return 0;
}
