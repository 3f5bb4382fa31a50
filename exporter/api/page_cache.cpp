// SPDX-License-Identifier: Apache-2.0
#include "exporter/api/page_cache.hpp"

#include <prometheus/metric_family.h>

#include "exporter/metrics/clock_metrics.hpp"
#include "exporter/metrics/jump_metrics.hpp"
#include "exporter/metrics/rule_metrics.hpp"

namespace slewd::exporter {
namespace {

constexpr Nanos kLongestCached = std::chrono::seconds(1);
constexpr std::size_t kUsualPageBytes = 49152;  // about 600 series

// Generations start at 1; 0 means "nothing published".
template <class T>
std::uint64_t generation_of(const T* value) {
  return value == nullptr ? 0 : value->generation;
}

}  // namespace

PageCache::PageCache(const Inputs& inputs, const HttpStats& stats)
    : inputs_(inputs), stats_(stats), process_(inputs.clock.now().wall) {}

PageCache::Page PageCache::get(Format format) {
  const auto snapshot = inputs_.snapshots.latest();
  const auto status = inputs_.statuses.latest();
  const core::ClockReading now = inputs_.clock.now();
  Board<Rendered>& slot = cached_[static_cast<std::size_t>(format)];
  auto rendered = slot.latest();
  const bool usable = rendered && rendered->snapshot == generation_of(snapshot.get()) &&
                      rendered->status == generation_of(status.get()) &&
                      now.mono - rendered->at < kLongestCached;
  if (!usable) {
    rendered = render(snapshot.get(), status.get(), now, format);
    slot.publish(rendered);
  }
  Page page{{rendered, &rendered->text}, {}};
  if (snapshot) {
    FamilySet moving;
    add_moving_metrics(*snapshot, now, moving);
    write_families(moving.take(), format, page.fresh);
  }
  page.fresh += trailer(format);
  return page;
}

std::shared_ptr<const PageCache::Rendered> PageCache::render(const core::Snapshot* snapshot,
                                                             const rules::Status* status,
                                                             const core::ClockReading& now,
                                                             Format format) {
  FamilySet families;
  const BuildInfo& build = inputs_.build;
  families.add(
      "slewd_build_info", 1.0,
      {{"version", build.version}, {"revision", build.revision}, {"compiler", build.compiler}});
  if (snapshot != nullptr) add_clock_metrics(*snapshot, now, families);
  if (status != nullptr) add_rule_metrics(*status, now.mono, families);
  if (status != nullptr && status->jump_ledger)
    add_jump_ledger_metrics(*status->jump_ledger, families);
  stats_.add_to(families);
  process_.add_to(families);
  auto rendered = std::make_shared<Rendered>();
  rendered->snapshot = generation_of(snapshot);
  rendered->status = generation_of(status);
  rendered->at = now.mono;
  rendered->text.reserve(kUsualPageBytes);
  write_families(families.take(), format, rendered->text);
  ++renders_;
  return rendered;
}

}  // namespace slewd::exporter
