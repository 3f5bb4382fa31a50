// SPDX-License-Identifier: Apache-2.0
// A vmclock page for tests, built byte by byte from the kernel's description.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace slewd::os {

// Flags of a page.
inline constexpr std::uint64_t kSoon = 2;
inline constexpr std::uint64_t kImminent = 4;
inline constexpr std::uint64_t kMaxErrorValid = 64;
inline constexpr std::uint64_t kGenerationPresent = 256;

struct PageMaker {
  std::uint32_t size = 4096;
  std::uint16_t version = 1;
  std::uint8_t scale = 0;
  std::uint32_t sequence = 2;
  std::uint64_t marker = 77;
  std::uint64_t flags = 0;
  std::uint8_t status = 2;
  std::uint64_t max_error = 0;
  std::uint64_t generation = 0;

  [[nodiscard]] std::vector<std::byte> bytes(std::size_t length = 4096) const {
    std::vector<std::byte> page(4096);
    const auto put = [&page](std::size_t offset, std::uint64_t value, std::size_t width) {
      for (std::size_t i = 0; i < width; ++i)
        page[offset + i] = static_cast<std::byte>(value >> (8 * i) & 0xffU);
    };
    put(0, 0x4b4c4356, 4);
    put(4, size, 4);
    put(8, version, 2);
    put(11, scale, 1);
    put(12, sequence, 4);
    put(16, marker, 8);
    put(24, flags, 8);
    put(34, status, 1);
    put(96, max_error, 8);
    put(104, generation, 8);
    page.resize(length);
    return page;
  }

  // Over what stands there, without shortening the file: a mapping of it goes on.
  void write(const std::string& path, std::size_t length = 4096) const {
    const std::vector<std::byte> page = bytes(length);
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    if (!file) file.open(path, std::ios::binary | std::ios::out);
    file.write(reinterpret_cast<const char*>(page.data()), static_cast<std::streamsize>(length));
  }
};

}  // namespace slewd::os
