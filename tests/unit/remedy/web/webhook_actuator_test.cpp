// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/web/webhook_actuator.hpp"

#include <list>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "agent/remedy/web/threaded_http_client.hpp"

#include "tests/unit/remedy/web/fake_http.hpp"
#include "tests/unit/remedy/web/loopback_server.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using rules::Ending;

const std::string kUrl = "https://chat.example.net/hook";

class WebhookActuatorTest : public testing::Test {
 protected:
  void begin(std::uint64_t id, Nanos timeout, int retries = 9) {
    rules::WebhookAction action{.url = kUrl, .body = "{}", .headers = {}, .ca_file = ""};
    action.retries = retries;
    actuator.begin(id, action, timeout, [this](ActResult result) { results.push_back(result); });
  }

  TestReactor reactor;
  FakeHttp http;
  Webhook webhook{reactor, http, 7};
  WebhookActuator actuator{webhook};
  std::vector<ActResult> results;
};

TEST_F(WebhookActuatorTest, ReportsWhatBecameOfTheMessage) {
  begin(1, 30s);
  http.answer(204);
  begin(2, 30s);
  http.answer(403);
  begin(3, 5s, 0);
  EXPECT_EQ(http.last().timeout, 5s);
  http.answer(Error(ErrorCode::timeout, "late"));
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[0].ending, Ending::done);
  EXPECT_EQ(results[1].ending, Ending::failed);
  EXPECT_EQ(results[2].ending, Ending::timed_out);
  actuator.begin(4, rules::BurstAction{}, 1s,
                 [this](ActResult result) { results.push_back(result); });
  EXPECT_EQ(results.back().ending, Ending::refused);
}

TEST_F(WebhookActuatorTest, AddressAndHeadersMayLieInFiles) {
  const TemporaryFolder folder;
  rules::WebhookAction action{.url = "", .body = "{}", .headers = {}, .ca_file = ""};
  action.url_file = folder.write("url", kUrl + "\n");
  action.header_files = {{"Authorization", folder.write("token", "Bearer secret\n")}};
  const auto run = [&](std::uint64_t id) {
    actuator.begin(id, action, 30s, [this](ActResult result) { results.push_back(result); });
  };
  run(1);
  EXPECT_EQ(http.last().url, kUrl);
  ASSERT_TRUE(http.last().headers.contains("Authorization"));
  EXPECT_EQ(http.last().headers.at("Authorization"), "Bearer secret");
  http.answer(204);
  EXPECT_EQ(results.back().detail, "taken");
  // Each use reads them again, and says how they are kept.
  ::chmod(folder.file("token").c_str(), 0644);
  run(2);
  http.answer(204);
  EXPECT_NE(results.back().detail.find("chmod 600"), std::string::npos);
  folder.write("url", "secret but no URL");
  run(3);
  EXPECT_EQ(results.back().ending, Ending::failed);
  EXPECT_EQ(results.back().detail.find("secret but"), std::string::npos);
  folder.write("token", "");
  folder.write("url", kUrl);
  run(4);
  EXPECT_EQ(results.back().ending, Ending::failed);
}

TEST_F(WebhookActuatorTest, WhatIsAbandonedInFlightIsCancelled) {
  begin(1, 30s);
  begin(2, 30s);
  EXPECT_EQ(http.requests.size(), 1U);
  actuator.abandon(1);
  EXPECT_EQ(http.cancelled, 1U);
  EXPECT_EQ(http.requests.size(), 2U) << "the next one's turn";
  http.answer(200);
  ASSERT_EQ(results.size(), 1U);
  actuator.abandon(2);
  EXPECT_EQ(http.cancelled, 1U);
}

TEST_F(WebhookActuatorTest, WhatIsAbandonedBetweenTwoTriesIsNeverSentAgain) {
  begin(1, 1h);
  http.answer(503);
  actuator.abandon(1);
  EXPECT_EQ(webhook.waiting(), 0U);
  reactor.advance(1h);
  EXPECT_EQ(http.requests.size(), 1U);
  EXPECT_TRUE(results.empty());
  EXPECT_EQ(reactor.timers(), 0U);
}

// The dispatcher abandons five seconds after the timeout: by then all is over.
TEST_F(WebhookActuatorTest, NoTryIsMadeAfterTheTimeoutOfTheLink) {
  begin(1, 10s);
  http.answer(503);
  reactor.advance(2s);
  ASSERT_EQ(http.requests.size(), 2U);
  EXPECT_LE(http.last().timeout, 9s);
  reactor.advance(http.last().timeout);
  http.answer(Error(ErrorCode::timeout, "late"));
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].ending, Ending::timed_out);
  reactor.advance(1h);
  EXPECT_EQ(http.requests.size(), 2U);
}

// Over real connections: receivers that hang, more than there are workers.
TEST(WebhooksOverHttp, ReceiversThatHangLeaveAWorkerToOthersAndAreCutWhenTheyAreDropped) {
  TestReactor reactor;
  std::list<LoopbackServer> hang;
  LoopbackServer healthy(reactor);
  healthy.answer = [](std::string_view line) {
    return std::string(line.empty() ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" : "");
  };
  const auto url_of = [](const LoopbackServer& server) {
    return "http://127.0.0.1:" + std::to_string(server.port()) + "/";
  };
  ThreadedHttpClient client(reactor);
  Webhook webhook(reactor, client, 7);
  std::vector<std::uint64_t> messages;
  for (int i = 0; i <= limits::kHttpCallWorkers; ++i)
    messages.push_back(webhook.send(
        {.url = url_of(hang.emplace_back(reactor)), .body = "{}", .ca_file = "", .headers = {}},
        [](const Result<void>&) { ADD_FAILURE(); }));
  bool answered = false;
  HttpRequest request;
  request.url = url_of(healthy);
  client.begin(request, [&](const Result<HttpResponse>& answer) { answered = bool{answer}; });
  ASSERT_TRUE(reactor.run_until([&] { return answered; }));
  bool taken = false;
  webhook.send({.url = url_of(healthy), .body = "{}", .ca_file = "", .headers = {}},
               [&](const Result<void>& sent) { taken = bool{sent}; });
  for (const std::uint64_t message : messages) webhook.drop(message);
  ASSERT_TRUE(reactor.run_until([&] { return taken; }));
  EXPECT_EQ(webhook.waiting(), 0U);
}

}  // namespace
}  // namespace slewd::remedy
