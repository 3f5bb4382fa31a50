// SPDX-License-Identifier: Apache-2.0
// Any bytes are settings of w32time or are refused with a line; what is taken has a verdict that
// the machine bears out, and cures that cure.
#include <cstdint>
#include <string_view>

#include "agent/w32time/w32time_fault.hpp"
#include "agent/w32time/w32time_file.hpp"
#include "agent/w32time/w32time_machine.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slewd;
  using namespace std::chrono_literals;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto file = parse_w32time_file(bytes, "fuzz.reg");
  if (!file) {
    SLEWD_CHECK(file.error().message().starts_with("fuzz.reg:"));
    return 0;
  }
  const W32timeSettings& settings = file->settings;
  const auto fault = find_kb2638243(settings);
  if (fault) {
    SLEWD_CHECK(!fault->cures.empty());
    for (const W32timeCure& cure : fault->cures) SLEWD_CHECK(!find_kb2638243(cure.settings));
  }
  const auto run = run_persistent_offset(settings, w32time_drive(settings), 7s);
  const bool judged = settings.max_pos_phase_correction >= 7 && settings.spike_offset() <= 7s &&
                      run.ending != W32timeEnding::undecided;
  if (judged) SLEWD_CHECK(fault.has_value() == (run.ending == W32timeEnding::never));
  return 0;
}
