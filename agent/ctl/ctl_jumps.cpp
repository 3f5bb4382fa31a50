// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/ctl_jumps.hpp"

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "agent/ctl/ctl_tables.hpp"
#include "agent/ctl/since.hpp"
#include "agent/os/machine/boot_id.hpp"
#include "agent/records/jump_ledger.hpp"
#include "base/limits.hpp"
#include "exporter/api/api_jumps.hpp"

namespace slewd::app {
namespace {

using OrderedJson = nlohmann::ordered_json;

bool is_daemon_down(const Error& error) { return error.code() == ErrorCode::unavailable; }

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// The same document as the daemon's, from both ledger files.
Result<OrderedJson> read_ledger(const std::string& path, const core::ClockReading& now) {
  if (!exists(path) && !exists(path + ".1"))
    return fail(ErrorCode::not_found, path + ": no such jump ledger");
  std::map<std::uint64_t, core::ClockEvent> by_id;
  records::JumpHistory history({boot_id(), now.boot});
  history.on_event = [&](const core::ClockEvent& event) { by_id[event.id] = event; };
  if (auto done = records::JumpLedger::read(path, history); !done)
    return fail(std::move(done.error()));
  std::vector<core::ClockEvent> events;
  events.reserve(by_id.size());
  for (auto& [id, event] : by_id) events.push_back(std::move(event));
  OrderedJson document = OrderedJson::parse(exporter::jumps_json(history.view(), events, now.mono));
  document["ledger"] = path;
  document["damaged_lines"] = history.damaged_lines();
  return document;
}

Result<OrderedJson> parse_answer(const Result<std::string>& body) {
  if (!body) return fail(body.error());
  OrderedJson document = OrderedJson::parse(*body, nullptr, false);
  if (!document.is_object() || !document.contains("jumps") || !document["jumps"].is_array())
    return fail(ErrorCode::internal, "cannot parse the answer of slewd; it may be another version");
  return document;
}

// By age if there is one; jumps of an earlier boot have only wall-clock times.
bool is_since(const OrderedJson& jump, const Since& since, WallTime now) {
  const auto after = parse_utc(jump.value("after_utc", ""));
  if (const auto* moment = std::get_if<WallTime>(&since)) return after && *after >= *moment;
  const Nanos longest = std::get<Nanos>(since);
  if (jump.contains("age_seconds"))
    return from_seconds(jump["age_seconds"].get<double>()) <= longest;
  return after && now - *after <= longest;
}

void keep_since(OrderedJson& document, const std::optional<Since>& since, WallTime now) {
  if (!since) return;
  OrderedJson kept = OrderedJson::array();
  for (const OrderedJson& jump : document["jumps"])
    if (is_since(jump, *since, now)) kept.push_back(jump);
  document["jumps"] = std::move(kept);
}

Result<std::optional<Since>> wanted_since(const std::string& text) {
  if (text.empty()) return std::optional<Since>();
  auto since = parse_since(text);
  if (!since) return fail(std::move(since.error()).within("--since"));
  return std::optional<Since>(*since);
}

struct Found {
  OrderedJson document;
  std::string from;  // for the table's last line
};

Result<Found> find_jumps(const JumpsArguments& arguments, const JumpsWorld& world,
                         const core::ClockReading& now) {
  if (!arguments.ledger.empty()) {
    auto read = read_ledger(arguments.ledger, now);
    if (!read) return fail(std::move(read.error()));
    return Found{std::move(*read), "read from " + arguments.ledger};
  }
  auto asked = parse_answer(world.ask(0));
  if (asked) {
    const bool full = (*asked)["jumps"].size() == limits::kJumpRing;
    return Found{std::move(*asked),
                 full ? "from the running daemon; older jumps: --ledger " + world.default_ledger
                      : "from the running daemon"};
  }
  if (!is_daemon_down(asked.error())) return fail(std::move(asked.error()));
  auto read = read_ledger(world.default_ledger, now);
  if (read)
    return Found{std::move(*read), "read from " + world.default_ledger + ": slewd is not running"};
  if (read.error().code() == ErrorCode::not_found)
    return fail(asked.error().code(), asked.error().describe() + "; no ledger at " +
                                          world.default_ledger + " (--ledger FILE)");
  return fail(std::move(read.error()));
}

std::uint64_t id_of(const OrderedJson& jump) { return jump.value("id", std::uint64_t{0}); }

// Prints jumps newer than `last`; returns the daemon's newest id.
Result<std::uint64_t> print_news(const OrderedJson& document, std::uint64_t last, bool json,
                                 const Follower& follower) {
  const OrderedJson& jumps = document["jumps"];
  for (auto jump = jumps.rbegin(); jump != jumps.rend(); ++jump) {
    if (id_of(*jump) <= last) continue;
    const auto line = json ? Result<std::string>(jump->dump()) : jump_text(jump->dump());
    if (!line) return fail(line.error());
    if (auto printed = follower.print(*line + "\n"); !printed)
      return fail(std::move(printed.error()));
  }
  return document.value("last_id", std::uint64_t{0});
}

}  // namespace

Result<std::string> show_jumps(const JumpsArguments& arguments, const JumpsWorld& world) {
  const auto since = wanted_since(arguments.since);
  if (!since) return fail(since.error());
  const core::ClockReading now = world.clock.now();
  auto found = find_jumps(arguments, world, now);
  if (!found) return fail(std::move(found.error()));
  keep_since(found->document, *since, now.wall);
  const std::string text = found->document.dump();
  if (arguments.json) return text + "\n";
  auto table = jumps_table(text, arguments.width);
  if (!table) return table;
  std::string end = "(" + found->from + ")\n";
  if (const auto damaged = found->document.value("damaged_lines", std::uint64_t{0}); damaged > 0)
    end += "(skipped " + std::to_string(damaged) + " damaged or unknown lines)\n";
  return *table + end;
}

Result<void> follow_jumps(const JumpsArguments& arguments, const JumpsWorld& world,
                          const Follower& follower) {
  auto since = wanted_since(arguments.since);
  if (!since) return fail(since.error());
  std::uint64_t last = 0;
  bool waiting = false;
  do {
    auto asked = parse_answer(world.ask(last));
    // Without a ledger the ids start anew with every start of the daemon.
    if (asked && asked->value("last_id", std::uint64_t{0}) < last) {
      last = 0;
      asked = parse_answer(world.ask(last));
    }
    if (!asked) {
      if (!is_daemon_down(asked.error())) return fail(std::move(asked.error()));
      if (!std::exchange(waiting, true)) follower.remark("slewd is not running; waiting");
      continue;
    }
    waiting = false;
    keep_since(*asked, *since, world.clock.now().wall);
    since->reset();  // all later jumps are new
    const auto newest = print_news(*asked, last, arguments.json, follower);
    if (!newest) return fail(newest.error());
    last = *newest;
  } while (follower.wait());
  return {};
}

}  // namespace slewd::app
