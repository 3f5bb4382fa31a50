// SPDX-License-Identifier: Apache-2.0
// Any bytes as a uevent: nothing but the kernel's word counts, and only with the whole field.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/os/machine/vmgenid.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using slewd::os::is_new_generation;
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  SLEWD_CHECK(!is_new_generation({1, 1}, message));
  SLEWD_CHECK(!is_new_generation({0, 2}, message));
  const bool holds_it = message.find("NEW_VMGENID=1") != std::string_view::npos;
  SLEWD_CHECK(!is_new_generation({0, 1}, message) || holds_it);
  return 0;
}
