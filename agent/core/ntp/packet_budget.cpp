// SPDX-License-Identifier: Apache-2.0
#include "agent/core/ntp/packet_budget.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/limits.hpp"

namespace slewd::core {
namespace {

constexpr Nanos kBudgetWindow = std::chrono::hours(1);
constexpr Nanos kBudgetMargin = std::chrono::seconds(10);  // packets do not travel at one speed
constexpr std::size_t kMostRemembered = 256;  // packets: bounds the memory of one server
constexpr std::size_t kLeastPerWindow = 32;  // at long polls: a quick start, a burst and some polls
constexpr std::size_t kQuickReserve = 8;     // packets that show what a surprise was
constexpr std::size_t kReserveShare = 7;     // of a small budget as well
// Of a window for a network that comes late: the quick start and the polls that find the frequency.
constexpr double kKeptFromSeeking = 5.0 / 28;
constexpr double kQuickShare = 3.0 / 7;
constexpr double kLeastQuick = 8;        // packets: one quick start
constexpr double kIntervalGrowth = 1.5;  // from poll to poll, as a budget runs out

}  // namespace

PacketBudget::Size PacketBudget::size_at(Nanos minimum) {
  Size size;
  const Nanos window = std::min<Nanos>(kBudgetWindow, minimum * kMostRemembered);
  size.window = window + kBudgetMargin;
  size.most =
      std::clamp(static_cast<std::size_t>(window / minimum), kLeastPerWindow, kMostRemembered);
  size.regular = size.most - std::clamp<std::size_t>(size.most / kReserveShare, 1, kQuickReserve);
  size.seeking =
      size.most - static_cast<std::size_t>(kKeptFromSeeking * static_cast<double>(size.most));
  size.quick = std::max(kLeastQuick, std::floor(kQuickShare * static_cast<double>(size.most)));
  return size;
}

double PacketBudget::credit(RawTime now, const Size& size) const {
  const double back = size.quick * to_seconds(now - quick_.at) / to_seconds(size.window);
  return size.quick - std::max(0.0, quick_.spent - back);
}

void PacketBudget::spend(RawTime now, PollKind kind, Nanos minimum) {
  const Size size = size_at(minimum);
  quick_before_ = quick_;
  if (kind == PollKind::quick) quick_ = {size.quick - credit(now, size) + 1, now};
  sent_.push_back(now);
  while (sent_.size() > kMostRemembered || now - sent_.front() >= size.window) sent_.pop_front();
}

void PacketBudget::take_back() {
  if (!sent_.empty()) sent_.pop_back();
  quick_ = quick_before_;
}

Nanos PacketBudget::wait(RawTime now, Nanos wanted, PollKind kind, Nanos minimum) const {
  const Size size = size_at(minimum);
  const RawTime then = now + wanted;
  const auto first =
      std::ranges::find_if(sent_, [&](RawTime sent) { return then - sent < size.window; });
  const auto count = static_cast<std::size_t>(sent_.end() - first);
  if (kind == PollKind::quick && count < size.most && credit(then, size) >= 1) return wanted;
  if (kind == PollKind::seeking && count < size.seeking) return wanted;
  if (count == 0) return wanted;
  wanted = std::max(wanted, sent_.back() + minimum - now);
  const Nanos next_free = *first + size.window - now;
  if (count >= size.most) return std::max(wanted, next_free);
  if (count >= size.regular)
    wanted = std::max(wanted, size.window / static_cast<std::int64_t>(size.regular));
  // The last packets of a window come ever more slowly, so that the server is never left for long,
  // and soon at first, so that a clock that was just set finds its frequency.
  const auto left = static_cast<double>(size.most - count);
  const double share = (kIntervalGrowth - 1) / (std::pow(kIntervalGrowth, left + 1) - 1);
  return std::max(wanted, from_seconds(share * to_seconds(next_free)));
}

Nanos PacketBudget::until_room(RawTime now, Nanos minimum) const {
  const Size size = size_at(minimum);
  if (sent_.size() < size.most) return Nanos{0};
  const RawTime last = sent_[sent_.size() - size.most];
  return std::max(Nanos{0}, last + size.window - now);
}

bool PacketBudget::is_fresh(RawTime now) const {
  return sent_.empty() || now - sent_.back() >= kBudgetWindow + kBudgetMargin;
}

std::shared_ptr<PacketBudget> PacketBudgets::of(const Endpoint& endpoint, RawTime now) {
  std::erase_if(kept_, [&](const auto& each) {
    return each.second.use_count() == 1 && each.second->is_fresh(now);
  });
  const auto found =
      std::ranges::find(kept_, endpoint, [](const auto& each) { return each.first; });
  if (found != kept_.end()) return found->second;
  if (kept_.size() >= limits::kRememberedBudgets) kept_.erase(kept_.begin());
  return kept_.emplace_back(endpoint, std::make_shared<PacketBudget>()).second;
}

}  // namespace slewd::core
