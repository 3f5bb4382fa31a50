// SPDX-License-Identifier: Apache-2.0
// The client over real TLS, and two agents of a fleet against a small API server.
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "agent/remedy/fleet/kube_fleet.hpp"
#include "agent/remedy/web/threaded_http_client.hpp"

#include "tests/unit/remedy/probes/tls_server.hpp"
#include "tests/unit/remedy/web/loopback_server.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class HttpsTest : public testing::Test {
 protected:
  HttpsTest() { (void)folder.write("token", "secret"); }

  void serve(const CertificatePlan& plan) {
    tls = std::make_unique<TlsServer>(ca_file, plan);
    tls->server->Get("/", [](const httplib::Request&, httplib::Response& answer) {
      answer.set_content("hello", "text/plain");
    });
    tls->start();
  }
  Result<HttpResponse> get(const std::string& authorities,
                           std::optional<WallTime> certificate_time = std::nullopt) {
    HttpRequest request;
    request.url = tls->url() + "/";
    request.ca_file = authorities;
    request.certificate_time = certificate_time;
    std::optional<Result<HttpResponse>> got;
    client.begin(std::move(request), [&](Result<HttpResponse> answer) { got = std::move(answer); });
    if (!reactor.run_until([&] { return got.has_value(); }))
      return fail(ErrorCode::internal, "the test's time is over");
    return *got;
  }

  TemporaryFolder folder;
  std::string ca_file = folder.file("ca.crt");
  TestReactor reactor;
  std::unique_ptr<TlsServer> tls;
  ThreadedHttpClient client{reactor};
};

TEST_F(HttpsTest, BelievesTheAuthorityThatItIsTold) {
  serve({});
  const auto answer = get(ca_file);
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->body, "hello");
}

TEST_F(HttpsTest, BelievesNobodyElse) {
  serve({});
  EXPECT_EQ(get("").error().code(), ErrorCode::permission);
  EXPECT_EQ(get(folder.file("absent")).error().code(), ErrorCode::permission);
}

TEST_F(HttpsTest, RefusesACertificateForAnotherName) {
  serve({.names = "DNS:example.net"});
  const auto answer = get(ca_file);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::permission);
  EXPECT_NE(answer.error().message().find("for another name"), std::string::npos)
      << answer.error().message();
}

TEST_F(HttpsTest, JudgesTheCertificatesPeriodByTheTimeThatItIsTold) {
  serve({.begins = 1000000000, .ends = 1100000000});  // 2001 to 2004
  const auto expired = get(ca_file);
  ASSERT_FALSE(expired);
  EXPECT_NE(expired.error().message().find("expired"), std::string::npos)
      << expired.error().message();
  EXPECT_TRUE(get(ca_file, WallTime{1050000000s}));
  EXPECT_FALSE(get(ca_file, WallTime{1150000000s}));
}

TEST_F(HttpsTest, AHandshakeThatHangsIsCutAtTheDeadline) {
  LoopbackServer hangs(reactor);
  HttpRequest request;
  request.url = "https://127.0.0.1:" + std::to_string(hangs.port());
  std::optional<Result<HttpResponse>> got;
  client.begin(std::move(request), [&](Result<HttpResponse> answer) { got = std::move(answer); });
  ASSERT_TRUE(reactor.run_until([&] { return hangs.connections == 1; }));
  reactor.advance(10s);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->error().code(), ErrorCode::timeout);
}

TEST_F(HttpsTest, AHugeHeadIsRefused) {
  tls = std::make_unique<TlsServer>(ca_file, CertificatePlan{});
  tls->server->Get("/", [](const httplib::Request&, httplib::Response& answer) {
    for (int i = 0; i < 10000; ++i) answer.set_header("X-Many", std::string(100, 'x'));
  });
  tls->start();
  const auto answer = get(ca_file);
  ASSERT_FALSE(answer);  // a later version of the library says it with another error
  EXPECT_NE(answer.error().code(), ErrorCode::timeout) << answer.error().describe();
}

