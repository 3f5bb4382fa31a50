// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/logs/log_system_journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/temporary_folder.hpp"

namespace slewd::remedy {
namespace {

using testing::HasSubstr;

TEST(LogSystemJournal, AFolderWithoutAJournalIsAProblemThatSaysWhatToDo) {
  const TemporaryFolder folder;
  LogSystemJournal journal(folder.path());
  const auto opened = journal.open({{"a.service"}, {"kernel"}});
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), ErrorCode::unavailable);
  EXPECT_THAT(opened.error().describe(), HasSubstr("group systemd-journal"));
}

TEST(LogSystemJournal, AFolderThatDoesNotExistIsAProblem) {
  const TemporaryFolder folder;
  LogSystemJournal journal(folder.file("missing"));
  EXPECT_FALSE(journal.open({{"a.service"}, {}}).has_value());
  journal.close();
}

}  // namespace
}  // namespace slewd::remedy
