// SPDX-License-Identifier: Apache-2.0
#include "agent/os/process/resources.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <new>
#include <string_view>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fd.hpp"

namespace slewd::os {
namespace {

struct Limit {
  decltype(RLIMIT_NOFILE) resource;
  std::string_view name;
};

constexpr Limit kOpenFiles{RLIMIT_NOFILE,
                           "open files (RLIMIT_NOFILE, `ulimit -n`, LimitNOFILE= of a unit)"};
constexpr Limit kProcesses{RLIMIT_NPROC,
                           "processes (RLIMIT_NPROC, `ulimit -u`, LimitNPROC= of a unit)"};
constexpr Limit kAddresses{RLIMIT_AS, "address space (RLIMIT_AS, `ulimit -v`, LimitAS= of a unit)"};

rlim_t soft_limit(const Limit& limit) {
  rlimit value{};
  return ::getrlimit(limit.resource, &value) == 0 ? value.rlim_cur : RLIM_INFINITY;
}

std::string shown(const Limit& limit) {
  return "the limit of " + std::string(limit.name) + " is " + std::to_string(soft_limit(limit));
}

// Those of `limits` that are set at all.
std::string possible_reasons(std::initializer_list<Limit> limits) {
  std::string text;
  for (const Limit& limit : limits)
    if (soft_limit(limit) != RLIM_INFINITY) text += "; " + shown(limit);
  return text + "; a container or unit can have its own limits (TasksMax=, MemoryMax=)";
}

void raise_open_files(rlim_t wanted) {
  rlimit value{};
  if (::getrlimit(RLIMIT_NOFILE, &value) != 0 || value.rlim_cur >= wanted) return;
  value.rlim_cur = std::min(value.rlim_max, wanted);
  (void)::setrlimit(RLIMIT_NOFILE, &value);
}

Result<void> try_descriptors(int count) {
  constexpr rlim_t kUsual = 1024;
  raise_open_files(kUsual);
  std::vector<Fd> taken;
  for (int i = 0; i < count; ++i) {
    taken.emplace_back(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (taken.back().valid()) continue;
    const int number = errno;
    const std::string reason =
        number == ENFILE ? "the system's limit of open files (sysctl fs.file-max) is reached"
                         : shown(kOpenFiles);
    return fail(ErrorCode::limit, "slewd needs " + std::to_string(count) +
                                      " file descriptors but gets only " + std::to_string(i) +
                                      ": " + reason + "; the usual limit is 1024");
  }
  return {};
}

// A thread that waits until all have been started.
void* wait_for_all(void* lock) {
  auto* const mutex = static_cast<pthread_mutex_t*>(lock);
  ::pthread_mutex_lock(mutex);
  ::pthread_mutex_unlock(mutex);
  return nullptr;
}

Result<void> try_threads(int count) {
  pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
  ::pthread_mutex_lock(&gate);
  std::vector<pthread_t> threads;
  int problem = 0;
  while (problem == 0 && threads.size() < static_cast<std::size_t>(count)) {
    pthread_t thread{};
    problem = ::pthread_create(&thread, nullptr, wait_for_all, &gate);
    if (problem == 0) threads.push_back(thread);
  }
  ::pthread_mutex_unlock(&gate);
  for (const pthread_t thread : threads) ::pthread_join(thread, nullptr);
  if (problem == 0) return {};
  return fail(ErrorCode::limit, "slewd needs " + std::to_string(count) + " threads but gets only " +
                                    std::to_string(threads.size()) +
                                    possible_reasons({kProcesses, kAddresses}));
}

std::atomic<int> status_on_lack{EXIT_FAILURE};
std::atomic<std::terminate_handler> usual_end{nullptr};

[[noreturn]] void end_by_error() {
  try {
    if (const auto failure = std::current_exception()) std::rethrow_exception(failure);
  } catch (const std::system_error& failure) {
    const std::string text = "slewd: " + resource_error(failure).describe() + "\n";
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    ::_exit(status_on_lack);
  } catch (const std::bad_alloc&) {
    // No memory to format the numbers.
    constexpr std::string_view kText =
        "slewd: out of memory: check the limit of address space (RLIMIT_AS, "
        "`ulimit "
        "-v`) and those of the unit or container (MemoryMax=)\n";
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kText.data(), kText.size());
    ::_exit(status_on_lack);
  } catch (...) {
    if (const auto usual = usual_end.load(); usual != nullptr) usual();
  }
  std::abort();
}

std::atomic<int> status_at_the_end{EXIT_SUCCESS};

extern "C" void slewd_end_now(int /*number*/) { ::_exit(status_at_the_end); }

}  // namespace

Result<void> try_resources(const Needs& needs) {
  if (auto enough = try_descriptors(needs.descriptors); !enough) return enough;
  return try_threads(needs.threads);
}

Error resource_error(const std::exception& failure) {
  const auto* const refused = dynamic_cast<const std::system_error*>(&failure);
  if (refused == nullptr)
    return {ErrorCode::limit, "out of memory" + possible_reasons({kAddresses})};
  const int number = refused->code().value();
  const std::string text = failure.what();
  if (number == EMFILE) return {ErrorCode::limit, text + ": " + shown(kOpenFiles)};
  if (number == EAGAIN || number == ENOMEM)
    return {ErrorCode::limit, "cannot get more threads or memory: " + text +
                                  possible_reasons({kProcesses, kAddresses})};
  return {ErrorCode::limit, text};
}

void end_on_lack_of_resources(int status) {
  status_on_lack = status;
  const std::terminate_handler usual = std::set_terminate(end_by_error);
  if (usual != end_by_error) usual_end = usual;
}

void end_within(unsigned seconds, int status) {
  status_at_the_end = status;
  struct sigaction action {};
  action.sa_handler = slewd_end_now;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGALRM, &action, nullptr);
  ::alarm(seconds);
}

}  // namespace slewd::os
