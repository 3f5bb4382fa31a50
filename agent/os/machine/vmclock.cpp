// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/vmclock.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.hpp"

namespace slewd::os {
namespace {

// The page, little-endian throughout. Only the places matter here: the values are put together from
// single bytes. The kernel's header of Linux 6.13, with the generation counter that came later.
struct Layout {
  std::uint32_t magic;
  std::uint32_t size;  // of the region that holds this
  std::uint16_t version;
  std::uint8_t counter;
  std::uint8_t scale;
  std::uint32_t sequence;  // odd while the hypervisor writes what follows
  std::uint64_t disruption_marker;
  std::uint64_t flags;
  std::array<std::uint8_t, 2> padding;
  std::uint8_t status;
  std::uint8_t smearing_hint;
  std::uint16_t tai_offset;
  std::uint8_t leap;
  std::uint8_t period_shift;
  std::uint64_t counter_value;
  std::uint64_t period;
  std::uint64_t period_estimated_error;
  std::uint64_t period_max_error;
  std::uint64_t seconds;
  std::uint64_t fraction;
  std::uint64_t estimated_error;  // ns
  std::uint64_t max_error;        // ns
  std::uint64_t generation;
};
static_assert(offsetof(Layout, version) == 8 && offsetof(Layout, scale) == 11);
static_assert(offsetof(Layout, sequence) == 12);
static_assert(offsetof(Layout, disruption_marker) == 16 && offsetof(Layout, flags) == 24);
static_assert(offsetof(Layout, status) == 34 && offsetof(Layout, counter_value) == 40);
static_assert(offsetof(Layout, seconds) == 72 && offsetof(Layout, max_error) == 96);
static_assert(offsetof(Layout, generation) == 104 && sizeof(Layout) == 112);

constexpr std::uint32_t kMagic = 0x4b4c4356;  // "VCLK"
constexpr std::uint16_t kVersion = 1;
// The kernel itself wants no less of a page.
constexpr std::size_t kLeast = offsetof(Layout, padding);

constexpr std::uint64_t kDisruptionSoon = 1U << 1U;
constexpr std::uint64_t kDisruptionImminent = 1U << 2U;
constexpr std::uint64_t kMaxErrorValid = 1U << 6U;
constexpr std::uint64_t kGenerationPresent = 1U << 8U;

using Bytes = std::span<const std::byte>;

template <class T>
T little(Bytes page, std::size_t offset) {
  static_assert(std::is_unsigned_v<T>);
  T value = 0;
  for (std::size_t i = sizeof(T); i-- > 0;)
    value = static_cast<T>(value << 8U | std::to_integer<T>(page[offset + i]));
  return value;
}

template <>
std::uint8_t little(Bytes page, std::size_t offset) {
  return std::to_integer<std::uint8_t>(page[offset]);
}

VmclockStatus status_of(std::uint8_t byte) {
  constexpr std::array kKnown{VmclockStatus::unknown, VmclockStatus::initializing,
                              VmclockStatus::synchronized, VmclockStatus::free_running,
                              VmclockStatus::unreliable};
  return byte < kKnown.size() ? kKnown[byte] : VmclockStatus::unknown;
}

VmclockScale scale_of(std::uint8_t byte) {
  constexpr std::array kKnown{VmclockScale::utc, VmclockScale::tai, VmclockScale::monotonic};
  return byte < kKnown.size() ? kKnown[byte] : VmclockScale::unknown;
}

Nanos nanos_of(std::uint64_t count) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  return Nanos{static_cast<std::int64_t>(std::min(count, kMost))};
}

constexpr std::size_t kWords = sizeof(Layout) / sizeof(std::uint32_t);
constexpr std::size_t kSequenceWord = offsetof(Layout, sequence) / sizeof(std::uint32_t);

// Another processor, or the hypervisor itself, writes these words at any time.
std::uint32_t load(std::uint32_t& word) {
  return std::atomic_ref<std::uint32_t>(word).load(std::memory_order_acquire);
}

// The reader's side of the page's sequence lock: a copy counts when the sequence was even before it
// and is the same after it. Each load acquires, which keeps the second look behind the copy as a
// fence would; the thread sanitizer knows no fences.
bool copy_settled(std::uint32_t* page, std::array<std::uint32_t, kWords>& copy) {
  const std::uint32_t before = load(page[kSequenceWord]);
  for (std::size_t i = 0; i < kWords; ++i) copy[i] = load(page[i]);
  const bool odd = (std::to_integer<unsigned>(std::as_bytes(std::span(&before, 1))[0]) & 1U) != 0;
  return !odd && load(page[kSequenceWord]) == before;
}

}  // namespace

std::string_view to_string(VmclockStatus status) {
  switch (status) {
    case VmclockStatus::initializing:
      return "initializing";
    case VmclockStatus::synchronized:
      return "synchronized";
    case VmclockStatus::free_running:
      return "free-running";
    case VmclockStatus::unreliable:
      return "unreliable";
    case VmclockStatus::unknown:
      break;
  }
  return "unknown";
}

