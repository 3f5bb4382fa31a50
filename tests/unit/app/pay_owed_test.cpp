// SPDX-License-Identifier: Apache-2.0
#include "agent/app/pay_owed.hpp"

#include <fstream>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "agent/os/clock/system_clock.hpp"
#include "agent/os/machine/boot_id.hpp"
#include "agent/remedy/step/owed_book.hpp"

#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

using namespace std::chrono_literals;

class PayOwed : public testing::Test {
 protected:
  // Owes the making of a file.
  void owe(const std::string& name, Nanos due_in, const char* program = "/usr/bin/touch") {
    remedy::OwedAction owed;
    owed.step = 1;
    owed.rule = "guard";
    owed.what = "make " + name;
    owed.argv = {program, folder.file(name)};
    owed.boot_id = boot_id();
    owed.due = clock.now().boot + due_in;
    const auto added = book.add(owed);
    ASSERT_TRUE(added) << added.error().describe();
  }
  Result<void> pay(bool wait = false) {
    PayOwedOptions options;
    options.state_directory = folder.file("");
    options.state_directory.pop_back();
    options.wait = wait;
    options.when_empty = {"/usr/bin/touch", folder.file("timer-stopped")};
    return pay_owed(options, clock, [this](const std::string& text) { told.push_back(text); });
  }
  [[nodiscard]] bool made(const std::string& name) const {
    return ::access(folder.file(name).c_str(), F_OK) == 0;
  }

  TemporaryFolder folder;
  os::SystemClock clock;
  remedy::OwedBook book{folder.file("owed")};
  std::vector<std::string> told;
};

TEST_F(PayOwed, PaysEverythingWhenNoSlewdKeepsTheBookAndStopsItsTimer) {
  owe("a", 1h);
  owe("b", -1s);
  const auto paid = pay();
  ASSERT_TRUE(paid) << paid.error().describe();
  EXPECT_TRUE(made("a"));
  EXPECT_TRUE(made("b"));
  EXPECT_TRUE(made("timer-stopped"));
  EXPECT_EQ(told.size(), 2U);
  EXPECT_TRUE(book.read()->actions.empty());
}

TEST_F(PayOwed, PaysWhatIsPastItsTimeWhileItsSlewdLives) {
  remedy::OwedBook slewd(folder.file("owed"));
  ASSERT_TRUE(slewd.keep());
  owe("a", 1h);
  owe("b", -1s);
  ASSERT_TRUE(pay());
  EXPECT_FALSE(made("a"));
  EXPECT_TRUE(made("b"));
  EXPECT_FALSE(made("timer-stopped")) << "something is still owed";
  EXPECT_EQ(book.read()->actions.size(), 1U);
}

TEST_F(PayOwed, StaysUntilNothingIsOwedWhenTold) {
  remedy::OwedBook slewd(folder.file("owed"));
  ASSERT_TRUE(slewd.keep());
  owe("a", 100ms);
  ASSERT_TRUE(pay(true));
  EXPECT_TRUE(made("a"));
}

TEST_F(PayOwed, TellsWhatItCannotPayAndKeepsIt) {
  owe("a", -1s, "/bin/false");
  const auto paid = pay();
  ASSERT_FALSE(paid);
  EXPECT_NE(paid.error().describe().find("'make a' is still owed"), std::string::npos);
  EXPECT_EQ(book.read()->actions.size(), 1U);
  EXPECT_FALSE(made("timer-stopped"));
}

TEST_F(PayOwed, IsContentWithNoBookAtAll) {
  ASSERT_TRUE(pay());
  EXPECT_TRUE(made("timer-stopped"));
}

}  // namespace
}  // namespace slewd::app
