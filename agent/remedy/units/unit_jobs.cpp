// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/units/unit_jobs.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include <systemd/sd-bus.h>

#include "base/duration.hpp"
#include "base/limits.hpp"
#include "base/one_line.hpp"
#include "rules/unit_guard.hpp"
#include "rules/unit_name.hpp"

namespace slewd::remedy {

using rules::Ending;
using rules::Verb;

namespace {

using namespace std::chrono_literals;

constexpr Nanos kLastLook = 5s;  // for what the report says of the unit after the job
constexpr const char* kPolkitFile = "/etc/polkit-1/rules.d/50-slewd.rules";

const char* method_of(Verb verb) {
  switch (verb) {
    case Verb::start:
      return "StartUnit";
    case Verb::stop:
      return "StopUnit";
    case Verb::restart:
      return "RestartUnit";
    case Verb::reload:
      return "ReloadUnit";
  }
  return "RestartUnit";
}

std::string describe_act(Verb verb, const std::string& unit) {
  return std::string(rules::to_string(verb)) + " " + unit;
}

// systemd asks polkit in our name and without a person to ask: both errors are its no.
bool is_denial(const std::string& error) {
  return error == "org.freedesktop.DBus.Error.AccessDenied" ||
         error == "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired";
}

std::string denied(Verb verb, const std::string& unit, const std::string& text) {
  return "no right to " + describe_act(verb, unit) + ": the table in " + kPolkitFile +
         " must have \"" + unit + "\": [\"" + std::string(rules::to_string(verb)) + "\"] (" + text +
         ")";
}

// Why the unit, once its names are known, may not be acted upon after all.
std::optional<std::string> why_not(const UnitProperties& unit,
                                   const std::vector<std::string>& extra) {
  if (unit.load_state == "not-found") return "systemd has no such unit";
  if (unit.load_state == "masked") return "the unit is masked";
  for (const std::string& name : unit.names)
    if (auto why = rules::why_protected(name, extra)) return why;
  return unit.id ? rules::why_protected(*unit.id, extra) : "no name of the unit from systemd";
}

}  // namespace

UnitJobs::UnitJobs(os::Reactor& reactor, UnitConnection& connection)
    : reactor_(reactor), connection_(connection), soon_(reactor) {}

void UnitJobs::act(std::uint64_t id, Verb verb, const std::string& unit, Nanos timeout, Done done) {
  const Key key = ++last_key_;
  Act& act = acts_.try_emplace(key, reactor_, id, verb, unit).first->second;
  act.done = std::move(done);
  act.timeout = timeout;
  act.ends = reactor_.now() + timeout;
  if (const auto why = rules::why_no_unit(unit)) return end(key, Ending::refused, *why);
  if (const auto why = rules::why_protected(unit, protected_))
    return end(key, Ending::refused, *why);
  if (acts_.size() > limits::kUnitActs)
    return end(key, Ending::refused,
               "more than " + std::to_string(limits::kUnitActs) + " acts on units at once");
  act.deadline.start(act.ends, [this, key] { on_deadline(key); });
  if (connection_.ready()) return look(key, act);
  connection_.connect();
}

void UnitJobs::abandon(std::uint64_t id) {
  std::erase_if(acts_, [&](const auto& entry) { return entry.second.id == id; });
  std::erase_if(ends_, [&](const End& one) { return one.id == id; });
}

void UnitJobs::on_ready() {
  for (auto& [key, act] : acts_)
    if (act.stage == Stage::waiting) look(key, act);
}

void UnitJobs::on_lost(const std::string& why) {
  std::vector<Key> keys;
  for (const auto& [key, act] : acts_) keys.push_back(key);
  for (const Key key : keys) {
    const Act& act = acts_.at(key);
    if (act.stage == Stage::waiting || act.stage == Stage::looking) {
      end(key, Ending::refused, "not executed: " + why);
    } else if (act.stage == Stage::ended) {
      on_look(key, {});
    } else {
      end(key, Ending::failed, why + " before the job's end: result unknown");
    }
  }
}

void UnitJobs::look(Key key, Act& act) {
  act.stage = Stage::looking;
  look_at_unit(connection_, act.unit, Loading::load, left(act), nullptr,
               [this, key](const UnitLook& found) { on_look(key, found); });
}

void UnitJobs::on_look(Key key, const UnitLook& found) {
  Act* act = find(key);
  if (act == nullptr) return;
  if (act->stage == Stage::ended) {
    const bool known = found.kind == BusReply::Kind::answered;
    return end(key, act->result == "done" ? Ending::done : Ending::failed,
               "job " + act->result + "; " + act->unit + " is " +
                   (known ? describe(found.properties) : "in an unknown state"));
  }
  if (found.kind != BusReply::Kind::answered)
    return end(key, Ending::refused, "not executed: " + found.text);
  if (const auto why = why_not(found.properties, protected_))
    return end(key, Ending::refused, act->unit + ": " + *why);
  act->unit = *found.properties.id;
  if (act->verb != Verb::stop) return ask_for_job(key, *act);
  find_left_stopped(
      connection_, act->unit, found.properties, left(*act),
      [this, key](const LeftStopped& left_stopped) { on_dependents(key, left_stopped); });
}

// A service must not stay down because another one was stopped for a moment.
void UnitJobs::on_dependents(Key key, const LeftStopped& left_stopped) {
  Act* act = find(key);
  if (act == nullptr || act->stage != Stage::looking) return;
  if (left_stopped.unit.empty()) return ask_for_job(key, *act);
  if (!left_stopped.unknown.empty())
    return end(key, Ending::refused,
               "not executed: unknown whether " + left_stopped.unit + " would stop with " +
                   act->unit + " and stay down: " + left_stopped.unknown);
  const bool ours = !rules::why_protected(left_stopped.unit, protected_);
  end(key, Ending::refused,
      "systemd would stop " + left_stopped.unit + " as well, and not start it again with " +
          act->unit + (ours ? ": add explicit stop and start links for it" : ""));
}

void UnitJobs::ask_for_job(Key key, Act& act) {
  act.stage = Stage::asked;
  connection_.call_manager(method_of(act.verb), {act.unit, "replace"}, left(act),
                           [this, key](const BusReply& reply) { on_queued(key, reply); });
}

void UnitJobs::on_queued(Key key, const BusReply& reply) {
  Act* act = find(key);
  if (act == nullptr) return;
  if (reply.kind == BusReply::Kind::refused)
    return end(key, Ending::refused,
               is_denial(reply.error) ? denied(act->verb, act->unit, reply.text)
                                      : "systemd refuses to " + describe_act(act->verb, act->unit) +
                                            ": " + reply.text);
  const char* job = nullptr;
  if (reply.kind == BusReply::Kind::lost || sd_bus_message_read(reply.message, "o", &job) <= 0)
    return end(key, Ending::failed,
               "no answer to " + describe_act(act->verb, act->unit) + ": " + reply.text +
                   "; result unknown");
  act->job = job;
  act->stage = Stage::running;
  const auto early =
      std::ranges::find(act->early, act->job, [](const auto& one) { return one.first; });
  if (early != act->early.end()) on_end(key, *act, std::string(early->second));
}

void UnitJobs::on_signal(sd_bus_message* message) {
  if (sd_bus_message_is_signal(message, "org.freedesktop.systemd1.Manager", "JobRemoved") > 0)
    on_job_removed(message);
}

void UnitJobs::on_job_removed(sd_bus_message* message) {
  std::uint32_t number = 0;
  const char* job = nullptr;
  const char* unit = nullptr;
  const char* result = nullptr;
  if (sd_bus_message_read(message, "uoss", &number, &job, &unit, &result) <= 0) return;
  const std::string outcome = one_line(result, limits::kUnitNameBytes);
  for (auto& [key, act] : acts_) {
    if (act.stage == Stage::running && act.job == job) {
      on_end(key, act, outcome);
    } else if (act.stage == Stage::asked && act.unit == unit) {
      act.early.emplace_back(job, outcome);
      if (act.early.size() > limits::kUnitEarlyJobs) act.early.pop_front();
    }
  }
}

void UnitJobs::on_end(Key key, Act& act, const std::string& result) {
  act.result = result;
  act.stage = Stage::ended;
  // The job's end came in time; its report waits for the unit's state a little longer.
  act.deadline.stop();
  look_at_unit(connection_, act.unit, Loading::if_there, kLastLook, nullptr,
               [this, key](const UnitLook& found) { on_look(key, found); });
}

void UnitJobs::on_deadline(Key key) {
  const Act* act = find(key);
  if (act == nullptr) return;
  const std::string within = " within " + format(act->timeout);
  switch (act->stage) {
    case Stage::waiting:
    case Stage::looking:
      return end(key, Ending::refused, "not executed: no answer of systemd" + within);
    case Stage::asked:
      return end(
          key, Ending::timed_out,
          "no answer to " + describe_act(act->verb, act->unit) + within + "; result unknown");
    case Stage::running:
      return end(key, Ending::timed_out,
                 "the job to " + describe_act(act->verb, act->unit) + " did not end" + within +
                     "; it is still running");
    case Stage::ended:
      return;
  }
}

// The report waits for the end of the turn, so that no caller runs within sd-bus or within act().
void UnitJobs::end(Key key, Ending ending, std::string detail) {
  auto node = acts_.extract(key);
  if (node.empty()) return;
  ends_.push_back({node.mapped().id, std::move(node.mapped().done), {ending, std::move(detail)}});
  soon_.start(reactor_.now(), [this] { report_ends(); });
}

void UnitJobs::report_ends() {
  while (!ends_.empty()) {
    const End next = std::move(ends_.front());
    ends_.pop_front();
    next.done(next.result);
  }
}

Nanos UnitJobs::left(const Act& act) const { return std::max(Nanos{0}, act.ends - reactor_.now()); }

UnitJobs::Act* UnitJobs::find(Key key) {
  const auto found = acts_.find(key);
  return found == acts_.end() ? nullptr : &found->second;
}

}  // namespace slewd::remedy
