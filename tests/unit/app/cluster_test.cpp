// SPDX-License-Identifier: Apache-2.0
#include "agent/app/cluster.hpp"

#include <algorithm>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/os/clock/system_clock.hpp"
#include "agent/os/poll_loop.hpp"

#include "tests/unit/app/taken_port.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

using testing::HasSubstr;

class ClusterTest : public testing::Test {
 protected:
  // One slot, and a rule that may act under it.
  static rules::RuleFile locked(double min_healthy = 0,
                                rules::RuleMode mode = rules::RuleMode::act) {
    rules::RuleFile file;
    rules::Rule rule;
    rule.name = "r";
    rule.fleet = "mail";
    rule.mode = mode;
    file.rules = {rule};
    rules::FleetLock lock;
    lock.name = "mail";
    lock.min_healthy = min_healthy;
    file.fleet = {lock};
    file.global.emplace();
    file.global->storm_share = 0.3;
    return file;
  }
  Cluster::Options where(const std::string& api_host) {
    return {folder.path(), "boot", [] { return std::nullopt; },
            [api_host](std::string_view name) {
              return name == "KUBERNETES_SERVICE_HOST" ? api_host : std::string();
            },
            folder.file("serviceaccount")};
  }

  TemporaryFolder folder;
  os::SystemClock clock;
  os::PollLoop loop{clock};
  Log log{{.level = LogLevel::error}, Log::Delivery::direct};
};

TEST_F(ClusterTest, APodThatMayNotAskItsClusterActsUnderNoLock) {
  Cluster cluster(loop, log, where("10.0.0.1"));
  cluster.configure(locked());
  cluster.look({"mail"}, true, {});
  ASSERT_TRUE(cluster.slots().contains("mail"));
  EXPECT_FALSE(cluster.slots().at("mail").held);
  EXPECT_THAT(cluster.slots().at("mail").reason, HasSubstr("cannot use the Kubernetes API"));
  EXPECT_THAT(cluster.storm().value_or(""), HasSubstr("cannot use the Kubernetes API"));
  std::string why;
  cluster.confirm("mail", [&](bool ours, const std::string& reason) {
    EXPECT_FALSE(ours);
    why = reason;
  });
  EXPECT_THAT(why, HasSubstr("cannot use the Kubernetes API"));
  EXPECT_TRUE(cluster.view().watches_storms);
  ASSERT_EQ(cluster.view().locks.size(), 1U);
  EXPECT_TRUE(cluster.view().locks[0].unreachable);
}

TEST_F(ClusterTest, ALockOfRulesThatOnlyShowIsNoTroubleOfAPodWithoutRights) {
  Cluster cluster(loop, log, where("10.0.0.1"));
  cluster.configure(locked(0, rules::RuleMode::shadow));
  EXPECT_TRUE(cluster.view().locks.empty());
}

TEST_F(ClusterTest, OutsideAClusterTheFleetIsThisHost) {
  Cluster cluster(loop, log, where(""));
  cluster.configure(locked());
  cluster.look({"mail"}, true, {});
  EXPECT_TRUE(cluster.slots().at("mail").held) << cluster.slots().at("mail").reason;
  EXPECT_EQ(cluster.storm(), std::nullopt);
}

TEST_F(ClusterTest, ALockThatAsksForHealthyNodesCannotBeTakenOnALoneHost) {
  Cluster cluster(loop, log, where(""));
  cluster.configure(locked(0.67));
  cluster.look({"mail"}, true, {});
  ASSERT_TRUE(cluster.slots().contains("mail"));
  EXPECT_FALSE(cluster.slots().at("mail").held);
  EXPECT_EQ(cluster.slots().at("mail").reason, "min_healthy needs a cluster");
}

// A pod of a cluster whose API is away.
class PodTest : public ClusterTest {
 protected:
  PodTest() {
    std::filesystem::create_directories(folder.file("serviceaccount"));
    for (const auto& [name, text] : {std::pair{"token", "secret"}, {"namespace", "time"}})
      (void)folder.write(std::string("serviceaccount/") + name, text);
  }
  Cluster::Options in_pod() {
    Cluster::Options options = where("");
    options.environment = [this](std::string_view name) -> std::string {
      if (name == "KUBERNETES_SERVICE_HOST") return "127.0.0.1";
      if (name == "KUBERNETES_SERVICE_PORT") return std::to_string(port.number());
      return std::string(name) + "-1";  // NODE_NAME and the like
    };
    return options;
  }

  const TakenPort port;
};

TEST_F(PodTest, SaysOnceThatTheApiDoesNotAnswerAndWhatToLookAt) {
  std::filesystem::remove(folder.file("serviceaccount/token"));
  Log warnings{{.level = LogLevel::warning}, Log::Delivery::direct};
  testing::internal::CaptureStderr();
  Cluster cluster(loop, warnings, in_pod());
  cluster.configure(locked());
  cluster.look({"mail"}, true, {});
  const bool failing = std::ranges::any_of(cluster.view().kubernetes, &rules::KubeView::failing);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(failing);
  ASSERT_EQ(cluster.view().kubernetes.size(), remedy::kKubeObjects.size());
  EXPECT_EQ(cluster.view().kubernetes[1].object, "census");
  const rules::KubeView whole = cluster.view().kubernetes.back();
  EXPECT_EQ(whole.object, "api");
  EXPECT_TRUE(whole.failing) << "also of a pod whose rules want nothing of it";
  EXPECT_THAT(said, HasSubstr("Kubernetes API request failed"));
  EXPECT_THAT(said, HasSubstr("result=unreachable"));
  EXPECT_THAT(said, HasSubstr("help="));
  EXPECT_EQ(cluster.no_node(), "");
}

TEST_F(PodTest, ALockMayNotHaveTheNamesOfTheCensus) {
  Cluster cluster(loop, log, in_pod());
  rules::RuleFile file = locked();
  file.fleet[0].name = file.rules[0].fleet = "node-a";
  cluster.configure(file);
  ASSERT_TRUE(cluster.slots().contains("node-a"));
  EXPECT_THAT(cluster.slots().at("node-a").reason, HasSubstr("the name is reserved"));
}

TEST_F(ClusterTest, WhatActsOnANodeSaysWhyThereIsNone) {
  EXPECT_EQ(Cluster(loop, log, where("")).no_node(), "not running in a Kubernetes cluster");
  EXPECT_THAT(Cluster(loop, log, where("10.0.0.1")).no_node(),
              HasSubstr("cannot use the Kubernetes API"));
}

TEST_F(ClusterTest, WarnsOfALockThatEndsBeforeWhatIsDoneUnderIt) {
  rules::RuleFile file = locked();
  file.fleet[0].interval = Nanos{0};
  file.fleet[0].file = "locks.json";
  file.rules[0].file = "mail.json";
  file.rules[0].links.resize(2);
  file.rules[0].links[0].on_fail = rules::OnFail::next;
  file.rules[0].links[1].timeout = std::chrono::seconds(50);
  Log warnings{{.level = LogLevel::warning}, Log::Delivery::direct};
  Cluster cluster(loop, warnings, where(""));
  testing::internal::CaptureStderr();
  cluster.configure(file);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("mail.json: rule 'r' may act for up to 1m20s"));
  EXPECT_THAT(said, HasSubstr("locks.json: interval 0s, ttl 1m"));
}

}  // namespace
}  // namespace slewd::app
