// SPDX-License-Identifier: Apache-2.0
#include "agent/app/pause_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "base/atomic_file.hpp"
#include "base/duration.hpp"
#include "base/json_document.hpp"
#include "base/json_text.hpp"
#include "base/limits.hpp"
#include "base/own_file.hpp"

namespace slewd::app {
namespace {

constexpr Nanos kLongest = std::chrono::seconds(limits::kPauseSeconds);
constexpr Nanos kLatest = std::chrono::hours(24 * 366 * 100);  // of a time since the boot

struct Kept {
  std::string reason;
  std::string boot_id;
  std::optional<Nanos> left;  // when it was written
  Nanos until{};              // on the boot time of that boot
};

std::optional<Kept> decode(const JsonValue& json) {
  Kept kept;
  const JsonValue* reason = json.find("reason");
  const JsonValue* boot = json.find("boot_id");
  if (reason == nullptr || reason->string() == nullptr || boot == nullptr ||
      boot->string() == nullptr)
    return std::nullopt;
  kept.reason = *reason->string();
  kept.boot_id = *boot->string();
  const JsonValue* left = json.find("left_ns");
  const JsonValue* until = json.find("until_boot_ns");
  if (left == nullptr && until == nullptr) return kept;
  if (left == nullptr || left->integer() == nullptr || until == nullptr ||
      until->integer() == nullptr)
    return std::nullopt;
  kept.left = Nanos{*left->integer()};
  kept.until = Nanos{*until->integer()};
  // Other numbers would overflow where they are added to a time.
  if (*kept.left > kLongest || kept.until < Nanos{0} || kept.until > kLatest) return std::nullopt;
  return kept;
}

}  // namespace

std::string pause_path(const std::string& state_directory) {
  return state_directory + "/pause.json";
}

Result<void> write_pause(const std::string& path, const rules::Pause& pause,
                         const PauseMoment& now) {
  JsonValue::Object object;
  object.emplace_back("reason", JsonValue(pause.reason, 0));
  object.emplace_back("boot_id", JsonValue(now.boot_id, 0));
  if (pause.until) {
    const Nanos left = *pause.until - now.mono;
    object.emplace_back("left_ns", JsonValue(std::int64_t{left.count()}, 0));
    object.emplace_back("until_boot_ns",
                        JsonValue(std::int64_t{(now.boot + left).since_epoch.count()}, 0));
  }
  return write_atomically(path, to_text(JsonValue(std::move(object), 0)) + "\n", 0640);
}

Result<void> remove_pause(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  const int problem = errno;
  // On a full file system even this may fail. An empty file means no pause.
  const auto file = open_own_file(path, O_WRONLY);
  if (file && ::ftruncate(file->get(), 0) == 0) return {};
  return fail(system_error("unlink " + path, problem));
}

std::string keep_pause(const std::string& path, const std::optional<rules::Pause>& pause,
                       const PauseMoment& now) {
  Result<void> kept = pause ? write_pause(path, *pause, now) : remove_pause(path);
  if (kept) return {};
  if (!pause)
    return "cannot remove the pause file; a restart will pause the rules again: " +
           kept.error().describe();
  if (remove_pause(path)) kept = write_pause(path, *pause, now);
  if (kept) return {};
  const std::string why = ": " + kept.error().describe();
  const auto found = read_pause(path, now);
  if (!found) return "not saved; a restart will pause the rules until 'slewctl resume'" + why;
  if (!*found) return "cannot save the pause; it will not survive a restart" + why;
  const std::string length =
      (*found)->until
          ? "for " + format(std::chrono::ceil<std::chrono::seconds>(*(*found)->until - now.mono))
          : "until 'slewctl resume'";
  return "not saved; a restart will pause the rules " + length + ", from an earlier pause ('" +
         (*found)->reason + "')" + why;
}

Result<std::optional<rules::Pause>> read_pause(const std::string& path, const PauseMoment& now) {
  const auto text = read_own_file(path, limits::kPauseFileBytes);
  if (!text && text.error().code() == ErrorCode::not_found) return std::nullopt;
  if (!text) return fail(text.error());
  if (text->empty()) return std::nullopt;
  const auto json = parse_json(*text, path);
  if (!json) return fail(json.error());
  const std::optional<Kept> kept = decode(*json);
  if (!kept)
    return fail(ErrorCode::invalid,
                path + ": not a valid pause file; 'slewctl resume' ends the pause");
  if (!kept->left) return rules::Pause{kept->reason, std::nullopt};
  const bool same_boot = kept->boot_id == now.boot_id;
  const Nanos left = same_boot ? BootTime{kept->until} - now.boot : *kept->left;
  if (left <= Nanos{0}) return std::nullopt;
  return rules::Pause{kept->reason, now.mono + left};
}

}  // namespace slewd::app
