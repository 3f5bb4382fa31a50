// SPDX-License-Identifier: Apache-2.0
#include "agent/clockbound/segment_file.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "agent/clockbound/segment_layout.hpp"
#include "base/fd.hpp"
#include "base/own_file.hpp"

namespace slewd::clockbound {
namespace {

constexpr mode_t kSegmentMode = 0644;  // every application reads it
constexpr std::size_t kHeaderWords = kHeaderBytes / sizeof(std::uint64_t);

std::atomic_ref<std::uint16_t> generation_of(std::span<std::uint64_t> words) {
  auto* bytes = reinterpret_cast<std::byte*>(words.data());
  return std::atomic_ref(*reinterpret_cast<std::uint16_t*>(bytes + kGenerationAt));
}

void store(std::uint64_t& word, std::uint64_t value) {
  std::atomic_ref(word).store(value, std::memory_order_release);
}

// Whether the header is what we would write, but for the generation.
bool is_usable(std::span<const std::uint64_t> words, const Header& header) {
  constexpr std::uint64_t kAllButGeneration = 0x0000'FFFF'FFFF'FFFF;
  return words[0] == header[0] && (words[1] & kAllButGeneration) == (header[1] & kAllButGeneration);
}

}  // namespace

Result<SegmentFile> SegmentFile::open(const std::string& path, std::uint16_t version,
                                      std::size_t content_bytes) {
  const auto refuse = [&](const char* call) {
    return fail(system_error(call, errno).within(path));
  };
  const std::size_t bytes = kHeaderBytes + content_bytes;
  const Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kSegmentMode));
  if (!fd.valid()) return refuse("open");
  if (auto own = check_own_file(fd.get()); !own) return fail(std::move(own.error()).within(path));
  struct stat about {};
  if (::fstat(fd.get(), &about) != 0) return refuse("fstat");
  if (::fchmod(fd.get(), kSegmentMode) != 0) return refuse("fchmod");  // whatever the umask says
  const bool fits = about.st_size == static_cast<off_t>(bytes);
  if (!fits && ::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0) return refuse("ftruncate");
  void* mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (mapped == MAP_FAILED) return refuse("mmap");
  SegmentFile file({static_cast<std::uint64_t*>(mapped), bytes / sizeof(std::uint64_t)});
  const Header header = header_of(version, content_bytes);
  if (is_usable(file.words_, header)) return file;
  generation_of(file.words_).store(0, std::memory_order_release);
  std::ranges::fill(file.words_, 0);
  std::ranges::copy(header, file.words_.begin());
  return file;
}

SegmentFile::SegmentFile(SegmentFile&& other) noexcept : words_(std::exchange(other.words_, {})) {}

SegmentFile& SegmentFile::operator=(SegmentFile&& other) noexcept {
  std::swap(words_, other.words_);
  return *this;
}

SegmentFile::~SegmentFile() {
  if (!words_.empty()) ::munmap(words_.data(), words_.size_bytes());
}

void SegmentFile::write(std::span<const std::uint64_t> content) {
  const std::atomic_ref<std::uint16_t> generation = generation_of(words_);
  const std::uint16_t before = generation.load(std::memory_order_relaxed);
  generation.store(begun(before), std::memory_order_relaxed);
  // Each word is released: readers that see new content see the odd number as well.
  for (std::size_t i = 0; i < content.size(); ++i) store(words_[kHeaderWords + i], content[i]);
  generation.store(ended(before), std::memory_order_release);
}

}  // namespace slewd::clockbound
