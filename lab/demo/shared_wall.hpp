// SPDX-License-Identifier: Apache-2.0
// How the demo's victim, a process of its own, sees the simulated wall clock: one page of shared
// memory in a file, written by the demo, read by the victim.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/timeline.hpp"

namespace slewd::lab {

class SharedWall {
 public:
  // The demo's side; creates the file with mode 0600.
  [[nodiscard]] static Result<std::unique_ptr<SharedWall>> create(const std::string& path);
  // The victim's side.
  [[nodiscard]] static Result<std::unique_ptr<SharedWall>> open(const std::string& path);
  ~SharedWall();
  SharedWall(const SharedWall&) = delete;
  SharedWall& operator=(const SharedWall&) = delete;

  // `raw` is the moment at which the simulated clock showed `wall`; also shows that the demo runs.
  void publish(RawTime raw, WallTime wall);
  [[nodiscard]] WallTime wall_at(RawTime raw) const;
  // The time since the last publish(): without a demo the victim ends itself.
  [[nodiscard]] Nanos silent_for(RawTime now) const;
  // The demo is over.
  void end_demo() { page_->over.store(true); }
  [[nodiscard]] bool demo_has_ended() const { return page_->over.load(); }

 private:
  struct Page {
    std::atomic<std::int64_t> wall_less_raw;
    std::atomic<std::int64_t> published_raw;
    std::atomic<bool> over;
  };
  static_assert(std::atomic<std::int64_t>::is_always_lock_free);

  [[nodiscard]] static Result<std::unique_ptr<SharedWall>> map(const std::string& path, int flags);
  explicit SharedWall(Page* page) : page_(page) {}

  Page* page_;
};

}  // namespace slewd::lab
