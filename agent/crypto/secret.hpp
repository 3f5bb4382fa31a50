// SPDX-License-Identifier: Apache-2.0
// Bytes that must not outlive their use: wiped when they go, never copied, never printed.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace slewd::crypto {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::span<const std::byte> bytes) : bytes_(bytes.begin(), bytes.end()) {}
  Secret(Secret&& other) noexcept = default;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

// Overwrites in a way that the optimiser may not leave out.
void wipe(std::span<std::byte> bytes);

// Takes the same time wherever the first difference lies. Different sizes are different.
[[nodiscard]] bool equal_in_constant_time(std::span<const std::byte> a,
                                          std::span<const std::byte> b);

}  // namespace slewd::crypto
