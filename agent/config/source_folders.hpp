// SPDX-License-Identifier: Apache-2.0
// Servers and pools that come from elsewhere than the configuration file: folders of small files,
// as packages, images and DHCP clients write them, and the leases of systemd-networkd.
#pragma once

#include <string>
#include <vector>

#include "agent/config/drop_in_files.hpp"
#include "agent/core/config.hpp"

namespace slewd::app {

// Where servers come from beside the configuration file.
struct SourceOrigins {
  std::vector<std::string> folders{"/etc/slewd/sources.d", "/run/slewd/sources.d"};
  bool dhcp = false;  // also the leases of systemd-networkd
  std::string networkd = "/run/systemd/netif/links";

  // What to watch for changes.
  [[nodiscard]] std::vector<std::string> watched() const;

  friend bool operator==(const SourceOrigins&, const SourceOrigins&) = default;
};

using SourceTexts = DropInTexts;

struct FoundSources {
  std::vector<core::SourceConfig> sources;
  SourceTexts texts;
  std::vector<std::string> warnings;  // of files that others can write
  std::vector<std::string> refused;   // files whose present text is not in force, and why
};

// Reads the folders' *.json by name, {"servers": [...], "pools": [...]} each, and the leases. A
// host that `configured` or an earlier file names already is passed over. Of a file that cannot be
// read or is wrong, the text that `former` has stays in force; one that is gone is gone.
[[nodiscard]] FoundSources find_sources(const SourceOrigins& origins,
                                        const std::vector<core::SourceConfig>& configured,
                                        const SourceTexts& former);

}  // namespace slewd::app
