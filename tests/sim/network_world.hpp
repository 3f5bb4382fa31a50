// SPDX-License-Identifier: Apache-2.0
// Servers behind names for tests of the network; the test decides which addresses answer.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/usual_worlds.hpp"

namespace slewd::tests {

// Servers behind names; the test decides which addresses answer, and from when on.
class NetworkWorld {
 public:
  explicit NetworkWorld(std::uint64_t seed = 1, core::CoreConfig config = default_network())
      : run(seed,
            {.offset = std::chrono::milliseconds(10),
             .oscillator = {.frequency = Ppm{10}, .wander = 1e-9}},
            std::move(config)) {}

  static core::CoreConfig default_network() {
    core::CoreConfig config;
    config.step.at_startup = core::StartupStep::never;
    return config;
  }
  static core::Endpoint ipv6(int last) {
    core::Endpoint endpoint;
    endpoint.ipv6 = true;
    endpoint.port = 123;
    endpoint.address = {std::byte{0xfd}, std::byte{0}, std::byte{0xde}, std::byte{0xad}};
    endpoint.address[15] = static_cast<std::byte>(last);
    return endpoint;
  }
  static core::Endpoint ipv4(int last) {
    return sim::ipv4(192, 0, 2, static_cast<std::uint8_t>(last));
  }
  sim::ServerHost& answering(const core::Endpoint& endpoint) {
    sim::ServerHost& host = run.world.add_server(
        {.name = core::format(endpoint), .endpoint = endpoint, .up = kWan, .down = kWan});
    servers.push_back(&host);
    return host;
  }
  // A name with so many dead IPv6 addresses before as many IPv4 addresses that answer.
  void mean_half_dead(const std::string& name, int each) {
    std::vector<core::Endpoint> list;
    for (int i = 1; i <= each; ++i) list.push_back(ipv6(i));
    for (int i = 1; i <= each; ++i) {
      list.push_back(ipv4(i));
      answering(ipv4(i));
    }
    run.client.resolver().set(name, list);
  }
  static core::SourceConfig line(const std::string& name, int members = 0) {
    core::SourceConfig config;
    config.name = config.host = name;
    config.pool = members > 0;
    if (members > 0) config.pool_members = members;
    return config;
  }
  void configure(std::vector<core::SourceConfig> lines) {
    run.reload([&](core::CoreConfig& config) { config.sources = lines; });
  }
  void outage(bool on) {
    for (sim::ServerHost* server : servers) {
      server->up.loss = on ? 1 : 0;
      server->down.loss = on ? 1 : 0;
    }
  }
  [[nodiscard]] std::uint64_t working() const {
    return static_cast<std::uint64_t>(std::ranges::count_if(
        run.snapshot()->sources,
        [](const core::SourceView& source) { return source.offset.has_value(); }));
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> list;
    for (const auto& source : run.snapshot()->sources) list.push_back(source.name);
    return list;
  }
  [[nodiscard]] Nanos time_to(const std::function<bool()>& reached, Nanos within) {
    const auto began = run.world.now();
    return run.world.run_until(reached, within) ? run.world.now() - began : Nanos::max();
  }
  [[nodiscard]] Nanos time_to_sync(Nanos within) {
    return time_to([&] { return run.phase() == core::Phase::sync; }, within);
  }
  [[nodiscard]] auto notes_of(const std::string& text) const {
    return std::ranges::count_if(
        run.notes, [&](const std::string& note) { return note.find(text) != std::string::npos; });
  }

  EngineWorld run;
  std::vector<sim::ServerHost*> servers;
};

}  // namespace slewd::tests
