// SPDX-License-Identifier: Apache-2.0
// Members of slewd's configuration that come with features of their own (docs/configuration.md).
#pragma once

#include <string_view>

namespace slewd::app::convert::keys {

inline constexpr std::string_view kNts = "nts";  // of a source: true, or an object
inline constexpr std::string_view kNtsPort = "port";
inline constexpr std::string_view kNtsAuthority = "ca";
inline constexpr std::string_view kKey = "key";  // of a source
inline constexpr std::string_view kKeysFile = "keys_file";
inline constexpr std::string_view kAuthenticated = "authenticated";  // in selection
inline constexpr std::string_view kClockPhc = "phc";                 // instead of host
inline constexpr std::string_view kClockSock = "sock";
inline constexpr std::string_view kClockShm = "shm";
inline constexpr std::string_view kTai = "tai";  // of a clock
inline constexpr std::string_view kOffline = "offline";
inline constexpr std::string_view kSourcesFolders = "sources_folders";
inline constexpr std::string_view kSourcesFrom = "sources_from";
inline constexpr std::string_view kDhcp = "dhcp";                           // in sources_from
inline constexpr std::string_view kSourcesFolder = "/etc/slewd/sources.d";  // in sources_folders

}  // namespace slewd::app::convert::keys
