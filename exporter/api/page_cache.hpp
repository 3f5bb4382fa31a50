// SPDX-License-Identifier: Apache-2.0
// The page of /metrics, rendered once for each (snapshot, status, format) and at least once a
// second while it is requested, so that ages stay correct. Corrected time, snapshot age and uptime
// are rendered for each scrape and follow the cached part.
// Any thread may call it. There is no lock: two workers that both find the page stale both render
// it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "base/board.hpp"
#include "exporter/http/http_stats.hpp"
#include "exporter/inputs.hpp"
#include "exporter/metrics/process_stats.hpp"
#include "exporter/metrics/text_writer.hpp"

namespace slewd::exporter {

class PageCache {
 public:
  // `inputs` and `stats` outlive the cache.
  PageCache(const Inputs& inputs, const HttpStats& stats);

  struct Page {
    std::shared_ptr<const std::string> cached;
    std::string fresh;  // follows `cached`
  };
  [[nodiscard]] Page get(Format format);

  // How often the cached part was rendered, for tests and benchmarks.
  [[nodiscard]] std::uint64_t renders() const { return renders_; }

 private:
  struct Rendered {
    std::uint64_t snapshot = 0;
    std::uint64_t status = 0;
    MonoTime at;
    std::string text;
  };
  [[nodiscard]] std::shared_ptr<const Rendered> render(const core::Snapshot* snapshot,
                                                       const rules::Status* status,
                                                       const core::ClockReading& now,
                                                       Format format);

  const Inputs& inputs_;
  const HttpStats& stats_;
  ProcessStats process_;
  std::array<Board<Rendered>, 2> cached_;  // one for each Format
  std::atomic<std::uint64_t> renders_{0};
};

}  // namespace slewd::exporter
