#include "agent/linux/known_discipliners.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "agent/linux/atomic_file.hpp"
#include "base/text.hpp"

namespace slewd::os {
namespace {

// As /proc/<pid>/comm shows them: at most 15 characters.
constexpr std::array<std::string_view, 6> kNames{"chronyd",    "ntpd",  "systemd-timesyn",
                                                 "ntp-daemon", "ptp4l", "phc2sys"};
constexpr std::size_t kCommBytes = 64;

bool is_process(const std::string& name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
}

// `chronyd -x` serves time and leaves the clock alone.
bool leaves_the_clock_alone(const std::filesystem::path& process) {
  constexpr std::size_t kCommandBytes = 4096;
  const auto command = read_file((process / "cmdline").string(), kCommandBytes);
  if (!command) return false;
  const auto words = split(*command, '\0');
  return std::ranges::find(words, std::string_view("-x")) != words.end();
}

}  // namespace

std::optional<std::string> find_discipliner(const std::string& proc) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(proc, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string pid = entry->path().filename().string();
    if (!is_process(pid)) continue;
    const auto comm = read_file((entry->path() / "comm").string(), kCommBytes);
    if (!comm) continue;  // it has ended meanwhile
    const std::string_view name = trim(*comm);
    if (std::ranges::find(kNames, name) == kNames.end()) continue;
    if (name == "chronyd" && leaves_the_clock_alone(entry->path())) continue;
    return std::string(name) + " (process " + pid + ")";
  }
  return std::nullopt;
}

}  // namespace slewd::os
