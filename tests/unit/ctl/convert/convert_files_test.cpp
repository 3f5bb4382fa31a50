// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/convert_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/atomic_file.hpp"

#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

TEST(ConvertFiles, AreReadInTheOrderOfTheirNames) {
  const TemporaryFolder folder;
  folder.write("b.conf", "second");
  folder.write("a.conf", "first");
  folder.write("c.other", "not this");
  const auto files = read_matching(folder.path() + "/*.conf");
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 2U);
  EXPECT_EQ((*files)[0].name, folder.file("a.conf"));
  EXPECT_EQ((*files)[0].text, "first");
  EXPECT_EQ((*files)[1].text, "second");
}

TEST(ConvertFiles, OfAFolderThatIsNotThereAreNone) {
  const TemporaryFolder folder;
  const auto files = read_matching(folder.path() + "/missing/*.conf");
  ASSERT_TRUE(files) << files.error().describe();
  EXPECT_TRUE(files->empty());
}

TEST(ConvertFiles, KeepTheFormerFileBesideTheNewOne) {
  const TemporaryFolder folder;
  const std::string path = folder.file("slewd.json");
  const auto first = write_beside_former(path, "first");
  ASSERT_TRUE(first) << first.error().describe();
  EXPECT_FALSE(*first);
  const auto second = write_beside_former(path, "second");
  ASSERT_TRUE(second);
  EXPECT_TRUE(*second);
  EXPECT_EQ(read_file(path, 100).value_or(""), "second");
  EXPECT_EQ(read_file(path + ".old", 100).value_or(""), "first");
}

}  // namespace
}  // namespace slewd::app
