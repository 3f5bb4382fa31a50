// SPDX-License-Identifier: Apache-2.0
#include "lab/demo/demo.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <utility>

#include <unistd.h>

#include "agent/app/daemon.hpp"
#include "base/atomic_file.hpp"
#include "base/text.hpp"
#include "rules/files/rule_file.hpp"

#include "lab/demo/demo_machine.hpp"
#include "lab/demo/demo_script.hpp"
#include "lab/demo/demo_steps.hpp"
#include "lab/demo/demo_victim.hpp"
#include "lab/demo/free_port.hpp"
#include "lab/demo/ntp_responder.hpp"

namespace slewd::lab {
namespace {

using namespace std::chrono_literals;

constexpr int kFailed = 1;

// The folder of the demo's files; removed at the end.
class DemoFolder {
 public:
  DemoFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "slewd-demo-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  DemoFolder(const DemoFolder&) = delete;
  DemoFolder& operator=(const DemoFolder&) = delete;
  ~DemoFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] bool usable() const { return !path_.empty(); }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string own_path() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).string();
}

std::string json_list(const std::vector<std::string>& texts) {
  std::string text;
  for (const std::string& each : texts) text += (text.empty() ? "\"" : ", \"") + each + "\"";
  return "[" + text + "]";
}

Result<rules::RuleFile> demo_rules(const DemoFolder& folder, const VictimOptions& victim) {
  const std::string secret = folder.file("secret");
  if (auto written = write_atomically(secret, "sesame\n", 0600); !written)
    return fail(std::move(written.error()));
  const std::string command = json_list(victim_command(own_path(), victim));
  const std::string text = R"({
  "schema": "slewd.rules/1",
  "targets": {")" + std::string(kDemoTarget) +
                           R"(": {
    "commands": {"restart": )" +
                           command + R"(},
    "probes": {"login": {"type": "imap_login", "port": )" +
                           std::to_string(victim.port) + R"(,
                         "user": "demo", "password_file": ")" +
                           secret + R"(",
                         "every": "200ms", "timeout": "1s"}}}},
  "rules": [{
    "name": ")" + std::string(kDemoRule) +
                           R"(", "mode": "act",
    "when": "broken_by_jump(imap.login, 5m, -5s) and failing(imap.login) >= 300ms",
    "do": [{"restart": "imap", "timeout": "10s",
            "verify": {"probe": "imap.login", "successes": 2, "every": "100ms", "within": "10s"}}],
    "limits": {"cooldown": "30s", "per_hour": 20}}]
})";
  return rules::parse_rule_file(text, "demo");
}

app::LoadedConfig demo_config(const NtpResponder& servers, const DemoFolder& folder,
                              rules::RuleFile rule_file, int port) {
  app::LoadedConfig loaded;
  app::Config& config = loaded.config;
  int number = 0;
  for (const std::uint16_t server_port : servers.ports()) {
    core::SourceConfig source;
    source.host = "127.0.0.1";
    source.port = server_port;
    source.name = "server-" + std::to_string(++number);
    config.core.sources.push_back(source);
  }
  config.core.poll = {1s, 4s};
  config.core.steering.large_offset_slew = kDemoSlew;
  config.listen.port = static_cast<std::uint16_t>(port);
  config.control_socket = folder.file("slewd.sock");
  config.state_directory = folder.path();
  loaded.rules = std::move(rule_file);
  loaded.hash = "demo";
  return loaded;
}

std::vector<sim::Personality> three_servers() {
  // Each has a small error within its dispersion, so that they agree.
  sim::Personality first{.root_dispersion = 500us, .offset = 120us};
  sim::Personality second{
      .refid = core::refid_of("PPS"), .root_dispersion = 500us, .offset = -90us};
  sim::Personality third{.stratum = 2,
                         .refid = 0xC0000201U,
                         .root_delay = 2ms,
                         .root_dispersion = 800us,
                         .offset = 30us};
  return {first, second, third};
}

int report_error(const Error& error) {
  (void)std::fprintf(stderr, "slewd-lab demo: %s\n", error.describe().c_str());
  return kFailed;
}

int verdict(const DemoSteps& steps, const DemoOptions& options) {
  const auto missing = steps.missing();
  for (const std::string& step : missing)
    if (options.check)
      (void)std::fprintf(stderr, "slewd-lab demo: step missing:  %s\n", step.c_str());
  if (options.check && missing.empty()) std::puts("all steps done");
  return options.check && !missing.empty() ? kFailed : 0;
}

// The requested port or an error; by default kDemoPort, or another if that is taken.
Result<std::uint16_t> page_port(std::optional<int> asked) {
  if (asked) return free_port(*asked);
  const auto preferred = free_port(kDemoPort);
  return preferred ? preferred : free_port(0);
}

void introduce(const app::Daemon& daemon, const DemoFolder& folder) {
  std::puts(
      "slewd-lab demo: a simulated clock and embedded servers; this machine is not changed.\n"
      "The demo slews its clock at 25 % to finish in a minute and a half; Linux allows 10 %,\n"
      "and slewd's default for large offsets is 0.5 %.");
  if (daemon.http_port() != 0)
    std::printf("Page:    http://127.0.0.1:%d/\nMetrics: http://127.0.0.1:%d/metrics\n",
                daemon.http_port(), daemon.http_port());
  const std::string slewctl =
      (std::filesystem::path(own_path()).parent_path() / "slewctl").string();
  std::printf("Status:  %s --socket %s status\n\n", slewctl.c_str(),
              folder.file("slewd.sock").c_str());
  (void)std::fflush(stdout);
}

}  // namespace

int run_demo(const DemoOptions& options) {
  const DemoFolder folder;
  if (!folder.usable()) return report_error(system_error("mkdtemp", errno));
  DemoMachine machine(kDemoBehind, kDemoSlow);
  const auto servers = NtpResponder::start(machine, three_servers());
  if (!servers) return report_error(servers.error());
  const auto page = SharedWall::create(folder.file("wall"));
  if (!page) return report_error(page.error());
  const core::ClockReading now = machine.clock().now();
  (*page)->publish(now.raw, now.wall);

  const auto victim_port = free_port(0);
  const auto web_port = page_port(options.port);
  if (!victim_port) return report_error(victim_port.error());
  if (!web_port) return report_error(web_port.error());
  const VictimOptions victim{*victim_port, folder.file("wall"), folder.file("victim.log")};
  auto rule_file = demo_rules(folder, victim);
  if (!rule_file) return report_error(rule_file.error());
  if (auto launched = launch_victim(victim); !launched) return report_error(launched.error());

  app::Log log({.level = options.verbose ? app::LogLevel::info : app::LogLevel::error},
               app::Log::Delivery::asynchronous);
  app::Daemon daemon(demo_config(**servers, folder, std::move(*rule_file), *web_port), machine, log,
                     {
                         .single_thread = false,
                         .keep_ledger = false,
                         .reloadable = false,
                         .mode = std::nullopt,
                     });
  daemon.start();
  introduce(daemon, folder);
  DemoSteps steps(daemon, machine, **page, {options.length, options.check, *victim_port});
  std::jthread runner([&steps] { steps.run(); });
  daemon.run();
  steps.stop();
  runner.join();
  return verdict(steps, options);
}

}  // namespace slewd::lab
