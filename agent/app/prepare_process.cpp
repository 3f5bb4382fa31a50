// SPDX-License-Identifier: Apache-2.0
#include "agent/app/prepare_process.hpp"

#include <cstdlib>
#include <utility>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/os/process/call_filter.hpp"
#include "agent/os/process/instance_lock.hpp"
#include "agent/os/process/process_privileges.hpp"
#include "agent/os/process/resources.hpp"
#include "agent/os/trace/tracefs.hpp"
#include "base/limits.hpp"
#include "base/own_file.hpp"
#include "base/text.hpp"

namespace slewd::app {
namespace {

// Written by root before the service starts (deploy/systemd/slewd.service).
constexpr const char* kTracepoints = "/run/slewd/tracepoints";

bool leaves_root(const Config& config) { return ::geteuid() == 0 && config.user != "root"; }

// Root that becomes another user opens the events before, since that user may not.
os::CallTracing trace_calls(const Config& config) {
  os::CallTracing tracing{os::load_tracepoints(kTracepoints), os::TraceEvents::handed_over()};
  if (leaves_root(config) && tracing.tracepoints && tracing.events.empty())
    tracing.events = os::TraceEvents::opened_now(*tracing.tracepoints);
  return tracing;
}

// Creates a missing folder, as a unit's StateDirectory= does, for the user who will write in it. If
// it fails, a later write reports the error.
void make_folder_for(const std::string& folder, mode_t mode, const std::string& user) {
  if (folder.empty() || ::mkdir(folder.c_str(), mode) != 0) return;
  if (const struct passwd* const entry = ::getpwnam(user.c_str()); entry != nullptr)
    (void)!::lchown(folder.c_str(), entry->pw_uid, entry->pw_gid);
}

Result<void> leave_root(const Config& config, std::vector<std::string>& warnings) {
  constexpr mode_t kStateMode = 0750;
  constexpr mode_t kSocketMode = 0755;
  const bool root = ::geteuid() == 0;
  if (leaves_root(config)) {
    make_folder_for(config.state_directory, kStateMode, config.user);
    if (!config.control_socket.empty())
      make_folder_for(folder_of(config.control_socket), kSocketMode, config.user);
    auto become = os::become_user(config.user);
    if (become || become.error().code() != ErrorCode::not_found) return become;
    warnings.push_back("slewd keeps running as root: " + become.error().describe() +
                       "; create this user, or set \"user\" to another one");
  }
  // "user": "root" was chosen for rules that need it, such as the start of a daemon.
  if (root && config.user == "root")
    os::keep_clock_from_children();
  else
    os::keep_capabilities_from_children();
  return {};
}

std::optional<Error> error_of(Result<void> result) {
  if (result) return std::nullopt;
  return std::move(result.error());
}

// Every user may write the empty volume of a pod, which has one user.
bool is_volume_of_pod(const Config& config) {
  struct stat folder {};
  struct stat around {};
  return ::getenv("KUBERNETES_SERVICE_HOST") != nullptr &&
         ::stat(config.state_directory.c_str(), &folder) == 0 && folder.st_uid == 0 &&
         ::stat((config.state_directory + "/..").c_str(), &around) == 0 &&
         folder.st_dev != around.st_dev;
}

}  // namespace

Grounds prepare_process(const Config& config, bool single_thread) {
  Grounds grounds;
  if (!single_thread) grounds.tracing = trace_calls(config);
  if (grounds.refused = error_of(leave_root(config, grounds.warnings)); grounds.refused)
    return grounds;
  const os::Needs needs{single_thread ? 0 : limits::kThreads,
                        single_thread ? limits::kDescriptorsAlone : limits::kDescriptors};
  if (grounds.refused = error_of(os::try_resources(needs)); grounds.refused) return grounds;
  // Without the folder only the state of former runs is lost.
  if (auto own = check_own_folder(config.state_directory);
      !own && own.error().code() == ErrorCode::permission && !is_volume_of_pod(config)) {
    grounds.refused = std::move(own.error()).within("state_directory");
    return grounds;
  }
  if (config.seccomp && !single_thread)
    if (auto filtered = os::refuse_needless_calls(); !filtered)
      grounds.warnings.push_back("cannot filter system calls: " + filtered.error().describe());
  auto lock = os::lock_instance(config.state_directory);
  if (lock)
    grounds.lock = std::move(*lock);
  else if (lock.error().code() == ErrorCode::limit)
    grounds.refused = lock.error();
  else
    grounds.warnings.push_back(
        "cannot lock the state directory; a second slewd would not be detected: " +
        lock.error().describe());
  return grounds;
}

}  // namespace slewd::app
