// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/discipliner_scan.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/unit/temporary_folder.hpp"

namespace slewd::os {
namespace {

constexpr const char* kTimeCapability = "CapEff:\t0000000002000000\n";
constexpr const char* kAllCapabilities = "CapEff:\t000001ffffffffff\n";
constexpr const char* kNoCapability = "CapEff:\t0000000000000000\n";

// A process table of files: this process is number 50 and started at tick 500.
class DisciplinerScanTest : public testing::Test {
 protected:
  void SetUp() override {
    add("50", "slewd", words("slewd run"));
    write("50", "status", kNoCapability);
    std::filesystem::create_symlink("50", proc_ / "self");
    set_start("50", 500);
  }

  static std::string words(std::string text) {
    for (char& each : text)
      if (each == ' ') each = '\0';
    return text + '\0';
  }

  void write(const std::string& pid, const std::string& name, const std::string& text) {
    std::filesystem::create_directories(proc_ / pid);
    std::ofstream(proc_ / pid / name) << text;
  }

  void add(const std::string& pid, const std::string& comm, const std::string& command) {
    write(pid, "comm", comm + "\n");
    write(pid, "cmdline", command);
    write(pid, "status", kTimeCapability);
    std::ofstream(proc_ / "loadavg") << "0.20 0.18 0.12 1/80 " << ++born_ << "\n";
  }

  void set_start(const std::string& pid, int tick) {
    write(pid, "stat",
          pid + " (a ) name) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 " +
              std::to_string(tick) + " 20 21\n");
  }

  void become(const std::string& pid, const std::string& comm) { write(pid, "comm", comm + "\n"); }

  void add_slewd(const std::string& pid, const std::string& status, int start) {
    add(pid, "slewd", words("slewd run"));
    write(pid, "status", status);
    set_start(pid, start);
  }

