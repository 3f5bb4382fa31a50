// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/convert_any.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return slewd::convert_any(slewd::app::ForeignFormat::chrony, data, size);
}
