// SPDX-License-Identifier: Apache-2.0
// Reads a value from unaligned bytes of the kernel.
#pragma once

#include <cstddef>
#include <cstring>
#include <optional>
#include <span>

namespace slewd::os {

// Nothing when the bytes end before the value does.
template <class T>
[[nodiscard]] std::optional<T> read_at(std::span<const std::byte> bytes, std::size_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value{};
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

}  // namespace slewd::os
