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

bool nobody_answers(const Error& error) { return error.code() == ErrorCode::unavailable; }

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// The same document as the daemon's, of everything that both files hold.
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

Result<OrderedJson> understand(const Result<std::string>& body) {
  if (!body) return fail(body.error());
  OrderedJson document = OrderedJson::parse(*body, nullptr, false);
  if (!document.is_object() || !document.contains("jumps") || !document["jumps"].is_array())
    return fail(ErrorCode::internal, "slewd's answer is not understood (another version?)");
  return document;
}

// An age where there is one; the wall clocks of an earlier boot have to do for its jumps.
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
  std::string from;  // the table's last line
};

Result<Found> find_jumps(const JumpsArguments& arguments, const JumpsWorld& world,
                         const core::ClockReading& now) {
  if (!arguments.ledger.empty()) {
    auto read = read_ledger(arguments.ledger, now);
    if (!read) return fail(std::move(read.error()));
    return Found{std::move(*read), "read from " + arguments.ledger};
  }
  auto asked = understand(world.ask(0));
  if (asked) {
    const bool full = (*asked)["jumps"].size() == limits::kJumpRing;
    return Found{std::move(*asked), full ? "as slewd tells; its ledger has older ones (--ledger " +
                                               world.usual_ledger + ")"
                                         : "as slewd tells"};
  }
  if (!nobody_answers(asked.error())) return fail(std::move(asked.error()));
  auto read = read_ledger(world.usual_ledger, now);
  if (read)
    return Found{std::move(*read), "read from " + world.usual_ledger + ": no slewd answers"};
  if (read.error().code() == ErrorCode::not_found)
    return fail(asked.error().code(), asked.error().describe() + "; and there is no ledger at " +
                                          world.usual_ledger + " (--ledger FILE)");
  return fail(std::move(read.error()));
}

std::uint64_t id_of(const OrderedJson& jump) { return jump.value("id", std::uint64_t{0}); }

// Prints what is newer than `last`; answers with the newest id that the daemon knows.
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
    end += "(" + std::to_string(damaged) + " lines of it are damaged, or of another version)\n";
  return *table + end;
}

Result<void> follow_jumps(const JumpsArguments& arguments, const JumpsWorld& world,
                          const Follower& follower) {
  auto since = wanted_since(arguments.since);
  if (!since) return fail(since.error());
  std::uint64_t last = 0;
  bool silent = false;
  do {
    auto asked = understand(world.ask(last));
    // A daemon that keeps no ledger begins anew with every start.
    if (asked && asked->value("last_id", std::uint64_t{0}) < last) {
      last = 0;
      asked = understand(world.ask(last));
    }
    if (!asked) {
      if (!nobody_answers(asked.error())) return fail(std::move(asked.error()));
      if (!std::exchange(silent, true)) follower.remark("no slewd answers; waiting for one");
      continue;
    }
    silent = false;
    keep_since(*asked, *since, world.clock.now().wall);
    since->reset();  // whatever comes from now on is new
    const auto newest = print_news(*asked, last, arguments.json, follower);
    if (!newest) return fail(newest.error());
    last = *newest;
  } while (follower.wait());
  return {};
}

}  // namespace slewd::app
