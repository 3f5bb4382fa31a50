// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/logs/log_lines.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace slewd::remedy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::string_view_literals;

struct LogLinesTest : testing::Test {
  void feed(std::string_view bytes) { lines.feed(bytes, reader()); }
  LogLines::Reader reader() {
    return [this](std::string_view line, bool was_cut) {
      got.emplace_back(line);
      if (was_cut) ++cut;
    };
  }
  LogLines lines;
  std::vector<std::string> got;
  int cut = 0;
};

TEST_F(LogLinesTest, JoinsWhatComesInPieces) {
  feed("fi");
  feed("rst\nsec");
  EXPECT_THAT(got, ElementsAre("first"));
  feed("ond");
  feed("\n");
  EXPECT_THAT(got, ElementsAre("first", "second"));
}

TEST_F(LogLinesTest, PassesOverEmptyLinesAndTakesBothEnds) {
  feed("a\r\n\n\r\nb\n");
  EXPECT_THAT(got, ElementsAre("a", "b"));
}

TEST_F(LogLinesTest, CutsALongLineOnceAndGoesOnWithTheNext) {
  feed(std::string(limits::kLogLineBytes, 'x') + "\n");
  EXPECT_EQ(cut, 0);
  for (int i = 0; i < 3; ++i) feed(std::string(limits::kLogLineBytes, 'y'));
  feed("\nnext\n");
  ASSERT_EQ(got.size(), 3U);
  EXPECT_EQ(got[1], std::string(limits::kLogLineBytes, 'y'));
  EXPECT_EQ(got[2], "next");
  EXPECT_EQ(cut, 1);
}

TEST_F(LogLinesTest, PassesOverTheHoleOfATruncatedFile) {
  feed(std::string(3 * limits::kLogLineBytes, '\0'));
  feed("\0\0after\0it\n"sv);
  EXPECT_THAT(got, ElementsAre(std::string("after\0it"sv)));
  EXPECT_EQ(cut, 0);
}

TEST_F(LogLinesTest, ALineThatWillNotBeFinishedCounts) {
  feed("half");
  lines.finish(reader());
  EXPECT_THAT(got, ElementsAre("half"));
  lines.finish(reader());
  EXPECT_EQ(got.size(), 1U);
}

TEST_F(LogLinesTest, RestartsWithinALineOrBeforeOne) {
  feed("dropped");
  lines.restart(true);
  feed(" rest");
  feed(" of it\nwhole\n");
  EXPECT_THAT(got, ElementsAre("whole"));
  feed("dropped");
  lines.restart(false);
  feed("next\n");
  EXPECT_THAT(got, ElementsAre("whole", "next"));
}

}  // namespace
}  // namespace slewd::remedy
