// SPDX-License-Identifier: Apache-2.0
// A running server over made-up data, on a free loopback port and a unix socket of its own.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/duration.hpp"
#include "exporter/http_server.hpp"

#include "tests/unit/exporter/raw_client.hpp"
#include "tests/unit/exporter/sample_data.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::exporter {

// Records the commands that arrive, and refuses with `refusal` when it is set.
class FakeControl final : public Control {
 public:
  Result<std::string> pause(std::string_view reason, std::optional<Nanos> duration) override {
    const std::string until = duration ? " for " + format(*duration) : "";
    auto noted = note("pause " + std::string(reason) + until);
    if (!noted) return fail(std::move(noted.error()));
    return pause_warning;
  }
  Result<std::string> resume() override {
    auto noted = note("resume");
    if (!noted) return fail(std::move(noted.error()));
    return std::string();
  }
  std::string pause_warning;  // set before the server starts
  Result<void> burst() override { return note("burst"); }
  Result<std::vector<std::string>> reload() override {
    auto noted = note("reload");
    if (!noted) return fail(std::move(noted.error()));
    return std::vector<std::string>{"mine.json:3: rules[0]: no"};
  }
  Result<rules::StepAnswer> step(std::string_view reason, bool dry) override {
    auto noted = note("step " + std::string(reason) + (dry ? " dry" : ""));
    if (!noted) return fail(std::move(noted.error()));
    rules::StepAnswer answer;
    answer.id = dry ? 0 : 41;
    answer.size = std::chrono::seconds(-60);
    answer.refused = step_refused;
    answer.hooks.push_back(
        {"guard", false, "step.pending = -60s", {"stop dovecot"}, {"start dovecot"}});
    return answer;
  }
  std::string step_refused;  // set before the server starts

  [[nodiscard]] std::vector<std::string> calls() {
    const std::scoped_lock lock(mutex_);
    return calls_;
  }
  void refuse_with(Error error) {
    const std::scoped_lock lock(mutex_);
    refusal_ = std::move(error);
  }

 private:
  Result<void> note(std::string call) {
    const std::scoped_lock lock(mutex_);
    calls_.push_back(std::move(call));
    if (refusal_) return fail(*refusal_);
    return {};
  }
  std::mutex mutex_;
  std::vector<std::string> calls_;
  std::optional<Error> refusal_;
};

class ServerTest : public testing::Test {
 protected:
  void SetUp() override {
    HttpOptions options;
    options.tcp[0].port = 0;
    options.unix_path = socket_path_;
    auto server = HttpServer::start(
        std::move(options),
        {.snapshots = snapshots_,
         .statuses = statuses_,
         .clock = clock_,
         .control = &control_,
         .build = {.version = "1.2.3", .revision = "abc", .compiler = "g++", .node = "mail-1"}});
    ASSERT_TRUE(server) << server.error().describe();
    server_ = std::move(*server);
  }
  void publish() {
    snapshots_.publish(std::make_shared<core::Snapshot>(sample_snapshot(clock_.now())));
    statuses_.publish(std::make_shared<rules::Status>(sample_status(clock_.now())));
  }
  [[nodiscard]] RawClient tcp() const { return RawClient::tcp(server_->port()); }
  [[nodiscard]] RawClient local() const { return RawClient::unix_socket(socket_path_); }
  [[nodiscard]] RawResponse fetch(std::string_view path, std::string_view more = "") const {
    RawClient client = tcp();
    client.send(get(path, more));
    return client.receive();
  }
  [[nodiscard]] RawResponse post(RawClient client, const std::string& command,
                                 const std::string& body = "") const {
    client.send("POST /api/v1/" + command + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.receive();
  }
  // Makes the listener look at its deadlines: any new connection wakes it.
  void wake() const { static_cast<void>(fetch("/-/ready")); }

  FakeClock clock_;
  core::SnapshotBoard snapshots_;
  rules::StatusBoard statuses_;
  FakeControl control_;
  TemporaryFolder folder_;
  std::string socket_path_ = folder_.file("socket");
  std::unique_ptr<HttpServer> server_;
};

}  // namespace slewd::exporter
