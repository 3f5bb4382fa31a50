// SPDX-License-Identifier: Apache-2.0
// Intents under a lock of the fleet.
#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/remedy/dispatch/dispatcher.hpp"

#include "tests/unit/remedy/fakes.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using rules::Ending;
using rules::Link;
using rules::OnFail;
using rules::Verb;

class DispatchUnderALock : public testing::Test {
 protected:
  using Answer = std::function<void(bool, std::string)>;

  static rules::Intent intent(std::vector<Link> links) {
    rules::Intent decided;
    decided.rule = "hang";
    decided.links = std::move(links);
    decided.fleet = "mail";
    decided.dry_run = false;
    return decided;
  }

  TestReactor reactor;
  FakeProbes fakes{reactor};
  ProbeScheduler scheduler{reactor, fakes.maker(), nullptr};
  records::Ledger ledger = records::Ledger::in_memory();
  FakeActuator services;
  FakeActuator others;
  std::vector<rules::Outcome> outcomes;
  std::vector<Answer> asked;
  std::vector<Answer> asked_again;
  int finished = 0;
  Dispatcher dispatcher{reactor,
                        ledger,
                        Actuators{services, others, others, others, others, others, others},
                        scheduler,
                        [this](const rules::Outcome& outcome) { outcomes.push_back(outcome); },
                        {.confirm =
                             [this](const std::string& lock, Answer done) {
                               EXPECT_EQ(lock, "mail");
                               asked.push_back(std::move(done));
                             },
                         .confirm_again =
                             [this](const std::string& lock, Answer done) {
                               EXPECT_EQ(lock, "mail");
                               asked_again.push_back(std::move(done));
                             },
                         .finished = [this](const std::string&) { ++finished; }}};
};

TEST_F(DispatchUnderALock, NothingBeginsBeforeTheSlotIsSeenToBeOurs) {
  dispatcher.begin(intent({act(Verb::restart)}));
  reactor.settle();
  EXPECT_TRUE(services.begun.empty());
  ASSERT_EQ(asked.size(), 1U);
  asked[0](false, "another holder");
  reactor.settle();
  EXPECT_TRUE(services.begun.empty());
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].ending, Ending::refused);
  EXPECT_EQ(outcomes[0].detail, "the slot of 'mail' is not held: another holder");
  EXPECT_EQ(finished, 0) << "it may be in use for another rule";
  dispatcher.begin(intent({act(Verb::restart)}));
  asked.at(1)(true, "");
  reactor.settle();
  EXPECT_EQ(services.begun, std::vector<std::string>{"restart dovecot"});
  EXPECT_EQ(finished, 1);
}

TEST_F(DispatchUnderALock, AFurtherLinkBeginsOnceTheSlotIsSeenToBeOursStill) {
  services.ending = Ending::failed;
  dispatcher.begin(intent({act(Verb::reload), act(Verb::restart)}));
  asked.at(0)(true, "");
  reactor.settle();
  EXPECT_EQ(services.begun, std::vector<std::string>{"reload dovecot"});
  services.ending = Ending::done;
  asked_again.at(0)(true, "");
  reactor.settle();
  EXPECT_EQ(services.begun, (std::vector<std::string>{"reload dovecot", "restart dovecot"}));
  EXPECT_EQ(finished, 1);
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].ending, Ending::done);
}

TEST_F(DispatchUnderALock, OnceTheSlotIsLostOnlyTheLinksThatTellPeopleGoOn) {
  Link tell{rules::NotifyAction{"it does not come back"}, 10s, std::nullopt, OnFail::next};
  services.ending = Ending::failed;
  dispatcher.begin(intent({act(Verb::reload), act(Verb::restart), tell}));
  asked.at(0)(true, "");
  asked_again.at(0)(false, "held by another");
  reactor.settle();
  EXPECT_EQ(services.begun, std::vector<std::string>{"reload dovecot"});
  EXPECT_EQ(others.begun, std::vector<std::string>{"notify it does not come back"});
  EXPECT_EQ(asked_again.size(), 1U);
  EXPECT_EQ(finished, 1);
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].ending, Ending::failed);
  EXPECT_EQ(outcomes[0].action, "reload dovecot");
  EXPECT_THAT(outcomes[0].detail,
              testing::HasSubstr("restart dovecot: the slot of 'mail' is not held: held"));
}

}  // namespace
}  // namespace slewd::remedy
