// SPDX-License-Identifier: Apache-2.0
// The largest or smallest value of the last period of monotonic time, in bounded memory: the
// period is divided into limits::kWindowBuckets buckets that keep one extreme each.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/limits.hpp"
#include "base/timeline.hpp"

namespace slewd::rules {

class Window {
 public:
  enum class Keep { largest, smallest };

  Window(Keep keep, Nanos length);

  // One reading of the value; none = it was absent. `now` never decreases.
  void add(MonoTime now, std::optional<double> value);

  // The extreme of the last `length`, at most one bucket more. None until values have come for
  // that long, and again after they were absent for a tenth of it: absent data proves nothing.
  [[nodiscard]] std::optional<double> extreme(MonoTime now) const;

 private:
  struct Bucket {
    std::int64_t index = INT64_MIN;  // of the bucket on the time line; INT64_MIN = empty
    double extreme = 0;
  };
  [[nodiscard]] std::int64_t index_of(MonoTime time) const;
  [[nodiscard]] double better(double a, double b) const;

  Keep keep_;
  Nanos length_;
  Nanos bucket_length_;
  std::array<Bucket, limits::kWindowBuckets + 1> buckets_;
  std::optional<MonoTime> covered_since_;
  std::optional<MonoTime> absent_since_;
  MonoTime last_look_;
};

}  // namespace slewd::rules
