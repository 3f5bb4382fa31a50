// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/process/exec_table.hpp"

#include <gtest/gtest.h>

namespace slewd::remedy {
namespace {

using rules::ProbeState;

TableVerdict judge(std::string_view text) {
  return judge_table(text, {.name = "listening", .equals = "y"});
}

TEST(ExecTable, EveryRowMustHaveTheValue) {
  // As Dovecot 2.3 answers `doveadm -f tab service status imap`, columns left out.
  const TableVerdict one = judge("name\tprocess_count\tlistening\timap\nimap\t0\ty\tn\n");
  EXPECT_EQ(one.state, ProbeState::ok);
  EXPECT_EQ(one.detail, "'listening' is 'y' in one row");
  EXPECT_EQ(judge("name\tlistening\r\nimap\ty\r\npop3\ty").detail, "'listening' is 'y' in 2 rows");
  const TableVerdict two = judge("name\tlistening\nimap\ty\nimap-login\tn\n");
  EXPECT_EQ(two.state, ProbeState::failed);
  EXPECT_EQ(two.detail, "'listening' is 'n' in row 2, not 'y'");
}

TEST(ExecTable, ATableWithoutARowFails) {
  const TableVerdict none = judge("name\tlistening\n\n");
  EXPECT_EQ(none.state, ProbeState::failed);
  EXPECT_EQ(none.detail, "a table without a row");
}

TEST(ExecTable, ARowThatIsTooShortFails) {
  const TableVerdict ragged = judge("name\tlistening\nimap\n");
  EXPECT_EQ(ragged.state, ProbeState::failed);
  EXPECT_EQ(ragged.detail, "no 'listening' in row 1, 'imap'");
}

TEST(ExecTable, AQuestionThatWasPutWronglyIsNoAnswer) {
  EXPECT_EQ(judge("").state, ProbeState::unknown);
  EXPECT_EQ(judge("\n\r\n").detail, "no table: nothing was printed");
  const TableVerdict other = judge("name\tlisten\nimap\ty\n");
  EXPECT_EQ(other.state, ProbeState::unknown);
  EXPECT_EQ(other.detail, "no column 'listening' in the first line, 'name listen'");
}

TEST(ExecTable, ValuesAreWholeCells) {
  EXPECT_EQ(judge("listening\nyes\n").state, ProbeState::failed);
  EXPECT_EQ(judge("listening\n y\n").state, ProbeState::failed);
  EXPECT_EQ(judge_table("a\tb\nx\t\n", {.name = "b", .equals = ""}).state, ProbeState::ok);
}

}  // namespace
}  // namespace slewd::remedy
