// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/fleet/kube_api.hpp"

#include <map>
#include <optional>

#include "tests/unit/remedy/fleet/kube_fixture.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;

class KubeApiTest : public KubeFixture {
 protected:
  void get() {
    KubeCall call;
    call.path = "/x";
    api->call(std::move(call), [this](const Result<HttpResponse>& answer) {
      last = success_of(answer);
      ++reports;
    });
  }
  std::optional<Result<void>> last;
  int reports = 0;
};

TEST_F(KubeApiTest, ReadsTheTokenAnewAtEachRequest) {
  get();
  EXPECT_EQ(http.last_line(), "GET https://10.0.0.1:443/x");
  EXPECT_EQ(http.last().headers.at("Authorization"), "Bearer secret-1");
  EXPECT_EQ(http.last().ca_file, folder.file("ca.crt"));
  write("token", "secret-2\n");
  get();
  EXPECT_EQ(http.last().headers.at("Authorization"), "Bearer secret-2");
}

TEST_F(KubeApiTest, WithoutATokenThereIsNoRequest) {
  std::filesystem::remove(folder.file("token"));
  get();
  EXPECT_EQ(http.requests.size(), 0U);
  EXPECT_EQ(last.value().error().code(), ErrorCode::not_found);
}

TEST_F(KubeApiTest, AFewAtOnceThenOneASecond) {
  for (int i = 0; i < 10; ++i) get();
  EXPECT_EQ(http.requests.size(), 4U);
  reactor.advance(3s);
  EXPECT_EQ(http.requests.size(), 7U);
}

TEST_F(KubeApiTest, ExplainsARefusal) {
  get();
  http.answer(403, R"({"kind":"Status","message":"leases is forbidden:\nno right"})");
  EXPECT_EQ(last.value().error().code(), ErrorCode::permission);
  EXPECT_EQ(last.value().error().message().find('\n'), std::string::npos);
  get();
  http.answer(500, "<html>");
  EXPECT_EQ(last.value().error().message(), "the API answers 500");
}

TEST_F(KubeApiTest, JudgesTheCertificateByTheRightTimeButNeverFarBackward) {
  const WallTime system = reactor.wall();
  std::optional<WallTime> right;
  api->set_true_time([&] { return right; });
  get();
  EXPECT_EQ(http.last().certificate_time, std::nullopt) << "sources do not agree";
  right = system + 30s;
  get();
  EXPECT_EQ(http.last().certificate_time, std::nullopt) << "nothing that a certificate minds";
  right = system + 56 * 365 * 24h;
  get();
  EXPECT_EQ(http.last().certificate_time, right);
  right = system - 23h;
  get();
  EXPECT_EQ(http.last().certificate_time, right);
  right = system - 25h;
  reactor.advance(10s);
  get();
  EXPECT_EQ(http.last().certificate_time, std::nullopt) << "it could revive an expired one";
  EXPECT_EQ(api->certificate_shifts(), 2U);
}

TEST_F(KubeApiTest, AnswersAfterItsEndReachNobody) {
  get();
  api.reset();
  http.answer(200);
  EXPECT_EQ(reports, 0);
}

TEST_F(KubeApiTest, AsksEachHalfMinuteWhetherTheApiIsReady) {
  api->watch(1);
  EXPECT_EQ(http.last_line(), "GET https://10.0.0.1:443/readyz");
  EXPECT_EQ(http.last().headers.at("Authorization"), "Bearer secret-1");
  EXPECT_FALSE(api->away()) << "not yet known";
  http.answer(200, "ok");
  EXPECT_FALSE(api->away());
  reactor.advance(30s);
  ASSERT_EQ(http.waiting(), 1U);
  EXPECT_LE(http.last().timeout, 10s) << "a failure is known after 45 s";
  http.answer(Error(ErrorCode::timeout, "has not answered within 10s"));
  EXPECT_TRUE(api->away());
  reactor.advance(30s);
  ASSERT_EQ(http.waiting(), 1U) << "it goes on asking";
  http.answer(200, "ok");
  EXPECT_FALSE(api->away());
  EXPECT_LE(http.requests.size(), 5U);
}

TEST_F(KubeApiTest, AnApiThatRefusesTheTokenIsAwayAndOneThatOnlyForbidsTheQuestionIsNot) {
  api->watch(1);
  http.answer(403, "{}");
  EXPECT_FALSE(api->away());
  reactor.advance(30s);
  http.answer(401, "{}");
  EXPECT_TRUE(api->away());
}

TEST_F(KubeApiTest, FindsTheClusterInThePodsEnvironment) {
  std::map<std::string, std::string, std::less<>> variables{{"KUBERNETES_SERVICE_HOST", "fd00::1"},
                                                            {"KUBERNETES_SERVICE_PORT", "443"},
                                                            {"NODE_NAME", "node-a"},
                                                            {"POD_NAME", "slewd-x1"},
                                                            {"POD_UID", "uid-1"}};
  const auto environment = [&](std::string_view name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  };
  const auto found = kube_access(environment, folder.path());
  ASSERT_TRUE(found) << found.error().describe();
  EXPECT_EQ(found->server, "https://[fd00::1]:443");
  EXPECT_EQ(found->name_space, "time");
  variables.erase("POD_UID");
  EXPECT_EQ(kube_access(environment, folder.path()).error().code(), ErrorCode::not_found);
  variables.clear();
  EXPECT_EQ(kube_access(environment, folder.path()).error().code(), ErrorCode::not_found);
}

}  // namespace
}  // namespace slewd::remedy
