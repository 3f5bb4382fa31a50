#include <array>

#include "base/limits.hpp"
#include "rules/decode.hpp"
#include "rules/references.hpp"

namespace slewd::rules {
namespace {

constexpr std::array<EnumName<OnFail>, 2> kOnFail{{{"next", OnFail::next}, {"stop", OnFail::stop}}};
constexpr std::array<std::string_view, 8> kActionKeys{"start", "stop", "restart", "reload",
                                                      "run",   "poll", "burst",   "notify"};

PollAction decode_poll(const JsonValue& value, const std::string& path, JsonProblems& problems) {
  PollAction poll{64s, 1024s};
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

Verify decode_verify(const JsonValue& value, const std::string& path, const RuleFile& file,
                     JsonProblems& problems) {
  Verify verify;
  ObjectReader reader(value, path, problems);
  reader.get("probe", verify.probe);
  reader.get("successes", verify.successes, 1, 100);
  reader.get("every", verify.every, 50ms, 1min);
  reader.get("within", verify.within, 100ms, 30min);
  if (value.object() == nullptr) return verify;
  if (!reader.has("probe"))
    reader.problem("probe", "is missing: the probe that proves the effect");
  else if (const auto missing = missing_probe(verify.probe, file); missing)
    reader.problem("probe", *missing);
  reader.finish();
  return verify;
}

void decode_service(ObjectReader& reader, const RuleFile& file, Link& link) {
  for (const Verb verb : kVerbs) {
    ServiceAction service{verb, ""};
    reader.get(to_string(verb), service.target);
    if (!reader.has(to_string(verb))) continue;
    if (const auto missing = missing_service(service, file); missing)
      reader.problem(to_string(verb), *missing);
    link.action = std::move(service);
  }
}

void decode_others(ObjectReader& reader, JsonProblems& problems, Link& link) {
  RunAction run;
  decode_argv(reader, "run", run.argv);
  if (reader.has("run")) link.action = std::move(run);
  if (const JsonValue* poll = reader.member("poll"); poll != nullptr)
    link.action = decode_poll(*poll, reader.path_of("poll"), problems);
  bool burst = true;
  reader.get("burst", burst);
  if (!burst) reader.problem("burst", "is true or left out");
  if (reader.has("burst")) link.action = BurstAction{};
  NotifyAction notify;
  reader.get("notify", notify.text);
  if (!reader.has("notify")) return;
  if (notify.text.empty() || !is_plain_text(notify.text))
    reader.problem("notify", "one line of text is needed, at most " +
                                 std::to_string(limits::kRuleTextBytes) + " bytes");
  link.action = std::move(notify);
}

void check_one_action(ObjectReader& reader, const JsonValue& value, const std::string& path,
                      JsonProblems& problems) {
  std::string_view first;
  std::string list;
  for (const std::string_view key : kActionKeys) {
    list += (list.empty() ? "" : ", ") + std::string(key);
    if (!reader.has(key)) continue;
    if (!first.empty())
      return reader.problem(key, "a second action beside '" + std::string(first) +
                                     "'; put it into an object of its own");
    first = key;
  }
  if (first.empty())
    problems.add(value.line(), path, "names no action; one of " + list + " is needed");
}

}  // namespace

Link decode_link(const JsonValue& value, const std::string& path, const RuleFile& file,
                 JsonProblems& problems) {
  Link link;
  ObjectReader reader(value, path, problems);
  decode_service(reader, file, link);
  decode_others(reader, problems, link);
  reader.get("timeout", link.timeout, 100ms, 30min);
  if (const JsonValue* verify = reader.member("verify"); verify != nullptr)
    link.verify = decode_verify(*verify, reader.path_of("verify"), file, problems);
  reader.get<OnFail>("on_fail", link.on_fail, kOnFail);
  if (value.object() == nullptr) return link;
  check_one_action(reader, value, path, problems);
  reader.finish();
  return link;
}

}  // namespace slewd::rules
