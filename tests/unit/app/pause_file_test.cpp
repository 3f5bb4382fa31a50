// SPDX-License-Identifier: Apache-2.0
#include "agent/app/pause_file.hpp"

#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

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

// As on a full disk: nothing can be written, and names can be taken away.
class FullDisk {
 public:
  FullDisk() {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit none{0, before_.rlim_max};
    ::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(PauseFile, AnOlderPauseIsNotLeftBehindWhereTheDiskIsFull) {
  ASSERT_EQ(keep_pause(path_, rules::Pause{"an older one", MonoTime{160s}}, now_), "");
  std::string answer;
  {
    const FullDisk full;
    answer = keep_pause(path_, rules::Pause{"a new one", std::nullopt}, now_);
  }
  EXPECT_TRUE(answer.starts_with("cannot save the pause; it will not survive a restart: "))
      << answer;
  const auto kept = read(now_);
  ASSERT_TRUE(kept);
  EXPECT_FALSE(*kept);
}

TEST_F(PauseFile, AnOlderPauseThatCannotGoIsTold) {
  ASSERT_EQ(keep_pause(path_, rules::Pause{"an older one", now_.mono + 90s}, now_), "");
  ASSERT_EQ(::chmod(path_.c_str(), 0444), 0);
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0555), 0);
  // Where this runs as root: without its rights upon files.
  const int before = ::setfsuid(::geteuid() == 0 ? 65534 : ::geteuid());
  const std::string answer = keep_pause(path_, rules::Pause{"a new one", std::nullopt}, now_);
  ::setfsuid(static_cast<uid_t>(before));
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0700), 0);
  EXPECT_TRUE(
      answer.starts_with("not saved; a restart will pause the rules for 1m30s, from an earlier "
                         "pause ('an older one'): "))
      << answer;
}

TEST_F(PauseFile, AnEmptyFileIsNoPause) {
  folder_.write("pause.json", "");
  const auto kept = read(now_);
  ASSERT_TRUE(kept);
  EXPECT_FALSE(*kept);
}

TEST_F(PauseFile, IsNotReadThroughALink) {
  folder_.write("elsewhere", R"({"reason": "x", "boot_id": "old"})");
  std::filesystem::create_symlink(folder_.file("elsewhere"), path_);
  EXPECT_FALSE(read(now_));
}

}  // namespace
}  // namespace slewd::app
