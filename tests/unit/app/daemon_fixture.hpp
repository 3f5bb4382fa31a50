// SPDX-License-Identifier: Apache-2.0
// A whole daemon in this process, on an embedded clock and embedded servers, with its core on a
// thread of its own.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "agent/app/daemon.hpp"

#include "lab/demo/demo_machine.hpp"
#include "lab/demo/ntp_responder.hpp"
#include "tests/unit/app/eventually.hpp"
#include "tests/unit/exporter/raw_client.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {

// Counts every call that could move or mark the clock.
class CountingDriver final : public core::ClockDriver {
 public:
  explicit CountingDriver(core::ClockDriver& real) : real_(real) {}

  Result<void> set_frequency(Ppm total) override { return ++calls, real_.set_frequency(total); }
  Result<void> start_singleshot(Nanos amount) override {
    return ++calls, real_.start_singleshot(amount);
  }
  Result<void> step(Nanos amount) override { return ++calls, real_.step(amount); }
  Result<void> publish_status(const core::KernelStatus& status) override {
    return ++calls, real_.publish_status(status);
  }
  [[nodiscard]] Result<core::KernelReadback> read_back() const override {
    return real_.read_back();
  }
  [[nodiscard]] Ppm max_frequency() const override { return real_.max_frequency(); }

  std::atomic<int> calls{0};

 private:
  core::ClockDriver& real_;
};

class TestMachine final : public Machine {
 public:
  [[nodiscard]] const core::Clock& clock() const override { return demo.clock(); }
  [[nodiscard]] core::Clock& core_clock() override { return demo.core_clock(); }
  [[nodiscard]] core::ClockDriver& driver() override { return counted; }
  [[nodiscard]] core::DriftStore& drift() override { return demo.drift(); }
  [[nodiscard]] const core::Clock& stamp_clock() const override { return demo.stamp_clock(); }
  [[nodiscard]] core::Witnesses& witnesses() override { return demo.witnesses(); }
  [[nodiscard]] core::ClockCalls& clock_calls() override { return demo.clock_calls(); }
  [[nodiscard]] core::PlausibleTime plausible_time() const override {
    return demo.plausible_time();
  }
  [[nodiscard]] Result<std::unique_ptr<WatchHandle>> watch_clock(ClockNews news) override {
    if (watch_fails) return fail(ErrorCode::unsupported, "this kernel has no such watch");
    return demo.watch_clock(std::move(news));
  }

  bool watch_fails = false;
  lab::DemoMachine demo{std::chrono::milliseconds(40), Ppm{23}};
  CountingDriver counted{demo.driver()};
};

class DaemonTest : public testing::Test {
 protected:
  void SetUp() override {
    auto servers = lab::NtpResponder::start(machine_.demo, {{}, {}, {}});
    ASSERT_TRUE(servers) << servers.error().describe();
    servers_ = std::move(*servers);
  }
  void TearDown() override { end(); }

  // A configuration with the embedded servers and `more` members.
  [[nodiscard]] std::string config(const std::string& more) const {
    std::string list;
    for (const std::uint16_t port : servers_->ports())
      list += (list.empty() ? "" : ", ") + std::string(R"({"host": "127.0.0.1", "port": )") +
              std::to_string(port) + "}";
    return R"({"servers": [)" + list + R"(], "poll": {"min": "1s", "max": "4s"},
      "rules": {"builtin": false}, "control_socket": ")" +
           socket_ + R"(", "state_directory": ")" + state_ + R"(", "listen": ")" + listen_ + "\"" +
           (more.empty() ? "" : ", " + more) + "}";
  }
  void start(const std::string& more, DaemonOptions options = {}) {
    auto loaded = load_config(folder_.write("slewd.json", config(more)));
    ASSERT_TRUE(loaded) << loaded.error().describe();
    daemon_ = std::make_unique<Daemon>(std::move(*loaded), machine_, log_, options);
    daemon_->start();
    thread_ = std::jthread([this] { daemon_->run(); });
  }
  void end() {
    if (daemon_ == nullptr) return;
    daemon_->stop();
    if (thread_.joinable()) thread_.join();
  }

  [[nodiscard]] bool snapshot_shows(const std::function<bool(const core::Snapshot&)>& what) const {
    return eventually([&] {
      const auto snapshot = daemon_->snapshots().latest();
      return snapshot != nullptr && what(*snapshot);
    });
  }
  // The core measures, steers, and brings the clock home.
  [[nodiscard]] bool disciplines() const {
    return snapshot_shows([this](const core::Snapshot& snapshot) {
      return snapshot.steering && snapshot.clock.offset && machine_.counted.calls > 0 &&
             snapshot.adjustments.slews + snapshot.adjustments.steps > 0;
    });
  }
  [[nodiscard]] exporter::RawResponse page(const std::string& path) const {
    auto client = exporter::RawClient::tcp(daemon_->http_port());
    EXPECT_TRUE(client.send(exporter::get(path)));
    return client.receive();
  }
  [[nodiscard]] exporter::RawResponse command(const std::string& name,
                                              const std::string& body = "") const {
    auto client = exporter::RawClient::unix_socket(socket_);
    EXPECT_TRUE(client.send("POST /api/v1/" + name +
                            " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                            std::to_string(body.size()) + "\r\n\r\n" + body));
    return client.receive();
  }

  TemporaryFolder folder_;
  std::string socket_ = folder_.file("s.sock");
  std::string state_ = folder_.file("state");
  std::string listen_ = "127.0.0.1:0";
  TestMachine machine_;
  std::unique_ptr<lab::NtpResponder> servers_;
  Log log_{{.level = LogLevel::error}, Log::Delivery::direct};
  std::unique_ptr<Daemon> daemon_;
  std::jthread thread_;
};

}  // namespace slewd::app
