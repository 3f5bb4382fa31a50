// SPDX-License-Identifier: Apache-2.0
// What a rule file could break or give away, refused or kept to itself.
#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "rules/files/rule_file.hpp"

#include "tests/unit/rules/rule_text.hpp"

namespace slewd::rules {
namespace {

std::string members_refusal(const std::string& members) {
  const auto file = parse_rule_file(R"({"schema": "slewd.rules/1", )" + members + "}", "t.json");
  return file ? "accepted" : file.error().describe();
}

// Targets with as many log triggers as one may have, each with a rule that asks for all of them.
RuleFile with_logs(std::size_t targets) {
  std::string names;
  std::string rules;
  for (std::size_t target = 0; target < targets; ++target) {
    const std::string name = "t" + std::to_string(target);
    const std::string comma = target == 0 ? "" : ", ";
    std::string logs;
    std::string sum = "0";
    for (std::size_t log = 0; log < limits::kLogsPerTarget; ++log) {
      const std::string own = "l" + std::to_string(log);
      logs += (log == 0 ? "\"" : ", \"") + own + R"(": {"match": "^x"})";
      sum += " + logged(" + name + "." + own + ", 1m)";
    }
    names +=
        comma + "\"" + name + R"(": {"unit": ")" + name + R"(.service", "logs": {)" + logs + "}}";
    rules += comma + R"({"name": ")" + name + R"(", "when": ")" + sum +
             R"( > 0", "do": [{"burst": true}]})";
  }
  const auto file = parse_rule_file(
      R"({"schema": "slewd.rules/1", "targets": {)" + names + R"(}, "rules": [)" + rules + "]}",
      "t.json");
  EXPECT_TRUE(file) << file.error().describe();
  return file ? *file : RuleFile();
}

TEST(RuleFileGuards, MoreLogTriggersThanAreFollowedAreRefused) {
  constexpr std::size_t kMost = limits::kLogTriggers / limits::kLogsPerTarget;
  EXPECT_TRUE(merge_rule_files({with_logs(kMost)}));
  const auto all = overlay_rule_files({}, with_logs(kMost + 1));
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().describe(),
            "all rule files together have 72 log triggers in use; the limit is 64");
}

TEST(RuleFileGuards, AProtectedUnitThatCannotBeOneIsRefused) {
  EXPECT_EQ(
      members_refusal(R"("global": {"protect": ["postgresql"]})"),
      "t.json:1: global.protect: 'postgresql' is not a unit: write its name with its type, for "
      "instance \"dovecot.service\"");
  for (const char* unit : {"postgresql.servce", "dovecot*"})
    EXPECT_NE(members_refusal(R"("global": {"protect": [")" + std::string(unit) + "\"]}"),
              "accepted");
  EXPECT_EQ(members_refusal(R"("global": {"protect": ["etcd.service", "postgresql@.service"]})"),
            "accepted");
}

std::string webhook(const std::string& url) {
  return R"("rules": [{"name": "r", "when": "true", "do": [{"webhook": {"url": ")" + url +
         R"("}}]}])";
}

TEST(RuleFileGuards, AWebhooksAddressIsReadAtLoadNotInAnIncident) {
  for (const char* url : {"https://bad host/x", "ftp://hooks.example.net/", "https://", "x"})
    EXPECT_NE(members_refusal(webhook(url)), "accepted") << url;
  EXPECT_EQ(members_refusal(webhook("https://hooks.example.net/clock?a=b")), "accepted");
}

TEST(RuleFileGuards, OfAWebhookOnlyItsHostIsTold) {
  WebhookAction hook;
  hook.url = "https://hooks.example.net/services/T0/B0/secret?token=secret";
  EXPECT_EQ(describe(hook), "webhook https://hooks.example.net:443");
}

}  // namespace
}  // namespace slewd::rules
