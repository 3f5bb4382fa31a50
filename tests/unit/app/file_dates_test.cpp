// SPDX-License-Identifier: Apache-2.0
#include "agent/app/file_dates.hpp"

#include <chrono>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "agent/config/build_info.hpp"

#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

using std::chrono::hours;
using std::chrono::years;

// A file of that date, in whole seconds.
std::string dated(const TemporaryFolder& folder, const std::string& name, WallTime date) {
  const std::string path = folder.write(name, "x");
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(date.since_epoch).count();
  const timespec times[2] = {{seconds, 0}, {seconds, 0}};
  EXPECT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  return path;
}

TEST(FileDates, TheBuildIsTheFloorWhereNoFileIsNewer) {
  const TemporaryFolder folder;
  const auto plausible = read_plausible_time(folder.path(), folder.file("none"));
  EXPECT_EQ(plausible.floor(), build_date() - hours(24));
  EXPECT_EQ(plausible.newest_date(), plausible.floor());
  EXPECT_GT(build_date(), WallTime{years(55)}) << "seconds since 1970";
}

TEST(FileDates, AnInstalledEpochIsTheFloorUnlessItsDateIsImpossible) {
  const TemporaryFolder folder;
  const WallTime later = build_date() + hours(24 * 365);
  const std::string epoch = dated(folder, "clock-epoch", later);
  EXPECT_EQ(read_plausible_time(folder.path(), epoch).floor(), later);
  EXPECT_EQ(read_plausible_time(folder.path(), epoch).origin(), epoch);
  const std::string wrong = dated(folder, "wrong", build_date() + years(73));
  EXPECT_EQ(read_plausible_time(folder.path(), wrong).floor(), build_date() - hours(24));
}

TEST(FileDates, AFileThatThisMachineHasWrittenIsEvidenceAndNoFloor) {
  const TemporaryFolder folder;
  (void)dated(folder, "drift", build_date() + years(12));
  const auto plausible = read_plausible_time(folder.path(), folder.file("none"));
  EXPECT_EQ(plausible.newest_date(), build_date() + years(12));
  EXPECT_EQ(plausible.floor(), build_date() - hours(24)) << "its clock may have been wrong";
}

}  // namespace
}  // namespace slewd::app
