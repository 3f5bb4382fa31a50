#include "agent/app/pause_file.hpp"

#include <filesystem>

#include <gtest/gtest.h>

#include "base/limits.hpp"

#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

using namespace std::chrono_literals;

class PauseFile : public testing::Test {
 protected:
  [[nodiscard]] Result<std::optional<rules::Pause>> read(const PauseMoment& now) const {
    return read_pause(path_, now);
  }

  TemporaryFolder folder_;
  const std::string path_ = pause_path(folder_.path());
  const PauseMoment now_{"this boot", MonoTime{100s}, BootTime{200s}};
};

TEST_F(PauseFile, KeepsWhatIsLeftOfAPause) {
  ASSERT_TRUE(write_pause(path_, {"maintenance", MonoTime{160s}}, now_));
  const auto later = read({"this boot", MonoTime{110s}, BootTime{210s}});
  ASSERT_TRUE(later && *later);
  EXPECT_EQ((*later)->until, MonoTime{160s});
  const auto after_a_boot = read({"another boot", MonoTime{5s}, BootTime{5s}});
  ASSERT_TRUE(after_a_boot && *after_a_boot);
  EXPECT_EQ((*after_a_boot)->until, MonoTime{65s});
}

TEST_F(PauseFile, TheLongestReasonComesBackWhateverItsCharacters) {
  const std::string reason(limits::kPauseReasonBytes, '\x01');
  ASSERT_TRUE(write_pause(path_, {reason, MonoTime{160s}}, now_));
  const auto kept = read(now_);
  ASSERT_TRUE(kept && *kept);
  EXPECT_EQ((*kept)->reason, reason);
}

TEST_F(PauseFile, NumbersThatWouldOverflowAreNotWhatSlewdWrote) {
  for (const char* numbers :
       {R"("left_ns": 9223372036854775807, "until_boot_ns": 9223372036854775807)",
        R"("left_ns": 1, "until_boot_ns": 9223372036854775807)",
        R"("left_ns": 9223372036854775807, "until_boot_ns": 1)",
        R"("left_ns": 1, "until_boot_ns": -9223372036854775808)"}) {
    folder_.write("pause.json",
                  std::string(R"({"reason": "x", "boot_id": "old", )") + numbers + "}");
    for (const char* boot : {"old", "new"})
      EXPECT_FALSE(read({boot, now_.mono, now_.boot})) << numbers << " " << boot;
  }
  // What has passed long ago is no pause, and no overflow.
  folder_.write("pause.json", R"({"reason": "x", "boot_id": "old",
      "left_ns": -9223372036854775808, "until_boot_ns": 1})");
  const auto passed = read({"new", now_.mono, now_.boot});
  ASSERT_TRUE(passed);
  EXPECT_FALSE(*passed);
}

TEST_F(PauseFile, IsNotReadThroughALink) {
  folder_.write("elsewhere", R"({"reason": "x", "boot_id": "old"})");
  std::filesystem::create_symlink(folder_.file("elsewhere"), path_);
  EXPECT_FALSE(read(now_));
}

}  // namespace
}  // namespace slewd::app
