// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/discipliner_scan.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <dirent.h>
#include <unistd.h>

#include "agent/os/machine/known_discipliners.hpp"
#include "agent/os/process/process_privileges.hpp"
#include "agent/os/trace/process_origin.hpp"
#include "base/atomic_file.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::os {
namespace {

constexpr std::uint64_t kLooksBetweenLists = 64;
constexpr std::size_t kSmallFileBytes = 4096;  // comm and stat are far shorter
constexpr std::size_t kProcessStatusBytes = 65536;
// The kernel gives the first namespaces fixed numbers (include/linux/proc_ns.h).
constexpr std::string_view kFirstUserNamespace = "user:[4026531837]";
constexpr std::string_view kFirstProcessNamespace = "pid:[4026531836]";

// 0 = not a process's number.
int number_of(std::string_view name) {
  int pid = 0;
  const char* const end = name.data() + name.size();
  const auto parsed = std::from_chars(name.data(), end, pid);
  return parsed.ec == std::errc{} && parsed.ptr == end && pid > 0 ? pid : 0;
}

// Empty when there is none, or it may not be read.
std::string link_at(const std::string& path) {
  std::array<char, 64> target{};
  const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
  return length <= 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(length));
}

int own_number(const std::string& proc) { return number_of(link_at(proc + "/self")); }

// The last field of proc(5)'s loadavg: "0.20 0.18 0.12 1/80 11206".
std::string youngest_process(KeptFile& loadavg) {
  const Result<std::string_view> line = loadavg.read();
  if (!line) return "";
  const std::string_view text = trim(*line);
  return std::string(text.substr(text.find_last_of(' ') + 1));
}

// The fields of proc(5)'s stat after the name, which stands in parentheses and may hold anything.
// Empty when there is no such process.
std::string fields_after_name(const std::string& folder) {
  const Result<std::string> stat = read_file(folder + "/stat", kSmallFileBytes);
  if (!stat) return {};
  const std::size_t name_end = stat->rfind(')');
  return name_end == std::string::npos ? std::string() : stat->substr(name_end + 1);
}

// By a signal, until it is continued.
bool is_stopped(const std::string& folder) { return fields_after_name(folder).starts_with(" T"); }

// Field 22, in clock ticks since the boot.
std::optional<std::uint64_t> start_of(const std::string& folder) {
  constexpr std::size_t kFieldAfterName = 20;
  const std::string text = fields_after_name(folder);
  const auto fields = split(text, ' ');
  if (fields.size() <= kFieldAfterName) return std::nullopt;
  const std::string_view digits = fields[kFieldAfterName];
  std::uint64_t ticks = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), ticks);
  if (parsed.ec != std::errc{}) return std::nullopt;
  return ticks;
}

// Root's rights in another user's hands: a setuid program, which any user starts by any name, and
// which steers no clock. A time daemon's real user is its effective one.
bool is_borrowed(std::string_view status) {
  constexpr std::string_view kKey = "Uid:\t";  // real, effective, saved, of the file system
  for (const std::string_view line : split(status, '\n')) {
    if (!line.starts_with(kKey)) continue;
    const auto users = split(line.substr(kKey.size()), '\t');
    return users.size() >= 2 && users[0] != "0" && users[0] != users[1];
  }
  return false;
}

// Any user can give a program any name, and has all capabilities in a new user namespace.
bool may_set_the_clock(const std::string& folder) {
  const Result<std::string> status = read_file(folder + "/status", kProcessStatusBytes);
  if (!status || !grants_time_capability(*status) || is_borrowed(*status)) return false;
  // If the link is readable the map is not needed.
  if (const std::string link = link_at(folder + "/ns/user"); !link.empty())
    return link == kFirstUserNamespace;
  const Result<std::string> users = read_file(folder + "/uid_map", kProcessStatusBytes);
  // A kernel without user namespaces has no such file, and one namespace alone.
  if (!users) return users.error().code() == ErrorCode::not_found;
  return maps_every_user(*users);
}

}  // namespace

DisciplinerScan::DisciplinerScan(std::string proc)
    : proc_(std::move(proc)), loadavg_(proc_ + "/loadavg"), self_(own_number(proc_)) {}

std::optional<std::string> DisciplinerScan::look() {
  ++looks_;
  if (has_news()) list();
  std::optional<std::string> first;
  for (auto& [pid, process] : processes_) {
    ++process.age;
    const bool due = std::has_single_bit(process.age) || process.age % kLooksBetweenLists == 0;
    // A rival is checked each time: its end or its restart must not wait for the next listing.
    if (due || process.rival) examine(pid, process);
    if (!first) first = process.steers;
  }
  return first;
}

bool DisciplinerScan::has_news() {
  std::string youngest = youngest_process(loadavg_);
  // loadavg describes this process's namespace, even where /proc shows another one.
  const bool unknown = youngest.empty() || self_ == 0;
  const bool changed = youngest != std::exchange(youngest_, youngest);
  return unknown || changed || looks_ % kLooksBetweenLists == 0;
}

void DisciplinerScan::list() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(proc_.c_str()), ::closedir);
  if (folder == nullptr) return processes_.clear();
  while (const dirent* const entry = ::readdir(folder.get()))
    if (const int pid = number_of(entry->d_name); pid > 0 && pid != self_)
      processes_[pid].listed_at = looks_;
  std::erase_if(processes_, [this](const auto& each) { return each.second.listed_at != looks_; });
}

void DisciplinerScan::examine(int pid, Process& process) const {
  process.rival = false;
  process.steers.reset();
  const std::string folder = proc_ + "/" + std::to_string(pid);
  const Result<std::string> comm = read_file(folder + "/comm", kSmallFileBytes);
  if (!comm || !may_steer(trim(*comm))) return;
  const Result<std::string> command = read_file(folder + "/cmdline", limits::kCommandLineBytes);
  // It has ended and waits for its parent, or is a thread of the kernel.
  if (command && command->empty()) return;
  const auto program = steering_program(trim(*comm), command ? *command : std::string());
  if (!program || !may_set_the_clock(folder)) return;
  if (*program == "slewd" && !is_older(pid)) return;
  process.rival = true;
  if (is_stopped(folder)) return;
  const Result<std::string> cgroups = read_file(folder + "/cgroup", limits::kCgroupBytes);
  const std::string origin = cgroups ? origin_of(*cgroups) : "";
  process.steers =
      *program + " (process " + std::to_string(pid) + (origin.empty() ? "" : ", ") + origin + ")";
}

bool DisciplinerScan::is_older(int pid) const {
  const std::string folder = proc_ + "/" + std::to_string(pid);
  const auto its_start = start_of(folder);
  const auto own_start = start_of(proc_ + "/self");
  // If the ages cannot be compared, observe.
  if (!its_start || !own_start) return true;
  return std::pair(*its_start, pid) < std::pair(*own_start, self_);
}

std::optional<std::string> find_discipliner(const std::string& proc) {
  return DisciplinerScan(proc).look();
}

std::string hidden_processes(const std::string& proc) {
  if (own_number(proc) == 0) return "no process table at " + proc;
  if (link_at(proc + "/self/ns/pid") != kFirstProcessNamespace)
    return proc + " shows only the processes of a container";
  // Process 1 is another user's, or our own.
  if (!read_file(proc + "/1/comm", kSmallFileBytes))
    return proc + " hides the processes of other users (hidepid)";
  return {};
}

}  // namespace slewd::os