// One Lease, with the optimistic concurrency of the real thing.
class SmallApi {
 public:
  explicit SmallApi(httplib::Server& server) {
    const std::string path = "/apis/coordination.k8s.io/v1/namespaces/time/leases/slewd-slot-0";
    server.Get(path, [this](const httplib::Request& request, httplib::Response& answer) {
      const std::scoped_lock lock(mutex_);
      if (!allowed(request, answer)) return;
      answer.set_content(lease_.dump(), "application/json");
    });
    server.Put(path, [this](const httplib::Request& request, httplib::Response& answer) {
      const std::scoped_lock lock(mutex_);
      if (!allowed(request, answer)) return;
      json put = json::parse(request.body);
      if (put["metadata"]["resourceVersion"] != lease_["metadata"]["resourceVersion"]) {
        answer.status = 409;
        return;
      }
      put["metadata"]["resourceVersion"] = std::to_string(++version_);
      lease_ = put;
      answer.set_content(lease_.dump(), "application/json");
    });
  }

 private:
  static bool allowed(const httplib::Request& request, httplib::Response& answer) {
    const bool allowed = request.get_header_value("Authorization") == "Bearer secret";
    if (!allowed) answer.status = 401;
    return allowed;
  }
  std::mutex mutex_;
  int version_ = 1;
  json lease_ = json::parse(R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease",
    "metadata":{"name":"slewd-slot-0","namespace":"time","resourceVersion":"1"}})");
};

// Tells whether requests are on their way: real ones, while the test's clock stands still.
class CountingHttp final : public HttpClient {
 public:
  explicit CountingHttp(HttpClient& inner) : inner_(inner) {}
  std::uint64_t begin(HttpRequest request, Done done) override {
    ++in_flight;
    return inner_.begin(std::move(request),
                        [this, done = std::move(done)](Result<HttpResponse> answer) {
                          --in_flight;
                          done(std::move(answer));
                        });
  }
  void cancel(std::uint64_t request) override {
    --in_flight;
    inner_.cancel(request);
  }
  int in_flight = 0;

 private:
  HttpClient& inner_;
};

TEST_F(HttpsTest, OfTwoAgentsOneGetsTheSlotAndThenTheOther) {
  tls = std::make_unique<TlsServer>(ca_file, CertificatePlan{});
  SmallApi server(*tls->server);
  tls->start();
  KubeAccess access{tls->url(), folder.file("token"), ca_file, "time", "node-a", "pod-a", "uid-a"};
  CountingHttp http(client);
  KubeApi api_a(reactor, http, access);
  access.node = "node-b";
  KubeApi api_b(reactor, http, access);
  const auto corrected = [this] { return reactor.wall(); };
  KubeFleet a(reactor, api_a, "run", 1, corrected);
  KubeFleet b(reactor, api_b, "run", 2, corrected);
  SlotPlan plan;
  plan.lock = "restarts";
  plan.jitter = 0s;
  plan.interval = 0s;
  for (KubeFleet* fleet : {&a, &b}) {
    fleet->configure({plan});
    fleet->want({"restarts"});
  }
  const auto state = [](const KubeFleet& fleet) { return fleet.slots().at("restarts").state; };
  const auto quiet = [&] { return reactor.run_until([&] { return http.in_flight == 0; }); };
  ASSERT_TRUE(quiet());
  ASSERT_TRUE(state(a) == SlotState::held || state(b) == SlotState::held);
  KubeFleet& first = state(a) == SlotState::held ? a : b;
  KubeFleet& second = &first == &a ? b : a;
  EXPECT_EQ(state(second), SlotState::waiting);
  std::optional<bool> may_act;
  first.confirm("restarts", [&](bool yes, const std::string&) { may_act = yes; });
  ASSERT_TRUE(reactor.run_until([&] { return may_act.has_value(); }));
  EXPECT_TRUE(*may_act);
  first.want({});
  first.finished("restarts");
  for (int i = 0; i < 60 && state(second) != SlotState::held; ++i) {
    ASSERT_TRUE(quiet());
    reactor.advance(1s);
    ASSERT_TRUE(quiet());
  }
  EXPECT_EQ(state(first), SlotState::idle);
  EXPECT_EQ(state(second), SlotState::held);
}

}  // namespace
}  // namespace slewd::remedy
