// SPDX-License-Identifier: Apache-2.0
#include "agent/os/state_file.hpp"

#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/atomic_file.hpp"

#include "tests/unit/os/fakes.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::os {
namespace {

using testing::HasSubstr;

constexpr core::DriftRecord kRecord{Ppm{-90.7}, Ppm{0.125}};

TEST(StateFile, GivesBackWhatItSaved) {
  const TemporaryFolder folder;
  StateFile file(folder.file("drift"), "abc123");
  ASSERT_TRUE(file.save(kRecord));
  StateFile later(folder.file("drift"), "abc123");
  const auto loaded = later.load();
  ASSERT_TRUE(loaded) << later.reason();
  EXPECT_EQ(loaded->frequency, kRecord.frequency);
  EXPECT_EQ(loaded->uncertainty, kRecord.uncertainty);
  EXPECT_EQ(later.reason(), "");
}

TEST(StateFile, IsEmptyWithAReasonOnAnotherMachine) {
  const TemporaryFolder folder;
  ASSERT_TRUE(StateFile(folder.file("drift"), "abc123").save(kRecord));
  StateFile clone(folder.file("drift"), "def456");
  EXPECT_FALSE(clone.load());
  EXPECT_THAT(clone.reason(), HasSubstr("another machine"));
}

TEST(StateFile, IsNotTrustedWithoutAnIdentity) {
  const TemporaryFolder folder;
  StateFile file(folder.file("drift"), "");
  ASSERT_TRUE(file.save(kRecord));
  EXPECT_FALSE(file.load());
  EXPECT_THAT(file.reason(), HasSubstr("no identity"));
}

TEST(StateFile, IsEmptyWithAReasonWhenMissingOrCorrupt) {
  const TemporaryFolder folder;
  StateFile file(folder.file("drift"), "abc123");
  EXPECT_FALSE(file.load());
  EXPECT_THAT(file.reason(), HasSubstr("cannot read"));
  ASSERT_TRUE(write_atomically(folder.file("drift"), std::string(100'000, 'x'), 0600));
  EXPECT_FALSE(file.load());
  ASSERT_TRUE(write_atomically(folder.file("drift"), "slewd-drift 1\nmachine abc", 0600));
  EXPECT_FALSE(file.load());
  EXPECT_THAT(file.reason(), HasSubstr("four lines"));
}

TEST(StateFile, DoesNotReplaceAGoodFileByWhatItCouldNotRead) {
  const TemporaryFolder folder;
  StateFile file(folder.file("drift"), "abc123");
  ASSERT_TRUE(file.save(kRecord));
  EXPECT_FALSE(file.save({Ppm{std::numeric_limits<double>::quiet_NaN()}, Ppm{1}}));
  EXPECT_FALSE(file.save({Ppm{1}, Ppm{-1}}));
  EXPECT_TRUE(file.load()) << file.reason();
}

TEST(ParseDrift, NamesTheLineThatIsWrong) {
  const std::string head = "slewd-drift 1\n";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "line 1"},
      {"slewd-drift 2\nmachine a\nfrequency_ppm 1\nuncertainty_ppm 1\n", "line 1"},
      {head + "host a\nfrequency_ppm 1\nuncertainty_ppm 1\n", "line 2"},
      {head + "machine A_B\nfrequency_ppm 1\nuncertainty_ppm 1\n", "line 2"},
      {head + "machine a\nfrequency_ppm \nuncertainty_ppm 1\n", "line 3"},
      {head + "machine a\nfrequency_ppm 1x\nuncertainty_ppm 1\n", "line 3"},
      {head + "machine a\nfrequency_ppm inf\nuncertainty_ppm 1\n", "line 3"},
      {head + "machine a\nfrequency_ppm 100001\nuncertainty_ppm 1\n", "line 3"},
      {head + "machine a\nfrequency_ppm 1\nuncertainty_ppm -0.1\n", "line 4"},
      {head + "machine a\nfrequency_ppm 1\nuncertainty_ppm 1", "four lines"},
      {head + "machine a\nfrequency_ppm 1\nuncertainty_ppm 1\nmore\n", "four lines"},
  };
  for (const auto& [text, where] : cases) {
    const auto drift = parse_drift(text);
    ASSERT_FALSE(drift) << text;
    EXPECT_EQ(drift.error().code(), ErrorCode::invalid);
    EXPECT_THAT(drift.error().describe(), HasSubstr(where)) << text;
  }
}

TEST(ParseDrift, ReadsWhatPrintDriftWrites) {
  for (const double ppm : {0.0, -1e-9, 99999.5, 1.0 / 3.0}) {
    const StoredDrift drift{"0123456789abcdef", {Ppm{ppm}, Ppm{0.5}}};
    const auto back = parse_drift(print_drift(drift));
    ASSERT_TRUE(back) << print_drift(drift);
    EXPECT_EQ(back->machine, drift.machine);
    EXPECT_EQ(back->record.frequency.value, ppm);
  }
}

TEST(MachineIdentity, IsStableAndFitsTheFile) {
  const std::string identity = machine_identity();
  EXPECT_EQ(identity, machine_identity());
  EXPECT_TRUE(parse_drift(print_drift({identity, kRecord})));
}

}  // namespace
}  // namespace slewd::os
