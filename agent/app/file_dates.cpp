// SPDX-License-Identifier: Apache-2.0
#include "agent/app/file_dates.hpp"

#include <algorithm>
#include <optional>

#include <sys/stat.h>

#include "agent/config/build_info.hpp"
#include "agent/records/jump_ledger.hpp"

namespace slewd::app {
namespace {

// The clock of the machine that built it may have shown local time.
constexpr Nanos kBuildMargin = std::chrono::hours(24);

std::optional<WallTime> date_of_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return WallTime{std::chrono::seconds(status.st_mtim.tv_sec)};
}

}  // namespace

core::PlausibleTime read_plausible_time(const std::string& state_directory,
                                        const std::string& installed_epoch) {
  core::PlausibleTime built(build_date() - kBuildMargin, "the build of slewd");
  const auto epoch = date_of_file(installed_epoch);
  // A date beyond what the build allows was written by a clock that was wrong.
  const bool newer = epoch && built.holds(*epoch);
  std::optional<WallTime> newest;
  for (const std::string& path :
       {state_directory + "/drift", records::jump_ledger_path(state_directory)})
    if (const auto date = date_of_file(path)) newest = std::max(newest.value_or(*date), *date);
  return newer ? core::PlausibleTime(*epoch, installed_epoch, newest)
               : core::PlausibleTime(built.floor(), built.origin(), newest);
}

}  // namespace slewd::app
