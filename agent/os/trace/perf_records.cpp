// SPDX-License-Identifier: Apache-2.0
#include "agent/os/trace/perf_records.hpp"

#include <algorithm>

#include <linux/perf_event.h>

#include "agent/os/trace/unaligned.hpp"

namespace slewd::os {
namespace {

// u32 pid, u32 tid, u64 time, u32 size, the record: the order of perf_event_open(2).
std::optional<PerfSample> parse_sample(std::span<const std::byte> body) {
  constexpr std::size_t kTimeAt = 8;
  constexpr std::size_t kSizeAt = 16;
  constexpr std::size_t kRawAt = 20;
  const auto size = read_at<std::uint32_t>(body, kSizeAt);
  if (!size || *size > body.size() - kRawAt) return std::nullopt;
  PerfSample sample;
  sample.process = read_at<std::int32_t>(body, 0).value_or(0);
  sample.thread = read_at<std::int32_t>(body, 4).value_or(0);
  sample.at = RawTime{Nanos{read_at<std::int64_t>(body, kTimeAt).value_or(0)}};
  sample.raw = body.subspan(kRawAt, *size);
  return sample;
}

}  // namespace

PerfRecords::PerfRecords(std::span<const std::byte> ring, std::uint64_t from, std::uint64_t to) {
  const std::uint64_t length = to - from;
  if (length > ring.size()) {
    lost_ = 1;
    return;
  }
  if (ring.empty()) return;
  const auto start = static_cast<std::size_t>(from % ring.size());
  const std::size_t first = std::min<std::size_t>(length, ring.size() - start);
  const auto before_the_seam = ring.subspan(start, first);
  const auto after_it = ring.first(static_cast<std::size_t>(length) - first);
  bytes_.reserve(length);
  bytes_.insert(bytes_.end(), before_the_seam.begin(), before_the_seam.end());
  bytes_.insert(bytes_.end(), after_it.begin(), after_it.end());
}

void PerfRecords::cut(std::uint64_t count) {
  const std::uint64_t dropped = std::min<std::uint64_t>(count, bytes_.size());
  bytes_.erase(bytes_.end() - static_cast<std::ptrdiff_t>(dropped), bytes_.end());
}

std::optional<PerfSample> PerfRecords::next() {
  constexpr std::size_t kHeaderBytes = sizeof(perf_event_header);
  constexpr std::size_t kLostAt = 8;  // behind the event's own number
  for (;;) {
    const auto rest = std::span<const std::byte>(bytes_).subspan(std::min(at_, bytes_.size()));
    const auto header = read_at<perf_event_header>(rest, 0);
    if (!header || header->size < kHeaderBytes || header->size > rest.size()) return std::nullopt;
    at_ += header->size;
    const auto body = rest.subspan(kHeaderBytes, header->size - kHeaderBytes);
    if (header->type == PERF_RECORD_LOST)
      lost_ += read_at<std::uint64_t>(body, kLostAt).value_or(1);
    if (header->type != PERF_RECORD_SAMPLE) continue;
    if (const auto sample = parse_sample(body)) return sample;
  }
}

}  // namespace slewd::os
