// SPDX-License-Identifier: Apache-2.0
#include "agent/config/source_folders.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/config/config.hpp"

#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> hosts_of(const std::vector<core::SourceConfig>& sources) {
  std::vector<std::string> hosts;
  for (const core::SourceConfig& source : sources) hosts.push_back(source.host);
  return hosts;
}

class SourceFolders : public testing::Test {
 protected:
  SourceFolders() {
    for (const char* name : {"first", "second", "links"})
      std::filesystem::create_directory(folder.file(name));
    origins.folders = {folder.file("first"), folder.file("second"), folder.file("none")};
    origins.networkd = folder.file("links");
  }
  FoundSources find(const std::vector<core::SourceConfig>& configured = {}) {
    FoundSources found = find_sources(origins, configured, former);
    former = found.texts;
    return found;
  }

  TemporaryFolder folder;
  SourceOrigins origins;
  SourceTexts former;
};

TEST_F(SourceFolders, GiveTheServersAndPoolsOfTheirFilesByName) {
  folder.write("second/a.json", R"({"servers": [{"host": "192.0.2.3", "prefer": true}]})");
  folder.write("first/b.json", R"({"pools": [{"host": "pool.example", "members": 2}]})");
  folder.write("first/a.json", R"({"servers": [{"host": "192.0.2.1"}]})");
  folder.write("first/.hidden.json", "not read");
  folder.write("first/readme.txt", "not read");
  const FoundSources found = find();
  EXPECT_THAT(hosts_of(found.sources), ElementsAre("192.0.2.1", "pool.example", "192.0.2.3"));
  EXPECT_TRUE(found.sources[2].prefer);
  EXPECT_THAT(found.refused, IsEmpty());
}

TEST_F(SourceFolders, PassOverWhatIsNamedAlready) {
  core::SourceConfig own;
  own.host = own.name = "192.0.2.1";
  folder.write("first/a.json", R"({"servers": [{"host": "192.0.2.1"}, {"host": "192.0.2.2"}]})");
  folder.write("second/a.json", R"({"servers": [{"host": "192.0.2.2"}]})");
  EXPECT_THAT(hosts_of(find({own}).sources), ElementsAre("192.0.2.2"));
}

TEST_F(SourceFolders, ABadFileCostsNoOtherAndKeepsWhatItHadBefore) {
  folder.write("first/a.json", R"({"servers": [{"host": "192.0.2.1"}]})");
  folder.write("first/b.json", R"({"servers": [{"host": "192.0.2.2"}]})");
  (void)find();
  folder.write("first/a.json", R"({"servers": [{"hots": "192.0.2.9"}]})");
  FoundSources found = find();
  EXPECT_THAT(hosts_of(found.sources), ElementsAre("192.0.2.1", "192.0.2.2"));
  ASSERT_EQ(found.refused.size(), 1U);
  EXPECT_THAT(found.refused[0], HasSubstr("did you mean 'host'?"));
  EXPECT_THAT(found.refused[0], HasSubstr("what it had in it before stays in force"));
  std::filesystem::remove(folder.file("first/a.json"));
  EXPECT_THAT(hosts_of(find().sources), ElementsAre("192.0.2.2"));
}

TEST_F(SourceFolders, AFolderThatCannotBeReadAnyMoreKeepsItsSources) {
  folder.write("first/a.json", R"({"servers": [{"host": "192.0.2.1"}]})");
  folder.write("second/b.json", R"({"servers": [{"host": "192.0.2.2"}]})");
  (void)find();
  std::filesystem::remove_all(folder.file("first"));
  folder.write("first", "a file now");
  const FoundSources found = find();
  EXPECT_THAT(hosts_of(found.sources), ElementsAre("192.0.2.1", "192.0.2.2"));
  EXPECT_THAT(found.refused, ElementsAre(HasSubstr("Not a directory"),
                                         HasSubstr("what it had in it before stays in force")));
}

TEST_F(SourceFolders, ATakenNameIsRefusedWithItsOwner) {
  folder.write("first/a.json", R"({"servers": [{"host": "192.0.2.1", "name": "time"}]})");
  folder.write("first/b.json", R"({"servers": [{"host": "192.0.2.2", "name": "time"}]})");
  const FoundSources found = find();
  ASSERT_EQ(found.refused.size(), 1U);
  EXPECT_THAT(found.refused[0], HasSubstr("the name 'time' is taken by 192.0.2.1"));
}

TEST_F(SourceFolders, TheLeasesOfNetworkdCountWhereTheyAreAskedFor) {
  folder.write("links/2", "ADMIN_STATE=configured\nNTP=192.0.2.7 ntp.example\nDNS=192.0.2.53\n");
  folder.write("links/3", "NTP=192.0.2.7 0.0.0.0\n");
  EXPECT_THAT(find().sources, IsEmpty());
  origins.dhcp = true;
  EXPECT_THAT(hosts_of(find().sources), ElementsAre("192.0.2.7", "ntp.example"));
}

TEST_F(SourceFolders, FoundServersTakeThePlaceOfTheDefaultPoolAndAreAddedToConfiguredOnes) {
  const auto loaded_with = [&](const std::string& servers) {
    const std::string path =
        folder.write("slewd.json", "{\"sources_folders\": [\"" + origins.folders[0] + "\"]" +
                                       servers + ", \"rules\": {\"folder\": \"\"}}");
    auto loaded = load_config(path);
    EXPECT_TRUE(loaded) << loaded.error().describe();
    return std::move(*loaded);
  };
  EXPECT_THAT(hosts_of(loaded_with("").config.core.sources), ElementsAre("pool.ntp.org"));
  const std::string own = R"(, "servers": [{"host": "192.0.2.5"}])";
  folder.write("first/a.json", R"({"servers": [{"host": "192.0.2.1"}]})");
  EXPECT_THAT(hosts_of(loaded_with("").config.core.sources), ElementsAre("192.0.2.1"));
  LoadedConfig loaded = loaded_with(own);
  EXPECT_THAT(hosts_of(loaded.config.core.sources), ElementsAre("192.0.2.5", "192.0.2.1"));
  EXPECT_FALSE(find_sources_anew(loaded).changed);
  std::filesystem::remove(folder.file("first/a.json"));
  EXPECT_TRUE(find_sources_anew(loaded).changed);
  EXPECT_THAT(hosts_of(loaded.config.core.sources), ElementsAre("192.0.2.5"));
}

TEST_F(SourceFolders, AnUnknownOriginIsRefused) {
  const auto config = parse_config(R"({"sources_from": ["dhpc"]})", "t.json");
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().describe(), HasSubstr("the one origin is \"dhcp\""));
}

}  // namespace
}  // namespace slewd::app
