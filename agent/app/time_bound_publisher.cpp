// SPDX-License-Identifier: Apache-2.0
#include "agent/app/time_bound_publisher.hpp"

#include <utility>

namespace slewd::app {
namespace {

constexpr Nanos kOpenAgainAfter = std::chrono::minutes(1);

}  // namespace

TimeBoundPublisher::TimeBoundPublisher(os::Reactor& reactor, Log& log, const core::Clock& clock,
                                       const core::SnapshotBoard& snapshots,
                                       TimeBoundOptions options)
    : reactor_(reactor),
      log_(log),
      clock_(clock),
      snapshots_(snapshots),
      options_(std::move(options)),
      next_(reactor) {}

void TimeBoundPublisher::start() {
  if (options_.folder.empty()) return;
  update();
  next_.start(reactor_.now() + clockbound::kUpdateEvery, [this] { start(); });
}

void TimeBoundPublisher::update() {
  if (options_.folder.empty()) return;
  if (!writer_) open();
  const auto snapshot = snapshots_.latest();
  if (writer_ && snapshot != nullptr) writer_->update(*snapshot, clock_);
}

void TimeBoundPublisher::open() {
  if (tried_ && reactor_.now() - *tried_ < kOpenAgainAfter) return;
  tried_ = reactor_.now();
  auto opened = clockbound::SegmentWriter::open(options_.folder, options_.counted);
  if (opened) {
    writer_ = std::move(*opened);
    log_.write(LogLevel::info, "time bound segments are written", {{"folder", options_.folder}});
    return;
  }
  if (const std::string why = opened.error().describe(); why != std::exchange(problem_, why))
    log_.write(LogLevel::warning, "cannot write the time bound segments",
               {{"error", why}, {"help", "docs/time-bound.md"}});
}

}  // namespace slewd::app
