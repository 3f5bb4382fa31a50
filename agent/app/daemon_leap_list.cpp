// The system's list of leap seconds: an update of tzdata replaces it while slewd runs.
#include <optional>
#include <utility>

#include "agent/app/daemon.hpp"
#include "agent/core/leap_list.hpp"
#include "agent/remedy/ledger_line.hpp"
#include "base/atomic_file.hpp"
#include "base/limits.hpp"

namespace slewd::app {
namespace {

constexpr Nanos kReadAgainAfter = std::chrono::hours(24);

Result<core::LeapList> leap_list_at(const std::string& path) {
  auto text = read_file(path, limits::kLeapListBytes);
  if (!text) return fail(std::move(text.error()));
  return core::parse_leap_list(*text, path);
}

}  // namespace

void Daemon::read_leap_list(const std::string& path) {
  std::optional<core::LeapList> list;
  std::string told;
  if (!path.empty()) {
    auto read = leap_list_at(path);
    told = read ? "expires " + remedy::utc_text(read->expires) : read.error().describe();
    if (read) list = std::move(*read);
  }
  if (told != std::exchange(leap_list_told_, told) && !told.empty())
    log_.write(LogLevel::info,
               list ? "leap seconds are listed" : "no list of leap seconds: TAI is not known",
               {{"path", path}, {list ? "state" : "error", told}});
  const auto use = [this, list = std::move(list)] { engine_->use_leap_list(list); };
  if (options_.single_thread)
    use();
  else
    (void)post_to_core(use);  // a core that is too busy now is told tomorrow
}

void Daemon::read_leap_list_daily() {
  const auto read = [this] {
    const std::scoped_lock turn(reload_mutex_);
    read_leap_list(loaded_.config.leap_list);
  };
  // Reading files may block: not on the core thread, unless it is the only one.
  if (agent_ == nullptr)
    read();
  else
    (void)agent_->post(read);
  loop_.at(machine_.clock().now().mono + kReadAgainAfter, [this] { read_leap_list_daily(); });
}

}  // namespace slewd::app
