// SPDX-License-Identifier: Apache-2.0
// The whole chain with nothing faked but the clock: a real server that hangs its logins, a real
// login probe, a real command that mends it, a real ledger.
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "agent/remedy/dispatch/dispatcher.hpp"
#include "agent/remedy/dispatch/notify_actuator.hpp"
#include "agent/remedy/probes/make_probe.hpp"
#include "agent/remedy/process/process_actuator.hpp"

#include "tests/unit/remedy/fakes.hpp"
#include "tests/unit/remedy/web/loopback_server.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using rules::Ending;
using rules::Verb;

TEST(Repair, MendsAHungLoginAndProvesItByRealLogins) {
  TestReactor reactor;
  const TemporaryFolder folder;
  const std::string mended = folder.file("mended");
  LoopbackServer server(reactor);
  server.greeting = "* OK ready\r\n";
  server.answer = [&](std::string_view line) -> std::string {
    const bool hangs = ::access(mended.c_str(), F_OK) != 0;
    return hangs || !line.starts_with("a1 LOGIN") ? "" : "a1 OK\r\n";
  };

  rules::Target victim;
  victim.name = "victim";
  victim.commands = {{Verb::reload, {"/bin/false"}}, {Verb::restart, {"/bin/touch", mended}}};
  rules::ProbeSpec login;
  login.name = "victim.login";
  login.type = rules::ProbeType::imap_login;
  login.port = static_cast<std::uint16_t>(server.port());
  login.user = "probe";
  login.password_file = folder.write("password", "secret\n");
  victim.probes = {login};

  std::vector<rules::ProbeState> states;
  std::vector<rules::Outcome> outcomes;
  records::Ledger ledger = records::Ledger::open(folder.file("ledger"), "boot");
  const ProbeSources sources;
  ProbeScheduler scheduler(
      reactor, [&](const rules::ProbeSpec& spec) { return make_probe(reactor, spec, sources); },
      [&](const rules::ProbeView& view) { states.push_back(view.state); });
  ProcessActuator processes(reactor);
  processes.set_targets({victim});
  NotifyActuator notify([](const std::string&) {});
  Dispatcher dispatcher(
      reactor, ledger, Actuators{processes, processes, notify, notify, notify, notify, notify},
      scheduler, [&](const rules::Outcome& outcome) { outcomes.push_back(outcome); });
  dispatcher.configure({victim}, {});
  scheduler.configure({login});

  ASSERT_TRUE(reactor.run_until([&] { return server.lines.size() == 1; }));
  reactor.advance(3s);
  ASSERT_EQ(states.back(), rules::ProbeState::failed);

  rules::Intent intent;
  intent.rule = "login-hang";
  intent.dry_run = false;
  intent.decided = reactor.now();
  const rules::Verify proof{"victim.login", 2, 0ms, 5s};
  intent.links = {{rules::ServiceAction{Verb::reload, "victim"}, 5s, proof, rules::OnFail::next},
                  {rules::ServiceAction{Verb::restart, "victim"}, 5s, proof, rules::OnFail::next}};
  dispatcher.begin(intent);
  ASSERT_TRUE(reactor.run_until([&] { return !outcomes.empty(); }));
  EXPECT_EQ(outcomes[0].ending, Ending::verified) << outcomes[0].detail;
  EXPECT_EQ(outcomes[0].detail.substr(0, 65),
            "reload victim: exit status 1; then restart victim: exit status 0;");
  EXPECT_EQ(states.back(), rules::ProbeState::ok);
}

}  // namespace
}  // namespace slewd::remedy
