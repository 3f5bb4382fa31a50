// SPDX-License-Identifier: Apache-2.0
// The kernel's statistics of this process, under the names that every Prometheus client uses.
#pragma once

#include "base/fd.hpp"
#include "base/timeline.hpp"
#include "exporter/metrics/families.hpp"

namespace slewd::exporter {

class ProcessStats {
 public:
  // `start` is the wall time that process_start_time_seconds shows.
  explicit ProcessStats(WallTime start);

  // getrusage, getrlimit, and one read of memory counters through a descriptor opened at the
  // start: no path is looked up and no disk is touched. Values that cannot be read are absent.
  void add_to(FamilySet& out) const;

 private:
  WallTime start_;
  Fd statm_;
};

}  // namespace slewd::exporter