  int born_ = 1000;
  TemporaryFolder scratch_;
  const std::filesystem::path proc_ = scratch_.path();
};

TEST_F(DisciplinerScanTest, NamesARunningDaemonAndItsProcess) {
  add("1", "systemd", words("/sbin/init"));
  add("812", "chronyd", words("/usr/sbin/chronyd -F 1"));
  EXPECT_EQ(find_discipliner(proc_.string()), "chronyd (process 812)");
}

TEST_F(DisciplinerScanTest, SaysWhereItBelongs) {
  add("812", "chronyd", words("/usr/sbin/chronyd"));
  write("812", "cgroup", "0::/system.slice/chrony.service\n");
  EXPECT_EQ(find_discipliner(proc_.string()), "chronyd (process 812, chrony.service)");
  write("812", "cgroup", "0::/docker/" + std::string(64, 'a') + "\n");
  EXPECT_EQ(find_discipliner(proc_.string()), "chronyd (process 812, container aaaaaaaaaaaa)");
}

TEST_F(DisciplinerScanTest, AChronydThatLeavesTheClockAloneIsNoRival) {
  add("812", "chronyd", words("/usr/sbin/chronyd -x"));
  EXPECT_EQ(find_discipliner(proc_.string()), std::nullopt);
}

TEST_F(DisciplinerScanTest, ANameAloneSteersNothing) {
  add("812", "ntpd", words("/tmp/ntpd 1000"));
  write("812", "status", kNoCapability);
  EXPECT_EQ(find_discipliner(proc_.string()), std::nullopt);
  write("812", "status", kTimeCapability);
  EXPECT_EQ(find_discipliner(proc_.string()), "ntpd (process 812)");
}

// `ln -s /usr/bin/su chronyd; ./chronyd` waits for a password with root's rights.
TEST_F(DisciplinerScanTest, ASetuidProgramOfAnotherUserSteersNothing) {
  add("812", "chronyd", words("./chronyd root"));
  write("812", "status", std::string("Uid:\t1000\t0\t0\t0\n") + kAllCapabilities);
  EXPECT_EQ(find_discipliner(proc_.string()), std::nullopt);
  for (const char* users : {"Uid:\t0\t0\t0\t0\n", "Uid:\t104\t104\t104\t104\n"}) {
    write("812", "status", users + std::string(kAllCapabilities));
    EXPECT_EQ(find_discipliner(proc_.string()), "chronyd (process 812)") << users;
  }
}

TEST_F(DisciplinerScanTest, ARightInAnotherUserNamespaceSteersNothing) {
  add("812", "chronyd", words("/tmp/chronyd 60"));
  write("812", "status", kAllCapabilities);
  write("812", "uid_map", "         0       1000          1\n");
  EXPECT_EQ(find_discipliner(proc_.string()), std::nullopt);
  write("812", "uid_map", "         0     100000      65536\n");
  EXPECT_EQ(find_discipliner(proc_.string()), std::nullopt);
  write("812", "uid_map", "");  // no map yet: the namespace was just made
  EXPECT_EQ(find_discipliner(proc_.string()), std::nullopt);
  write("812", "uid_map", "         0          0 4294967295\n");
  EXPECT_EQ(find_discipliner(proc_.string()), "chronyd (process 812)");
}

TEST_F(DisciplinerScanTest, TheNamespaceItselfOutranksItsMap) {
  add("812", "chronyd", words("chronyd"));
  write("812", "uid_map", "         0          0 4294967295\n");
  std::filesystem::create_directories(proc_ / "812" / "ns");
  std::filesystem::create_symlink("user:[4026532297]", proc_ / "812" / "ns" / "user");
  EXPECT_EQ(find_discipliner(proc_.string()), std::nullopt);
  std::filesystem::remove(proc_ / "812" / "ns" / "user");
  std::filesystem::create_symlink("user:[4026531837]", proc_ / "812" / "ns" / "user");
  EXPECT_EQ(find_discipliner(proc_.string()), "chronyd (process 812)");
}

TEST_F(DisciplinerScanTest, AProcessOfWhoseRightsNothingIsKnownSteersNothing) {
  add("812", "chronyd", words("chronyd"));
  std::filesystem::remove(proc_ / "812" / "status");
  EXPECT_EQ(find_discipliner(proc_.string()), std::nullopt);
  write("812", "status", std::string(70'000, 'x') + kTimeCapability);
  EXPECT_EQ(find_discipliner(proc_.string()), std::nullopt);
}

TEST_F(DisciplinerScanTest, AStoppedDaemonSteersNothingUntilItGoesOn) {
  const auto set_state = [&](const char* state) {
    write("812", "stat", std::string("812 (chronyd) ") + state + " 1 2 3\n");
  };
  add("812", "chronyd", words("chronyd"));
  set_state("T");
  DisciplinerScan scan(proc_.string());
  for (int look = 0; look < 5; ++look) EXPECT_EQ(scan.look(), std::nullopt);
  set_state("S");
  EXPECT_EQ(scan.look(), "chronyd (process 812)");
  set_state("T");
  EXPECT_EQ(scan.look(), std::nullopt);
}

TEST_F(DisciplinerScanTest, SaysWhyOthersMayRunUnseen) {
  EXPECT_EQ(hidden_processes("/nowhere"), "no process table at /nowhere");
  std::filesystem::create_directories(proc_ / "50" / "ns");
  std::filesystem::create_symlink("pid:[4026532300]", proc_ / "50" / "ns" / "pid");
  EXPECT_NE(hidden_processes(proc_.string()).find("only the processes of a container"),
            std::string::npos);
  std::filesystem::remove(proc_ / "50" / "ns" / "pid");
  std::filesystem::create_symlink("pid:[4026531836]", proc_ / "50" / "ns" / "pid");
  EXPECT_NE(hidden_processes(proc_.string()).find("hidepid"), std::string::npos);
  add("1", "systemd", words("/sbin/init"));
  EXPECT_EQ(hidden_processes(proc_.string()), "");
}

TEST_F(DisciplinerScanTest, NobodyIsFoundWhereNobodyIs) {
  add("1", "systemd", words("/sbin/init"));
  EXPECT_EQ(find_discipliner(proc_.string()), std::nullopt);
  EXPECT_EQ(find_discipliner("/nowhere"), std::nullopt);
}

TEST_F(DisciplinerScanTest, AProcessThatHasEndedAndWaitsForItsParentSteersNothing) {
  add("812", "chronyd", "");
  EXPECT_EQ(find_discipliner(proc_.string()), std::nullopt);
}

TEST_F(DisciplinerScanTest, ANewProcessIsFoundAtTheNextLook) {
  DisciplinerScan scan(proc_.string());
  EXPECT_EQ(scan.look(), std::nullopt);
  add("812", "chronyd", words("chronyd"));
  EXPECT_EQ(scan.look(), "chronyd (process 812)");
}

TEST_F(DisciplinerScanTest, AChildThatGetsItsNameALittleLaterIsFound) {
  DisciplinerScan scan(proc_.string());
  add("812", "(chronyd)", words("systemd"));
  EXPECT_EQ(scan.look(), std::nullopt);
  become("812", "chronyd");
  EXPECT_EQ(scan.look(), "chronyd (process 812)");
}

TEST_F(DisciplinerScanTest, AnOldProcessThatBecomesADaemonIsFoundWithinAMinuteOrSo) {
  DisciplinerScan scan(proc_.string());
  add("812", "sh", words("sh"));
  for (int look = 0; look < 70; ++look) EXPECT_EQ(scan.look(), std::nullopt);
  become("812", "chronyd");
  int looks = 1;
  while (!scan.look() && looks < 1000) ++looks;
  EXPECT_LE(looks, 64);
}

TEST_F(DisciplinerScanTest, TheEndOfADaemonIsSeenAtTheNextLook) {
  add("812", "chronyd", words("chronyd"));
  DisciplinerScan scan(proc_.string());
  EXPECT_TRUE(scan.look());
  std::filesystem::remove_all(proc_ / "812");
  EXPECT_EQ(scan.look(), std::nullopt);
}

TEST_F(DisciplinerScanTest, OfSeveralTheLowestNumberIsNamedThroughout) {
  add("900", "ptp4l", words("ptp4l"));
  add("812", "chronyd", words("chronyd"));
  DisciplinerScan scan(proc_.string());
  for (int look = 0; look < 5; ++look) EXPECT_EQ(scan.look(), "chronyd (process 812)");
}

TEST_F(DisciplinerScanTest, OfTwoSlewdThatMaySteerTheYoungerStandsAside) {
  add_slewd("40", kTimeCapability, 400);
  EXPECT_EQ(find_discipliner(proc_.string()), "slewd (process 40)");
  set_start("40", 600);
  EXPECT_EQ(find_discipliner(proc_.string()), std::nullopt);
}

TEST_F(DisciplinerScanTest, ASlewdWithoutTheRightToSetTheClockIsNoRival) {
  add_slewd("40", kNoCapability, 400);
  EXPECT_EQ(find_discipliner(proc_.string()), std::nullopt);
}

TEST_F(DisciplinerScanTest, OneThatCannotCompareStandsAside) {
  add_slewd("60", kTimeCapability, 600);
  write("50", "stat", "50 (slewd\n");
  EXPECT_EQ(find_discipliner(proc_.string()), "slewd (process 60)");
}

TEST_F(DisciplinerScanTest, WithoutAnOwnNumberEveryLookListsTheTable) {
  std::filesystem::remove(proc_ / "self");
  DisciplinerScan scan(proc_.string());
  EXPECT_EQ(scan.look(), std::nullopt);
  write("812", "comm", "chronyd\n");
  write("812", "cmdline", words("chronyd"));
  write("812", "status", kTimeCapability);
  EXPECT_EQ(scan.look(), "chronyd (process 812)");
}

}  // namespace
}  // namespace slewd::os
