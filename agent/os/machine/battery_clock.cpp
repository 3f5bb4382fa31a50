// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/battery_clock.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/atomic_file.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::os {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kMostSeconds = 9'000'000'000;  // 285 years: within what Nanos can hold

}  // namespace

std::optional<Nanos> parse_epoch_seconds(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  std::int64_t seconds = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, seconds);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  if (seconds > kMostSeconds || seconds < -kMostSeconds) return std::nullopt;
  return std::chrono::seconds{seconds};
}

Result<core::HostClock> BatteryClock::read(const core::Clock& clock) const {
  const core::ClockReading before = clock.now();
  const auto text = read_file(path_, limits::kKernelTextBytes);
  const core::ClockReading after = clock.now();
  if (!text) return fail(text.error());
  const auto shown = parse_epoch_seconds(*text);
  if (!shown) return fail(ErrorCode::invalid, path_ + ": no number of seconds: " + *text);
  // The battery clock stood in [shown, shown + 1 s), the wall clock between its two readings, even
  // if it was set back between them.
  const auto [low, high] = std::minmax(before.wall.since_epoch, after.wall.since_epoch);
  const Nanos least = *shown - high;
  const Nanos most = *shown + 1s - low;
  const Nanos raw = before.raw.since_epoch + (after.raw - before.raw) / 2;
  return core::HostClock{.ahead = least + (most - least) / 2,
                         .uncertainty = (most - least) / 2,
                         .read = before.raw,
                         .phase = *shown + 500ms - raw};
}

}  // namespace slewd::os