std::string_view to_string(VmclockScale scale) {
  switch (scale) {
    case VmclockScale::utc:
      return "UTC";
    case VmclockScale::tai:
      return "TAI";
    case VmclockScale::monotonic:
      return "monotonic";
    case VmclockScale::unknown:
      break;
  }
  return "unknown";
}

Result<VmclockPage> parse_vmclock(Bytes page) {
  if (page.size() < kLeast)
    return fail(ErrorCode::invalid, "not a vmclock page: " + std::to_string(page.size()) +
                                        " bytes, expected at least " + std::to_string(kLeast));
  if (little<std::uint32_t>(page, offsetof(Layout, magic)) != kMagic)
    return fail(ErrorCode::invalid, "not a vmclock page: does not begin with 'VCLK'");
  const auto version = little<std::uint16_t>(page, offsetof(Layout, version));
  if (version != kVersion)
    return fail(ErrorCode::unsupported,
                "vmclock version " + std::to_string(version) + "; slewd reads version 1");
  const std::size_t stated = little<std::uint32_t>(page, offsetof(Layout, size));
  if (stated < kLeast) return fail(ErrorCode::invalid, "a vmclock page without flags");
  if ((little<std::uint32_t>(page, offsetof(Layout, sequence)) & 1U) != 0)
    return fail(ErrorCode::unavailable, "the hypervisor is writing the vmclock page");

  page = page.first(std::min(page.size(), stated));
  const auto holds = [&](std::size_t offset, std::size_t size) {
    return offset + size <= page.size();
  };
  const auto flags = little<std::uint64_t>(page, offsetof(Layout, flags));
  VmclockPage parsed;
  parsed.disruption_marker = little<std::uint64_t>(page, offsetof(Layout, disruption_marker));
  parsed.disruption_soon = (flags & kDisruptionSoon) != 0;
  parsed.disruption_imminent = (flags & kDisruptionImminent) != 0;
  parsed.scale = scale_of(little<std::uint8_t>(page, offsetof(Layout, scale)));
  if (holds(offsetof(Layout, status), 1))
    parsed.status = status_of(little<std::uint8_t>(page, offsetof(Layout, status)));
  if ((flags & kMaxErrorValid) != 0 && holds(offsetof(Layout, max_error), 8))
    parsed.max_error = nanos_of(little<std::uint64_t>(page, offsetof(Layout, max_error)));
  if ((flags & kGenerationPresent) != 0 && holds(offsetof(Layout, generation), 8))
    parsed.generation = little<std::uint64_t>(page, offsetof(Layout, generation));
  return parsed;
}

Result<Vmclock> Vmclock::open(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return fail(system_error("open " + path, errno));
  struct stat found {};
  if (::fstat(fd.get(), &found) != 0) return fail(system_error("fstat " + path, errno));
  // The kernel maps exactly one page. Reading a mapping beyond a file's end would end the process.
  const long page_size = ::sysconf(_SC_PAGESIZE);
  const auto length = static_cast<std::size_t>(page_size);
  const bool whole = !S_ISREG(found.st_mode) || found.st_size >= page_size;
  void* const page =
      whole ? ::mmap(nullptr, length, PROT_READ, MAP_SHARED, fd.get(), 0) : MAP_FAILED;
  Vmclock clock(std::move(fd), page == MAP_FAILED ? nullptr : static_cast<std::uint32_t*>(page),
                length);
  // A page that is no vmclock's never becomes one; one that is being written soon has been.
  if (auto first = clock.read(); !first && first.error().code() != ErrorCode::unavailable)
    return fail(std::move(first.error()).within(path));
  return clock;
}

Result<VmclockPage> Vmclock::read() const {
  std::array<std::uint32_t, kWords> copy{};
  if (page_ == nullptr) {
    const ssize_t got = ::pread(fd_.get(), copy.data(), sizeof copy, 0);
    if (got < 0) return fail(system_error("read vmclock", errno));
    return parse_vmclock(std::as_bytes(std::span(copy)).first(static_cast<std::size_t>(got)));
  }
  for (int tries = 0; tries < limits::kVmclockTries; ++tries)
    if (copy_settled(page_, copy)) return parse_vmclock(std::as_bytes(std::span(copy)));
  return fail(ErrorCode::unavailable, "the hypervisor keeps writing the vmclock page");
}

Vmclock::Vmclock(Fd fd, std::uint32_t* page, std::size_t length)
    : fd_(std::move(fd)), page_(page), length_(length) {}

Vmclock::Vmclock(Vmclock&& other) noexcept
    : fd_(std::move(other.fd_)),
      page_(std::exchange(other.page_, nullptr)),
      length_(other.length_) {}

Vmclock& Vmclock::operator=(Vmclock&& other) noexcept {
  if (this != &other) {
    unmap();
    fd_ = std::move(other.fd_);
    page_ = std::exchange(other.page_, nullptr);
    length_ = other.length_;
  }
  return *this;
}

Vmclock::~Vmclock() { unmap(); }

void Vmclock::unmap() {
  if (page_ != nullptr) ::munmap(page_, length_);
  page_ = nullptr;
}

}  // namespace slewd::os
