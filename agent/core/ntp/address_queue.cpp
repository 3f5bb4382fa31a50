// SPDX-License-Identifier: Apache-2.0
#include "agent/core/ntp/address_queue.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/limits.hpp"

namespace slewd::core {
namespace {

constexpr Nanos kLongestAddressPause = std::chrono::hours(1);
constexpr int kMostDoublings = 12;
constexpr int kAnswersUntilLeft = 3;

}  // namespace

const AddressQueue::Entry* AddressQueue::find(const Endpoint& endpoint) const {
  const auto found = std::ranges::find(entries_, endpoint, &Entry::endpoint);
  return found == entries_.end() ? nullptr : &*found;
}

AddressQueue::Entry* AddressQueue::find(const Endpoint& endpoint) {
  const auto found = std::ranges::find(entries_, endpoint, &Entry::endpoint);
  return found == entries_.end() ? nullptr : &*found;
}

std::vector<Endpoint> of_family(std::vector<Endpoint> endpoints, AddressFamily family) {
  std::erase_if(endpoints, [&](const Endpoint& each) {
    return family != AddressFamily::any && each.ipv6 != (family == AddressFamily::ipv6);
  });
  return endpoints;
}

std::string no_address(AddressFamily family) {
  switch (family) {
    case AddressFamily::any:
      return "the name has no address";
    case AddressFamily::ipv4:
      return "the name has no IPv4 address";
    case AddressFamily::ipv6:
      return "the name has no IPv6 address";
  }
  return {};
}

void AddressQueue::update(std::span<const Endpoint> found) {
  std::vector<Entry> next;
  for (const Endpoint& endpoint : found) {
    const Entry* const known = find(endpoint);
    Entry entry = known == nullptr ? Entry{.endpoint = endpoint} : *known;
    entry.current = true;
    entry.missing = 0;
    next.push_back(std::move(entry));
  }
  for (Entry& old : entries_) {
    if (std::ranges::find(found, old.endpoint) != found.end()) continue;
    old.current = false;
    old.missing = std::min(old.missing + 1, kAnswersUntilLeft);
    next.push_back(std::move(old));
  }
  std::stable_partition(next.begin(), next.end(), may_be_tried);
  if (next.size() > limits::kRememberedAddresses) next.resize(limits::kRememberedAddresses);
  entries_ = std::move(next);
}

bool AddressQueue::has(const Endpoint& endpoint) const {
  const Entry* const entry = find(endpoint);
  return entry != nullptr && entry->current;
}

bool AddressQueue::has_left(const Endpoint& endpoint) const {
  const Entry* const entry = find(endpoint);
  return entry == nullptr || entry->missing >= kAnswersUntilLeft;
}

bool AddressQueue::may_be_tried(const Entry& entry) { return entry.current || entry.answered; }

void AddressQueue::give_up(const Endpoint& endpoint, MonoTime now, Nanos pause, bool turns) {
  Entry* const entry = find(endpoint);
  if (entry == nullptr) return;
  const int doublings = turns ? 0 : std::min(entry->failures++, kMostDoublings);
  if (!turns || entry->given_up == 0) ++entry->given_up;
  entry->not_before = now + std::min<Nanos>(pause * (1 << doublings), kLongestAddressPause);
}

void AddressQueue::answered(const Endpoint& endpoint) {
  Entry* const entry = find(endpoint);
  if (entry == nullptr) return;
  entry->answered = true;
  entry->given_up = 0;
  entry->failures = 0;
  entry->not_before.reset();
}

int AddressQueue::given_up(const Endpoint& endpoint) const {
  const Entry* const entry = find(endpoint);
  return entry == nullptr ? 0 : entry->given_up;
}

void AddressQueue::forgive() {
  for (Entry& entry : entries_) entry.not_before.reset();
}

std::optional<Endpoint> AddressQueue::next(std::span<const Endpoint> taken, MonoTime now,
                                           const Endpoint* instead_of) {
  const Entry* best = nullptr;
  const std::optional<bool> before =
      instead_of == nullptr ? last_ipv6_ : std::optional(instead_of->ipv6);
  const auto rank = [&](const Entry& entry) {
    const int failures = std::max(0, entry.given_up - (entry.answered ? 1 : 0));
    return std::tuple(failures, !entry.answered, before == entry.endpoint.ipv6,
                      entry.not_before.value_or(MonoTime{}));
  };
  for (const Entry& entry : entries_) {
    if (!may_be_tried(entry) || (entry.not_before && now < *entry.not_before)) continue;
    if (std::ranges::find(taken, entry.endpoint) != taken.end()) continue;
    if (best == nullptr || rank(entry) < rank(*best)) best = &entry;
  }
  if (best == nullptr) return std::nullopt;
  last_ipv6_ = best->endpoint.ipv6;
  return best->endpoint;
}

std::optional<MonoTime> AddressQueue::next_at(std::span<const Endpoint> taken) const {
  std::optional<MonoTime> earliest;
  for (const Entry& entry : entries_) {
    if (!may_be_tried(entry) || std::ranges::find(taken, entry.endpoint) != taken.end()) continue;
    const MonoTime from = entry.not_before.value_or(MonoTime{});
    if (!earliest || from < *earliest) earliest = from;
  }
  return earliest;
}

}  // namespace slewd::core
