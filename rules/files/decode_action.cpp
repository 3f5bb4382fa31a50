// SPDX-License-Identifier: Apache-2.0
// Every kind of action by its key. Adding one: a row of kKeys and its decoder.
#include <algorithm>
#include <array>

#include "base/json_text.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "rules/files/decode.hpp"
#include "rules/files/references.hpp"

namespace slewd::rules {
namespace {

constexpr Nanos kLongestAction = std::chrono::hours(24);

std::string text_limit() {
  return "one line of text is needed, at most " + std::to_string(limits::kRuleTextBytes) + " bytes";
}

void need_text(ObjectReader& reader, std::string_view key, const std::string& text) {
  if (text.empty() || !is_plain_text(text)) reader.problem(key, text_limit());
}

std::optional<Action> decode_service(ObjectReader& reader, Verb verb, const RuleFile& file) {
  ServiceAction service{verb, ""};
  reader.get(to_string(verb), service.target);
  if (const auto missing = missing_service(service, file); missing)
    reader.problem(to_string(verb), *missing);
  return service;
}

// The name is one of the shell's: env(1) would read anything else as an option or a program.
bool is_variable(std::string_view text) {
  const std::size_t end = text.find('=');
  if (end == std::string_view::npos || end == 0 || !is_plain_text(text)) return false;
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const std::string_view name = text.substr(0, end);
  return letter(name[0]) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

// Either the argv itself, or an object with argv, user and environment.
std::optional<Action> decode_run(ObjectReader& reader, JsonProblems& problems) {
  RunAction run;
  const JsonValue& value = *reader.member("run");
  if (value.object() == nullptr) {
    decode_argv(reader, "run", run.argv);
    return run;
  }
  ObjectReader inner(value, reader.path_of("run"), problems);
  decode_argv(inner, "argv", run.argv);
  need(inner, "argv", "the program and its arguments");
  inner.get("user", run.user);
  if (!is_plain_text(run.user) || run.user.starts_with('-'))
    inner.problem("user", "'" + run.user + "' is not a user name");
  inner.get("environment", run.environment);
  for (const std::string& variable : run.environment)
    if (!is_variable(variable))
      inner.problem("environment", "'" + variable + "' is not NAME=value");
  inner.finish();
  return run;
}

std::optional<Action> decode_poll(ObjectReader& parent, JsonProblems& problems) {
  PollAction poll{64s, 1024s};
  const JsonValue& value = *parent.member("poll");
  const std::string path = parent.path_of("poll");
  ObjectReader reader(value, path, problems);
  reader.get("min", poll.minimum, 1s, 36h);
  reader.get("max", poll.maximum, 1s, 36h);
  if (value.object() == nullptr) return poll;
  if (!reader.has("min") || !reader.has("max"))
    problems.add(value.line(), path, R"(both "min" and "max" are needed)");
  else if (poll.minimum > poll.maximum)
    reader.problem("min", "is above \"max\"");
  reader.finish();
  return poll;
}

template <class A>
std::optional<Action> decode_flag(ObjectReader& reader, std::string_view key) {
  bool on = true;
  reader.get(key, on);
  if (!on) reader.problem(key, "must be true, or absent");
  return A{};
}

std::optional<Action> decode_ban(ObjectReader& parent, JsonProblems& problems) {
  BanAction ban{"", 1h};
  ObjectReader reader(*parent.member("ban"), parent.path_of("ban"), problems);
  reader.get("source", ban.source);
  reader.get("for", ban.duration, 1min, kLongestAction);
  need(reader, "source", R"(an address as slewctl sources shows it, or "falsetickers")");
  if (!is_plain_text(ban.source)) reader.problem("source", text_limit());
  reader.finish();
  return ban;
}

std::optional<Action> decode_notify(ObjectReader& reader) {
  NotifyAction notify;
  reader.get("notify", notify.text);
  need_text(reader, "notify", notify.text);
  return notify;
}

// An object of texts by the names of headers.
std::vector<std::pair<std::string, std::string>> decode_headers(ObjectReader& reader,
                                                                std::string_view key,
                                                                JsonProblems& problems) {
  std::vector<std::pair<std::string, std::string>> found;
  const JsonValue* value = reader.member(key);
  if (value == nullptr) return found;
  if (value->object() == nullptr) {
    reader.problem(key, "an object was expected, not " + std::string(value->kind()));
    return found;
  }
  ObjectReader headers(*value, reader.path_of(key), problems);
  for (const auto& [name, text] : *value->object()) {
    std::string header;
    headers.get(name, header);
    if (!is_plain_text(name) || !is_plain_text(header)) headers.problem(name, text_limit());
    found.emplace_back(name, header);
  }
  return found;
}

void decode_secret_files(ObjectReader& reader, WebhookAction& hook, JsonProblems& problems) {
  constexpr std::string_view kAbsolute =
      "an absolute path is needed; the secret is the first line of the file";
  reader.get("url_file", hook.url_file);
  if (!hook.url_file.empty() && !hook.url_file.starts_with('/'))
    reader.problem("url_file", std::string(kAbsolute));
  hook.header_files = decode_headers(reader, "header_files", problems);
  for (const auto& [name, path] : hook.header_files)
    if (!path.starts_with('/'))
      reader.problem("header_files", name + ": " + std::string(kAbsolute));
}

std::optional<Action> decode_webhook(ObjectReader& parent, JsonProblems& problems) {
  WebhookAction hook;
  ObjectReader reader(*parent.member("webhook"), parent.path_of("webhook"), problems);
  reader.get("url", hook.url);
  decode_secret_files(reader, hook, problems);
  if (hook.url.empty() == hook.url_file.empty())
    reader.problem("url", R"(one of url and url_file is needed: the address, for instance )"
                          R"("https://hooks.example.net/clock", or a file that contains it)");
  if (const auto url = parse_url(hook.url); !hook.url.empty() && !url)
    reader.problem("url", url.error().message());
  if (const JsonValue* body = reader.member("body"); body != nullptr) {
    hook.body = to_text(*body);
    if (const auto checked = check_template(hook.body); !checked)
      reader.problem("body", checked.error().message());
  } else {
    hook.body = std::string(kWebhookBody);
  }
  hook.headers = decode_headers(reader, "headers", problems);
  reader.get("ca_file", hook.ca_file);
  if (!hook.ca_file.empty() && !hook.ca_file.starts_with('/'))
    reader.problem("ca_file", "an absolute path is needed");
  reader.get("retries", hook.retries, 0, 10);
  reader.finish();
  return hook;
}

std::optional<Action> decode_node_condition(ObjectReader& parent, JsonProblems& problems) {
  NodeConditionAction condition;
  ObjectReader reader(*parent.member("node_condition"), parent.path_of("node_condition"), problems);
  reader.get("status", condition.status);
  reader.get("reason", condition.reason);
  reader.get("message", condition.message);
  need_text(reader, "reason", condition.reason);
  if (!is_plain_text(condition.message)) reader.problem("message", text_limit());
  reader.finish();
  return condition;
}

std::optional<Action> decode_node_event(ObjectReader& parent, JsonProblems& problems) {
  NodeEventAction event;
  ObjectReader reader(*parent.member("node_event"), parent.path_of("node_event"), problems);
  reader.get("reason", event.reason);
  reader.get("note", event.note);
  need_text(reader, "reason", event.reason);
  need_text(reader, "note", event.note);
  reader.finish();
  return event;
}

std::optional<Action> decode_node_taint(ObjectReader& parent, JsonProblems& problems) {
  NodeTaintAction taint;
  ObjectReader reader(*parent.member("node_taint"), parent.path_of("node_taint"), problems);
  reader.get("key", taint.key);
  reader.get("effect", taint.effect);
  reader.get("present", taint.present);
  need_text(reader, "key", taint.key);
  if (taint.effect != "NoSchedule" && taint.effect != "PreferNoSchedule")
    reader.problem("effect", "must be NoSchedule or PreferNoSchedule; slewd does not evict pods");
  reader.finish();
  return taint;
}

std::optional<Action> decode_one(std::string_view key, ObjectReader& reader, const RuleFile& file,
                                 JsonProblems& problems) {
  for (const Verb verb : kVerbs)
    if (key == to_string(verb)) return decode_service(reader, verb, file);
  if (key == "run") return decode_run(reader, problems);
  if (key == "poll") return decode_poll(reader, problems);
  if (key == "burst") return decode_flag<BurstAction>(reader, key);
  if (key == "holdover") {
    HoldoverAction holdover;
    reader.get(key, holdover.duration, 1s, kLongestAction);
    return holdover;
  }
  if (key == "ban") return decode_ban(reader, problems);
  if (key == "step") return decode_flag<StepAction>(reader, key);
  if (key == "veto") return decode_flag<VetoAction>(reader, key);
  if (key == "hold_rules") {
    HoldRulesAction hold;
    reader.get(key, hold.at_most, 1s, kLongestAction);
    return hold;
  }
  if (key == "notify") return decode_notify(reader);
  if (key == "webhook") return decode_webhook(reader, problems);
  if (key == "node_condition") return decode_node_condition(reader, problems);
  if (key == "node_event") return decode_node_event(reader, problems);
  return decode_node_taint(reader, problems);
}

}  // namespace

std::optional<Action> decode_action(ObjectReader& reader, const RuleFile& file,
                                    JsonProblems& problems) {
  std::optional<Action> action;
  std::string_view first;
  for (const std::string_view key : kActionKeys) {
    if (!reader.has(key)) {
      (void)reader.member(key);  // a known key all the same
      continue;
    }
    if (!first.empty()) {
      reader.problem(key, "a second action beside '" + std::string(first) +
                              "'; put it into an object of its own");
      (void)reader.member(key);
      continue;
    }
    first = key;
    action = decode_one(key, reader, file, problems);
  }
  return action;
}

std::string no_action() { return "has no action; one of " + joined(kActionKeys) + " is needed"; }

}  // namespace slewd::rules
