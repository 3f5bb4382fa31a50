// SPDX-License-Identifier: Apache-2.0
// A systemd of a few units, as its D-Bus interface shows it: at one end of a socket pair, or as a
// client of a bus daemon. Lives on the test's reactor.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/remedy/units/unit_connection.hpp"

#include "tests/unit/remedy/test_reactor.hpp"

struct sd_bus;
struct sd_bus_message;

namespace slewd::remedy {

struct FakeUnit {
  std::vector<std::string> aliases{};
  std::string load_state = "loaded";
  std::string active_state = "active";
  std::string sub_state = "running";
  std::string result = "success";
  int exec_main_status = 0;
  std::uint64_t changed_micros = 0;
  std::uint64_t started_micros = 0;
  bool in_memory = true;
  std::vector<std::string> required_by{};
  std::vector<std::string> wants{};
};

class FakeSystemd {
 public:
  explicit FakeSystemd(TestReactor& reactor) : reactor_(reactor) {}
  FakeSystemd(const FakeSystemd&) = delete;
  FakeSystemd& operator=(const FakeSystemd&) = delete;
  ~FakeSystemd() { hang_up(); }

  // Each connection that this opens has the fake at its other end, and ends the one before.
  [[nodiscard]] BusOpener opener();
  // Instead: joins the bus daemon at this address, under a name.
  void join(const std::string& address, const std::string& name);
  void hang_up();

  std::map<std::string, FakeUnit> units;
  std::set<std::string> denied;  // "restart ssh.service"
  bool absent = false;           // opener() fails
  bool mute = false;             // nothing is answered
  bool subscribed = false;
  bool end_before_answer = false;    // a job's end comes before the answer that names it
  std::string auto_result;           // with it a job ends at once; without, by finish_job()
  std::function<void()> on_job;      // called when a job is queued
  std::set<std::string> unreadable;  // units of which nothing is told
  std::vector<std::string> calls;    // "RestartUnit dovecot.service replace"
  bool no_polkit = false;
  int pings = 0;  // of polkit, whose part the fake plays as well
  int opened = 0;
  [[nodiscard]] int count(const std::string& call) const;

  // The oldest job that has no end yet.
  void finish_job(const std::string& result);
  [[nodiscard]] std::size_t jobs() const { return jobs_.size(); }

  // Changes the unit and tells those who follow it.
  void change(const std::string& unit, const std::string& active, const std::string& sub);
  void tell_new(const std::string& unit);
  void tell_removed(const std::string& unit);
  void tell_reloading(bool active);
  void tell_job_removed(const std::string& job, const std::string& unit, const std::string& result);
  // As a stranger on a bus daemon: tells every connection of it that this unit's job has ended.
  void send_to_all_clients(const std::string& unit);

 private:
  struct CloseBus {
    void operator()(sd_bus* bus) const;
  };
  struct Job {
    std::string path;
    std::string unit;
  };
  int on_call(sd_bus_message* message);
  void answer(sd_bus_message* message, const std::string& member);
  void answer_act(sd_bus_message* message, const std::string& verb, const std::string& unit);
  void answer_properties(sd_bus_message* message, const std::string& interface);
  void append_properties(sd_bus_message* reply, const FakeUnit& unit, const std::string& name,
                         const std::string& interface);
  [[nodiscard]] std::string own_name(const std::string& unit) const;
  void serve(sd_bus* bus);
  void arm();
  void turn();

  TestReactor& reactor_;
  std::unique_ptr<sd_bus, CloseBus> bus_;
  int watched_ = -1;
  int last_job_ = 0;
  std::vector<Job> jobs_;
};

// The object that systemd has for a unit.
[[nodiscard]] std::string unit_path(const std::string& unit);

}  // namespace slewd::remedy
