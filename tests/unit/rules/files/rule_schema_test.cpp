// SPDX-License-Identifier: Apache-2.0
#include "rules/files/rule_schema.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include <gtest/gtest.h>

#include "base/json_text.hpp"
#include "rules/files/catalogue.hpp"
#include "rules/files/rule_file.hpp"

#include "tests/unit/rules/schema_validator.hpp"

namespace slewd::rules {
namespace {

const std::filesystem::path kTree = SLEWD_SOURCE_DIR;

std::string source_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

JsonValue parsed(std::string_view text) {
  auto document = parse_json(text, "t.json");
  EXPECT_TRUE(document) << document.error().describe();
  return document ? std::move(*document) : JsonValue();
}

// Every key that some object of the schema has.
void collect_keys(const JsonValue& schema, std::set<std::string>& keys) {
  if (schema.array() != nullptr)
    for (const JsonValue& element : *schema.array()) collect_keys(element, keys);
  if (schema.object() == nullptr) return;
  for (const auto& [keyword, value] : *schema.object()) {
    if (keyword == "properties")
      for (const auto& member : *value.object()) keys.insert(member.first);
    collect_keys(value, keys);
  }
}

TEST(RuleSchema, TheShippedFilesKeepToIt) {
  const JsonValue schema = parsed(rule_schema());
  for (const auto& [name, text] : builtin_rule_files())
    for (const std::string& problem : schema_problems(schema, parsed(text)))
      ADD_FAILURE() << name << ": " << problem;
}

TEST(RuleSchema, TheInstalledCopyIsTheOneThatTheDecodersMake) {
  EXPECT_EQ(source_text(kTree / "deploy/rules/rules.schema.json"), rule_schema())
      << "write it anew: slewctl rules schema > deploy/rules/rules.schema.json";
}

// The example from which the schema is made could lack a kind of object. Whatever key a decoder
// asks for by name must be there.
TEST(RuleSchema, EveryKeyOfEveryDecoderIsInIt) {
  std::set<std::string> keys;
  collect_keys(parsed(rule_schema()), keys);
  const std::regex call(
      R"re((?:get(?:<\w+>)?|member|each|duration|decode_\w+)\((?:\w+, )?"([a-z_$]+)")re");
  std::size_t found = 0;
  for (const char* file : {"decode_action", "decode_limits", "decode_link", "decode_probe",
                           "decode_rule", "decode_target", "rule_file"}) {
    const std::string source = source_text(kTree / "rules/files" / (std::string(file) + ".cpp"));
    ASSERT_FALSE(source.empty()) << file;
    for (auto at = std::sregex_iterator(source.begin(), source.end(), call);
         at != std::sregex_iterator(); ++at, ++found)
      EXPECT_TRUE(keys.contains((*at)[1].str())) << file << ": " << (*at)[1];
  }
  EXPECT_GT(found, 80U);
}

// A key that no decoder knows is put into each object of each shipped file in turn: schema and
// decoder refuse the same ones.
TEST(RuleSchema, RefusesUnknownKeysWhereTheDecodersDo) {
  const JsonValue schema = parsed(rule_schema());
  std::size_t changed = 0;
  for (const auto& [name, text] : builtin_rule_files()) {
    const std::string whole = to_text(parsed(text));
    for (std::size_t at = whole.find('{'); at != std::string::npos; at = whole.find('{', at + 1)) {
      // Braces within texts begin no object.
      if (at > 0 && whole[at - 1] != ':' && whole[at - 1] != '[') continue;
      std::string worse = whole;
      worse.insert(at + 1, whole[at + 1] == '}' ? R"("Zz_9": 1)" : R"("Zz_9": 1,)");
      EXPECT_FALSE(schema_problems(schema, parsed(worse)).empty()) << worse.substr(at, 80);
      EXPECT_FALSE(parse_rule_file(worse, name)) << worse.substr(at, 80);
      ++changed;
    }
  }
  EXPECT_GT(changed, 150U);
}

TEST(RuleSchema, SaysWhatIsNeededAndOfWhichKind) {
  const JsonValue schema = parsed(rule_schema());
  const auto judge = [&](const std::string& rule) {
    const auto problems =
        schema_problems(schema, parsed(R"({"schema": "slewd.rules/1", "rules": [)" + rule + "]}"));
    std::string all;
    for (const std::string& problem : problems) all += problem + "\n";
    return all;
  };
  EXPECT_EQ(judge(R"({"name": "r", "when": "true", "do": [{"burst": true}]})"), "");
  EXPECT_EQ(judge(R"({"name": "r", "when": "true"})"), "file.rules[]: lacks do\n");
  EXPECT_EQ(judge(R"({"name": "r", "when": "true", "do": [{"burst": true, "step": true}]})"),
            "file.rules[].do[]: 2 choices of oneOf fit\n");
  EXPECT_EQ(judge(R"({"name": "r", "when": "true", "for": "1 minute", "do": [{"notify": "n"}]})"),
            "file.rules[].for: does not match\n");
  EXPECT_EQ(judge(R"({"name": "r", "when": "true", "mode": "on", "do": [{"notify": "n"}]})"),
            "file.rules[].mode: is none of the words\n");
  EXPECT_EQ(
      judge(R"({"name": "r", "when": "true", "do": [{"stop": "a", "undo": {"veto": true}}]})"),
      "file.rules[].do[].undo: unknown key veto\n"
      "file.rules[].do[].undo: 0 choices of oneOf fit\n");
  EXPECT_EQ(schema_problems(schema, parsed("{}")),
            (std::vector<std::string>{"file: lacks schema"}));
}

}  // namespace
}  // namespace slewd::rules
