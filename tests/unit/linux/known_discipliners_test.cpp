#include "agent/linux/known_discipliners.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace slewd::os {
namespace {

class KnownDiscipliners : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(proc_); }
  void TearDown() override { std::filesystem::remove_all(proc_); }

  void add(const std::string& pid, const std::string& comm, const std::string& command) {
    std::filesystem::create_directories(proc_ / pid);
    std::ofstream(proc_ / pid / "comm") << comm << "\n";
    std::ofstream(proc_ / pid / "cmdline") << command;
  }

  const std::filesystem::path proc_ =
      std::filesystem::path(testing::TempDir()) /
      ("proc-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(KnownDiscipliners, NamesARunningDaemonAndItsProcess) {
  add("1", "systemd", "/sbin/init");
  add("812", "chronyd", std::string("/usr/sbin/chronyd\0-F\0", 21));
  EXPECT_EQ(find_discipliner(proc_.string()), "chronyd (process 812)");
}

TEST_F(KnownDiscipliners, AChronydThatLeavesTheClockAloneIsNoRival) {
  add("812", "chronyd", std::string("/usr/sbin/chronyd\0-x\0", 21));
  EXPECT_EQ(find_discipliner(proc_.string()), std::nullopt);
}

TEST_F(KnownDiscipliners, NobodyIsFoundWhereNobodyIs) {
  add("1", "systemd", "/sbin/init");
  add("self", "chronyd", "");
  EXPECT_EQ(find_discipliner(proc_.string()), std::nullopt);
  EXPECT_EQ(find_discipliner("/nowhere"), std::nullopt);
}

}  // namespace
}  // namespace slewd::os
