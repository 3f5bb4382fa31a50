// SPDX-License-Identifier: Apache-2.0
#include "rules/window.hpp"

#include <algorithm>

namespace slewd::rules {

Window::Window(Keep keep, Nanos length)
    : keep_(keep),
      length_(length),
      bucket_length_(std::max(Nanos{1}, length / static_cast<int>(limits::kWindowBuckets))) {}

void Window::add(MonoTime now, std::optional<double> value) {
  const bool gap = covered_since_ && now - last_look_ > length_;
  last_look_ = now;
  if (gap) covered_since_.reset();
  if (!value) {
    if (!absent_since_) absent_since_ = now;
    if (now - *absent_since_ > length_ / 10) covered_since_.reset();
    return;
  }
  absent_since_.reset();
  if (!covered_since_) covered_since_ = now;
  const std::int64_t index = index_of(now);
  constexpr auto kSlots = static_cast<std::int64_t>(limits::kWindowBuckets + 1);
  Bucket& bucket = buckets_[static_cast<std::size_t>(((index % kSlots) + kSlots) % kSlots)];
  bucket.extreme = bucket.index == index ? better(bucket.extreme, *value) : *value;
  bucket.index = index;
}

std::optional<double> Window::extreme(MonoTime now) const {
  if (!covered_since_ || now - *covered_since_ < length_) return std::nullopt;
  const std::int64_t oldest = index_of(now) - static_cast<std::int64_t>(limits::kWindowBuckets);
  std::optional<double> result;
  for (const Bucket& bucket : buckets_)
    if (bucket.index >= oldest) result = result ? better(*result, bucket.extreme) : bucket.extreme;
  return result;
}

std::int64_t Window::index_of(MonoTime time) const {
  const std::int64_t count = time.since_epoch.count();
  const std::int64_t size = bucket_length_.count();
  return count >= 0 ? count / size : -((-count + size - 1) / size);
}

double Window::better(double a, double b) const {
  return keep_ == Keep::largest ? std::max(a, b) : std::min(a, b);
}

}  // namespace slewd::rules
