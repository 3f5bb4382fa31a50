// SPDX-License-Identifier: Apache-2.0
// The keys of every type of probe.
#include <gtest/gtest.h>

#include "rules/files/rule_file.hpp"

namespace slewd::rules {
namespace {

std::string text_of(const std::string& probe, const std::string& unit) {
  return R"({"schema": "slewd.rules/1", "targets": {"mail": {)" + unit + R"("probes": {"p": )" +
         probe + "}}}}";
}

ProbeSpec probe_of(const std::string& probe, const std::string& unit = "") {
  const auto file = parse_rule_file(text_of(probe, unit), "t.json");
  EXPECT_TRUE(file) << file.error().describe();
  return file ? file->targets[0].probes[0] : ProbeSpec();
}

// What is said of one key, without the place.
std::string probe_refusal(const std::string& probe) {
  const auto file = parse_rule_file(text_of(probe, ""), "t.json");
  if (file) return "taken";
  const std::string message = file.error().describe();
  const std::string place = "t.json:1: targets.mail.probes.p.";
  return message.starts_with(place) ? message.substr(place.size()) : message;
}

TEST(DecodeProbe, Http) {
  const ProbeSpec probe =
      probe_of(R"({"type": "http", "url": "http://[::1]:81/a", "status": 204, "expect": "ok"})");
  EXPECT_EQ(probe.url, "http://[::1]:81/a");
  EXPECT_EQ(probe.status, 204);
  EXPECT_EQ(probe.expect, "ok");
  EXPECT_EQ(probe_of(R"({"type": "http", "url": "http://127.0.0.1"})").status, 200);
}

TEST(DecodeProbe, AUrlMustBeOneThatAProbeCanAsk) {
  const auto with_url = [](const std::string& url) {
    return probe_refusal(R"({"type": "http", "url": ")" + url + "\"}");
  };
  const std::string example = "; it should look like \"http://127.0.0.1:8080/health\"";
  EXPECT_EQ(with_url("http://localhost/"),
            "url: its host 'localhost' is not a numeric address (probes do not resolve names)");
  EXPECT_EQ(with_url("https://127.0.0.1/"),
            "url: 'https://127.0.0.1/' does not begin with http://");
  EXPECT_EQ(with_url("127.0.0.1:80"), "url: the URL is neither http:// nor https://" + example);
  EXPECT_EQ(with_url("http://127.0.0.1:99999/"), "url: the URL has no valid port" + example);
  EXPECT_EQ(with_url("http://[::1/"), "url: the URL has no valid host" + example);
  EXPECT_EQ(with_url("http://[::1]x/"), "url: the URL has no valid port" + example);
  EXPECT_EQ(with_url("http://127.0.0.1/a b"),
            "url: the URL has a space, a control character or a byte beyond ASCII" + example);
  EXPECT_EQ(with_url("http://127.0.0.1@::1/"), "url: the URL names a user" + example);
}

TEST(DecodeProbe, AnInterimStatusIsNeverTheAnswer) {
  EXPECT_EQ(probe_refusal(R"({"type": "http", "url": "http://127.0.0.1/", "status": 100})"),
            "status: 100 is outside 200 to 599");
}

TEST(DecodeProbe, ImapUnderTls) {
  const std::string login =
      R"({"type": "imap_login", "port": 993, "user": "u", "password_file": "/p")";
  EXPECT_EQ(probe_of(login + "}").tls, ProbeTls::none);
  EXPECT_EQ(probe_of(login + R"(, "tls": "starttls"})").tls, ProbeTls::starttls);
  EXPECT_EQ(probe_of(login + R"(, "tls": "implicit"})").tls, ProbeTls::implicit);
}

TEST(DecodeProbe, Exec) {
  const ProbeSpec probe = probe_of(
      R"({"type": "exec", "argv": ["/bin/a", "b"], "column": {"name": "c", "equals": "y"}})");
  EXPECT_EQ(probe.argv, (std::vector<std::string>{"/bin/a", "b"}));
  ASSERT_TRUE(probe.column);
  EXPECT_EQ(probe.column->name, "c");
  EXPECT_EQ(probe.column->equals, "y");
  EXPECT_FALSE(probe_of(R"({"type": "exec", "argv": ["/bin/a"]})").column);
}

TEST(DecodeProbe, UnitAndMetric) {
  EXPECT_EQ(probe_of(R"({"type": "unit"})", R"("unit": "mail.service", )").unit, "mail.service");
  EXPECT_EQ(probe_refusal(R"({"type": "unit"})"), "type: the target has no \"unit\" to check");
  EXPECT_EQ(probe_of(R"({"type": "metric", "condition": "abs(offset) < 10ms"})").condition.text(),
            "abs(offset) < 10ms");
}

}  // namespace
}  // namespace slewd::rules
