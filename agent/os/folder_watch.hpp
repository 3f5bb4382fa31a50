// SPDX-License-Identifier: Apache-2.0
// Reports that files in some folders have changed (inotify(7)), also where a folder comes later.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/os/reactor.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd::os {

// Owned by the reactor's thread; the reactor outlives it.
class FolderWatch {
 public:
  // `changed` is called once for a series of changes, half a second after the last one, and at the
  // latest five seconds after the first. Errors: this process may have no more watches.
  [[nodiscard]] static Result<std::unique_ptr<FolderWatch>> start(Reactor& reactor,
                                                                  std::vector<std::string> folders,
                                                                  std::function<void()> changed);
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;
  ~FolderWatch();

 private:
  FolderWatch(Reactor& reactor, Fd fd, std::vector<std::string> folders,
              std::function<void()> changed);
  void on_readable();
  void watch_folders();

  Reactor& reactor_;
  Fd fd_;
  std::vector<std::string> folders_;
  std::function<void()> changed_;
  std::optional<MonoTime> first_;  // change that has not been reported
  Timer report_;
};

}  // namespace slewd::os
