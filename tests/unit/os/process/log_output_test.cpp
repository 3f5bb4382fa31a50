// SPDX-License-Identifier: Apache-2.0
#include "agent/os/process/log_output.hpp"

#include <array>
#include <csignal>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/fd.hpp"

namespace slewd::os {
namespace {

// A pipe of the kernel's smallest size.
class LogOutputTest : public testing::Test {
 protected:
  void SetUp() override {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    reading_ = Fd(ends[0]);
    writing_ = Fd(ends[1]);
    ::fcntl(writing_.get(), F_SETPIPE_SZ, 4096);
  }

  void fill() {
    ASSERT_EQ(::fcntl(writing_.get(), F_SETFL, O_NONBLOCK), 0);
    while (::write(writing_.get(), "x", 1) == 1) {
    }
    ASSERT_EQ(::fcntl(writing_.get(), F_SETFL, 0), 0);
  }

  std::string read() const {
    std::array<char, 65536> text{};
    const ssize_t got = ::read(reading_.get(), text.data(), text.size());
    return {text.data(), static_cast<std::size_t>(got > 0 ? got : 0)};
  }

  Fd reading_;
  Fd writing_;
};

TEST_F(LogOutputTest, WritesALineAsItIs) {
  LogOutput output(writing_.get(), LogOutput::Patience::waits);
  output.write("one line\n");
  EXPECT_EQ(read(), "one line\n");
  EXPECT_EQ(output.lost(), 0U);
}

// Without the mend this hangs for ever.
TEST_F(LogOutputTest, AtTheEndAReaderThatDoesNotReadCostsLinesAndNotTheEnd) {
  fill();
  LogOutput output(writing_.get(), LogOutput::Patience::waits);
  output.hurry();
  for (int line = 0; line < 100; ++line) output.write("a line that nobody reads\n");
  EXPECT_EQ(output.lost(), 100U);
  (void)read();
  output.write("one line\n");
  EXPECT_EQ(read(), "one line\n");
}

TEST_F(LogOutputTest, WithoutPatienceALineIsLostAtOnceAndTheDescriptorOfOthersStaysAsItIs) {
  fill();
  LogOutput output(writing_.get(), LogOutput::Patience::none);
  output.write("a line that nobody reads\n");
  EXPECT_EQ(output.lost(), 1U);
  EXPECT_EQ(::fcntl(writing_.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(LogOutputTest, AReaderThatIsGoneCostsTheLine) {
  reading_.reset();
  LogOutput output(writing_.get(), LogOutput::Patience::waits);
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  output.write("a line\n");
  ::signal(SIGPIPE, before);
  EXPECT_EQ(output.lost(), 1U);
}

}  // namespace
}  // namespace slewd::os
