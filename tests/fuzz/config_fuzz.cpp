// SPDX-License-Identifier: Apache-2.0
// Any text is a configuration or is refused with a reason; what is taken keeps every promise that
// the rest of the daemon builds on, and no comment changes what it means.
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "agent/config/config.hpp"
#include "agent/os/net/endpoint.hpp"
#include "base/check.hpp"
#include "base/limits.hpp"

namespace {

using slewd::app::Config;

void check_sources(const Config& config) {
  SLEWD_CHECK(config.core.sources.size() <= slewd::limits::kSources);
  std::set<std::string> names;
  for (const slewd::core::SourceConfig& source : config.core.sources) {
    SLEWD_CHECK(!source.host.empty() && !source.name.empty() && source.port != 0);
    SLEWD_CHECK(source.host.find('\0') == std::string::npos);
    SLEWD_CHECK(names.insert(source.name).second);
    SLEWD_CHECK(source.pool_members >= 1);
  }
}

void check(const Config& config) {
  check_sources(config);
  SLEWD_CHECK(config.core.poll.minimum <= config.core.poll.maximum);
  SLEWD_CHECK(config.core.poll.minimum >= std::chrono::seconds(1));
  SLEWD_CHECK(config.core.steering.max_slew > slewd::Ppm{0});
  SLEWD_CHECK(config.core.steering.lease > slewd::Nanos{0});
  SLEWD_CHECK(config.core.jumps.look_every > slewd::Nanos{0});
  SLEWD_CHECK(!config.state_directory.empty());
  SLEWD_CHECK(config.state_directory.find('\0') == std::string::npos);
  SLEWD_CHECK(config.listen.host.empty() ||
              slewd::os::parse_numeric(config.listen.host, config.listen.port));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = slewd::app::parse_config(text, "fuzz.json");
  if (!config) {
    SLEWD_CHECK(!config.error().describe().empty());
    return 0;
  }
  check(*config);
  const std::string with_comment = std::string(text) + "\n// the end";
  if (with_comment.size() > slewd::limits::kConfigBytes) return 0;
  const auto again = slewd::app::parse_config(with_comment, "fuzz.json");
  SLEWD_CHECK(again && again->core.sources == config->core.sources);
  SLEWD_CHECK(again->listen.port == config->listen.port);
  return 0;
}
