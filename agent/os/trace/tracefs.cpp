// SPDX-License-Identifier: Apache-2.0
#include "agent/os/trace/tracefs.hpp"

#include <cerrno>
#include <optional>
#include <utility>

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/atomic_file.hpp"
#include "base/limits.hpp"

namespace slewd::os {
namespace {

constexpr const char* kTracefs = "/sys/kernel/tracing";

Result<TracepointList> read_first(const std::vector<std::string>& folders) {
  Result<TracepointList> list = fail(ErrorCode::not_found, "tracefs is not mounted");
  for (const std::string& folder : folders) {
    list = read_tracefs(folder);
    if (list || list.error().code() == ErrorCode::permission) return list;
  }
  return list;
}

Result<void> mount_for_ourselves() {
  const auto refuse = [](const char* call) {
    return fail(system_error(call, errno).within("cannot mount tracefs"));
  };
  if (::unshare(CLONE_NEWNS) != 0) return refuse("unshare");
  // Else the mount would propagate to other namespaces through a shared tree.
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return refuse("mount /");
  constexpr unsigned long kFlags = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY;
  if (::mount("tracefs", kTracefs, "tracefs", kFlags, nullptr) != 0) return refuse("mount");
  return {};
}

}  // namespace

Result<TracepointList> read_tracefs(const std::string& folder) {
  TracepointList list;
  std::optional<Error> first;
  for (const TracepointName& name : traced_names()) {
    const std::string path = folder + "/events/" + std::string(name.path) + "/format";
    const Result<std::string> text = read_file(path, limits::kTracepointFormatBytes);
    const auto parsed =
        text ? parse_tracepoint_format(name, *text) : Result<Tracepoint>(fail(text.error()));
    if (parsed)
      list.push_back(*parsed);
    else if (!first)
      first = parsed.error();
  }
  // The same test as for the file: at least one tracepoint must show who sets the clock.
  const Result<TracepointList> checked = parse_tracepoints(format_tracepoints(list));
  if (!checked) return fail(first.value_or(checked.error()));
  return list;
}

std::vector<std::string> usual_tracefs_folders() { return {kTracefs, "/sys/kernel/debug/tracing"}; }

Result<TracepointList> load_tracepoints(const std::string& file,
                                        const std::vector<std::string>& folders, Place place) {
  Result<TracepointList> list = read_first(folders);
  if (list) return list;
  const Result<std::string> text = read_file(file, limits::kTracepointFileBytes);
  if (text) {
    Result<TracepointList> parsed = parse_tracepoints(*text);
    if (!parsed) return fail(std::move(parsed.error()).within(file));
    return parsed;
  }
  const std::string advice =
      place == Place::container
          ? "in a container, mount this file of the host, where slewd.service writes it, and grant "
            "CAP_PERFMON; otherwise jumps are detected, but not the program that made them"
          : "run 'slewd tracepoints --write " + file + "' as root";
  return fail(list.error().code(), list.error().describe() + "; no file " + file + ": " + advice);
}

Result<TracepointList> read_tracepoints_as_root() {
  Result<TracepointList> list = read_first(usual_tracefs_folders());
  if (list || list.error().code() != ErrorCode::not_found) return list;
  if (const auto mounted = mount_for_ourselves(); !mounted) return fail(mounted.error());
  return read_tracefs(kTracefs);
}

Result<void> write_tracepoints(const std::string& file, const TracepointList& list) {
  constexpr mode_t kForEverybody = 0644;
  return write_atomically(file, format_tracepoints(list), kForEverybody);
}

}  // namespace slewd::os
