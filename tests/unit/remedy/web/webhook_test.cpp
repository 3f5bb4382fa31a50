// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/web/webhook.hpp"

#include <optional>

#include <gtest/gtest.h>

#include "rules/files/webhook_template.hpp"

#include "tests/unit/remedy/test_reactor.hpp"
#include "tests/unit/remedy/web/fake_http.hpp"

namespace slewd::remedy {
namespace {

using rules::check_template;
using rules::expand_template;
using rules::WebhookFacts;

using namespace std::chrono_literals;

class WebhookTest : public testing::Test {
 protected:
  void send(const std::string& url, int retries) {
    webhook.send({.url = url, .body = "{}", .ca_file = "", .headers = {}, .retries = retries},
                 [this](Result<void> result) {
                   ++reports;
                   last = std::move(result);
                 });
  }
  TestReactor reactor;
  FakeHttp http;
  Webhook webhook{reactor, http, 7};
  int reports = 0;
  std::optional<Result<void>> last;
};

TEST_F(WebhookTest, IsTakenAtTheFirstTry) {
  send("https://chat.example.net/hook", 5);
  EXPECT_EQ(http.last_line(), "POST https://chat.example.net/hook");
  EXPECT_EQ(http.last().headers.at("Content-Type"), "application/json");
  http.answer(204);
  EXPECT_TRUE(last.value());
  EXPECT_EQ(webhook.waiting(), 0U);
}

TEST_F(WebhookTest, IsTriedAgainWithGrowingWaitsAndThenGivenUp) {
  send("https://chat.example.net/hook", 2);
  http.answer(Error(ErrorCode::timeout, "late"));
  reactor.advance(2s);
  ASSERT_EQ(http.requests.size(), 2U);
  http.answer(503);
  reactor.advance(1900ms);
  EXPECT_EQ(http.requests.size(), 2U);
  reactor.advance(2100ms);
  ASSERT_EQ(http.requests.size(), 3U);
  EXPECT_EQ(reports, 0);
  http.answer(500);
  EXPECT_EQ(last.value().error().message(), "the webhook answers 500");
  reactor.advance(1h);
  EXPECT_EQ(http.requests.size(), 3U);
  EXPECT_EQ(reports, 1);
}

TEST_F(WebhookTest, ARefusalIsFinal) {
  send("https://chat.example.net/hook", 5);
  http.answer(403);
  EXPECT_FALSE(last.value());
  send("https://chat.example.net/hook", 5);
  http.answer(Error(ErrorCode::permission, "certificate"));
  EXPECT_EQ(reports, 2);
}

TEST_F(WebhookTest, OneRequestAtATimeToAnOriginAndTheOthersDoNotWaitForARetry) {
  send("https://a.example.net/1", 5);
  send("https://a.example.net:443/2", 5);
  EXPECT_EQ(http.requests.size(), 1U);
  http.answer(503);
  EXPECT_EQ(http.last_line(), "POST https://a.example.net:443/2");
  http.answer(200);
  EXPECT_EQ(reports, 1);
  reactor.advance(2s);
  EXPECT_EQ(http.last_line(), "POST https://a.example.net/1");
}

TEST_F(WebhookTest, AReceiverThatHangsDelaysOnlyItsOwnMessages) {
  send("https://hangs.example.net/1", 5);
  send("https://hangs.example.net/2", 5);
  send("https://b.example.net/", 5);
  ASSERT_EQ(http.last_line(), "POST https://b.example.net/");
  http.answer_at("https://b.example.net/", 200);
  EXPECT_EQ(reports, 1);
  // Another port or scheme is another receiver.
  send("https://hangs.example.net:8443/", 5);
  send("http://hangs.example.net/", 5);
  EXPECT_EQ(http.waiting(), 3U);
  EXPECT_EQ(http.last_line(), "POST http://hangs.example.net/");
}

TEST_F(WebhookTest, OneWorkerIsLeftToTheRequestsOfOthers) {
  for (const char* name : {"a", "b", "c", "d", "e"})
    send("https://" + std::string(name) + ".example.net/", 0);
  EXPECT_EQ(http.waiting(), static_cast<std::size_t>(limits::kHttpCallWorkers) - 1);
  http.answer(200);
  EXPECT_EQ(http.last_line(), "POST https://d.example.net/");
  EXPECT_EQ(http.waiting(), limits::kWebhooksInFlight);
}

TEST_F(WebhookTest, TheLastTryEndsInTime) {
  webhook.send({.url = "https://a.example.net/",
                .body = "{}",
                .ca_file = "",
                .headers = {},
                .retries = 9,
                .within = 30s},
               [this](Result<void> result) { last = std::move(result); });
  const MonoTime deadline = reactor.now() + 30s;
  constexpr Nanos kStep = 10ms;
  std::size_t tries = 0;
  while (!last) {
    ASSERT_GT(http.requests.size(), tries) << "reports when no other try is in sight";
    tries = http.requests.size();
    EXPECT_LE(reactor.now() + http.last().timeout, deadline + kStep);
    reactor.advance(http.last().timeout);
    http.answer(Error(ErrorCode::timeout, "late"));
    for (int i = 0; i < 400 && !last && http.requests.size() == tries; ++i) reactor.advance(kStep);
  }
  EXPECT_EQ(tries, 3U);
  EXPECT_LT(http.last().timeout, 10s);
  reactor.advance(1h);
  EXPECT_EQ(http.requests.size(), tries);
}

TEST_F(WebhookTest, AMessageWithoutATurnIsGivenUpInTime) {
  send("https://a.example.net/", 0);
  webhook.send(
      {.url = "https://a.example.net/", .body = "{}", .ca_file = "", .headers = {}, .within = 5s},
      [this](Result<void> result) { last = std::move(result); });
  reactor.advance(4999ms);
  EXPECT_FALSE(last);
  reactor.advance(1ms);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->error().code(), ErrorCode::timeout);
  http.answer(200);
  EXPECT_EQ(http.requests.size(), 1U);
}

TEST_F(WebhookTest, TheQueueIsBounded) {
  for (std::size_t i = 0; i <= limits::kWebhookQueue; ++i) send("https://a.example.net/", 0);
  EXPECT_EQ(reports, 0) << "never from within send()";
  reactor.settle();
  EXPECT_EQ(last.value().error().code(), ErrorCode::limit);
}

const WebhookFacts kFacts{.rule = "dovecot",
                          .action = "reload",
                          .ending = "done",
                          .detail = "said \"no\"\n\\",
                          .evidence = "step -60 s",
                          .node = "n1",
                          .time = "2026-03-01T12:00:00Z"};

TEST(WebhookTemplate, FillsStringsAndKeepsTheStructure) {
  EXPECT_EQ(
      expand_template(R"({"text": "${rule} on ${node}: ${detail}", "n": [1, "$${x}"]})", kFacts)
          .value(),
      R"({"text":"dovecot on n1: said \"no\"\n\\","n":[1,"${x}"]})");
}

TEST(WebhookTemplate, AValueIsNeverReadAsATemplate) {
  WebhookFacts facts = kFacts;
  facts.detail = "${rule}\", \"admin\": true, \"\xff";
  EXPECT_EQ(expand_template(R"(["${detail}"])", facts).value(),
            "[\"${rule}\\\", \\\"admin\\\": true, \\\"\xef\xbf\xbd\"]");
}

TEST(WebhookTemplate, SaysWhatIsWrongWhenItIsLoaded) {
  EXPECT_EQ(check_template(R"({"a": "${rul}"})").error().message(),
            "unknown variable 'rul'; did you mean 'rule'?");
  EXPECT_EQ(check_template(R"({"a": "${rule"})").error().code(), ErrorCode::invalid);
  EXPECT_EQ(check_template(R"({"${rule}": 1})").error().code(), ErrorCode::invalid);
  EXPECT_EQ(check_template(R"({"a": )").error().code(), ErrorCode::invalid);
  EXPECT_EQ(check_template(std::string(40, '[') + std::string(40, ']')).error().code(),
            ErrorCode::invalid);
  EXPECT_TRUE(check_template(R"({"a": "${time} ${evidence} ${ending} ${action}"})"));
}

}  // namespace
}  // namespace slewd::remedy
