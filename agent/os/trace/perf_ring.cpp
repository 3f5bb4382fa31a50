// SPDX-License-Identifier: Apache-2.0
#include "agent/os/trace/perf_ring.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

#include <linux/perf_event.h>
#include <sys/mman.h>
#include <unistd.h>

namespace slewd::os {
namespace {

// The kernel stores the head behind the records that it covers, and reads the tail before it writes
// over what we have taken: the pairs of barriers of linux/perf_event.h.
std::uint64_t load_head(const void* memory) {
  const auto* const page = static_cast<const perf_event_mmap_page*>(memory);
  return __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
}

void store_tail(void* memory, std::uint64_t tail) {
  auto* const page = static_cast<perf_event_mmap_page*>(memory);
  __atomic_store_n(&page->data_tail, tail, __ATOMIC_RELEASE);
}

std::uint64_t load_tail(const void* memory) {
  return static_cast<const perf_event_mmap_page*>(memory)->data_tail;
}

}  // namespace

Result<PerfRing> PerfRing::map(const Fd& event, std::size_t bytes, RingUse use) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t size = std::max(bytes, page);
  // Read-only mapping: the kernel may overwrite old records.
  const int access = use == RingUse::overwrites ? PROT_READ : PROT_READ | PROT_WRITE;
  void* const memory = ::mmap(nullptr, page + size, access, MAP_SHARED, event.get(), 0);
  if (memory != MAP_FAILED) return PerfRing(memory, page, size);
  if (errno == EPERM)
    return fail(ErrorCode::permission,
                "the rings need more locked memory than kernel.perf_event_mlock_kb allows");
  return fail(system_error("mmap of a perf ring", errno));
}

PerfRing::PerfRing(PerfRing&& other) noexcept
    : memory_(std::exchange(other.memory_, nullptr)), page_(other.page_), bytes_(other.bytes_) {}

PerfRing::~PerfRing() {
  if (memory_ != nullptr) ::munmap(memory_, page_ + bytes_);
}

std::span<const std::byte> PerfRing::data() const {
  return {static_cast<const std::byte*>(memory_) + page_, bytes_};
}

PerfRecords PerfRing::take() {
  const std::uint64_t head = load_head(memory_);
  PerfRecords records(data(), load_tail(memory_), head);
  store_tail(memory_, head);
  return records;
}

PerfRecords PerfRing::look() const {
  // The stream grows downwards from 0: the newest record lies at the head, older ones above it.
  const std::uint64_t head = load_head(memory_);
  const std::uint64_t written = 0 - head;
  const std::uint64_t length = std::min<std::uint64_t>(written, bytes_);
  PerfRecords records(data(), head, head + length);
  // During the copy the kernel may have overwritten the oldest records, and may be writing records
  // beyond its published head.
  constexpr std::uint64_t kBeingWritten = 512;
  const std::uint64_t overwritten = head - load_head(memory_) + kBeingWritten;
  const std::uint64_t spare = bytes_ - length;
  if (overwritten > spare) records.cut(overwritten - spare);
  return records;
}

}  // namespace slewd::os
