// SPDX-License-Identifier: Apache-2.0
#include "agent/os/journal.hpp"

#include <array>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fd.hpp"
#include "base/limits.hpp"

#include "tests/unit/os/datagram_end.hpp"
#include "tests/unit/os/fakes.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::os {
namespace {

using Receiver = DatagramEnd;

TEST(Journal, WritesAllFieldsInOneDatagram) {
  const TemporaryFolder folder;
  const Receiver receiver(folder.file("socket"));
  const std::vector<JournalField> fields{{"MESSAGE", "the clock jumped"}, {"SLEWD_JUMP_ID", "44"}};
  const auto written = Journal(folder.file("socket")).write(fields);
  ASSERT_TRUE(written) << written.error().describe();
  EXPECT_EQ(receiver.take(), "MESSAGE=the clock jumped\nSLEWD_JUMP_ID=44\n");
}

TEST(Journal, TellsAValueOfSeveralLinesByItsLength) {
  const std::vector<JournalField> fields{{"MESSAGE", "two\nlines"}, {"A_1", ""}};
  const auto entry = journal_entry(fields);
  ASSERT_TRUE(entry);
  EXPECT_EQ(*entry, std::string("MESSAGE\n\x09\0\0\0\0\0\0\0two\nlines\nA_1=\n", 31));
}

TEST(Journal, RefusesNamesThatTheJournalWouldDrop) {
  for (const std::string& name :
       {std::string(), std::string("_PID"), std::string("1ST"), std::string("lower"),
        std::string("A=B"), std::string("A B"), std::string(65, 'A')}) {
    const std::vector<JournalField> fields{{name, "x"}};
    EXPECT_FALSE(journal_entry(fields)) << name;
  }
}

TEST(Journal, AMachineWithoutAJournalIsNoError) {
  const TemporaryFolder folder;
  const std::vector<JournalField> fields{{"MESSAGE", "x"}};
  EXPECT_TRUE(Journal(folder.file("nothing")).write(fields));
}

TEST(Journal, KeepsAnEntryWithinItsBoundAndTellsWhatElseFails) {
  const TemporaryFolder folder;
  const Receiver receiver(folder.file("socket"));
  const std::vector<JournalField> long_one{{"MESSAGE", std::string(limits::kJournalBytes, 'x')}};
  const auto refused = Journal(folder.file("socket")).write(long_one);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::limit);
  EXPECT_EQ(receiver.take(), "nothing");
  const std::vector<JournalField> fields{{"MESSAGE", "x"}};
  EXPECT_FALSE(Journal("relative").write(fields));
  EXPECT_FALSE(Journal("").write(fields));
}

}  // namespace
}  // namespace slewd::os
