// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "base/limits.hpp"
#include "rules/files/decode.hpp"
#include "rules/files/references.hpp"

namespace slewd::rules {
namespace {

constexpr std::array<EnumName<OnFail>, 3> kOnFail{
    {{"next", OnFail::next}, {"stop", OnFail::stop}, {"rollback", OnFail::rollback}}};

void check_strength(ObjectReader& reader, const Verify& verify, const RuleFile& file) {
  const ProbeSpec* probe = file.find_probe(verify.probe);
  const std::string_view reason = probe == nullptr ? "" : weak_reason(probe->type);
  if (!reason.empty() && !verify.weak)
    reader.problem("probe", "'" + verify.probe + "' is weak evidence: " + std::string(reason) +
                                R"(; name a stronger probe, or write "weak": true to accept it)");
}

Verify decode_verify(const JsonValue& value, const std::string& path, const RuleFile& file,
                     JsonProblems& problems) {
  Verify verify;
  ObjectReader reader(value, path, problems);
  reader.get("probe", verify.probe);
  reader.get("successes", verify.successes, 1, 100);
  reader.get("every", verify.every, 50ms, 1min);
  reader.get("within", verify.within, 100ms, 30min);
  reader.get("weak", verify.weak);
  if (value.object() == nullptr) return verify;
  if (!reader.has("probe"))
    reader.problem("probe", "is missing: the probe that verifies the effect");
  else if (const auto missing = missing_probe(verify.probe, file); missing)
    reader.problem("probe", *missing);
  else
    check_strength(reader, verify, file);
  reader.finish();
  return verify;
}

std::optional<Action> decode_undo(ObjectReader& parent, const RuleFile& file,
                                  JsonProblems& problems) {
  const JsonValue* value = parent.member("undo");
  if (value == nullptr) return std::nullopt;
  ObjectReader reader(*value, parent.path_of("undo"), problems);
  std::optional<Action> undo = decode_action(reader, file, problems);
  if (value->object() == nullptr) return undo;
  if (!undo) parent.problem("undo", no_action());
  if (undo && !std::holds_alternative<ServiceAction>(*undo) &&
      !std::holds_alternative<RunAction>(*undo))
    parent.problem("undo",
                   "must be an action on a target or a program: others cannot be undone by the "
                   "fallback timer");
  reader.finish();
  return undo;
}

}  // namespace

Link decode_link(const JsonValue& value, const std::string& path, const RuleFile& file,
                 JsonProblems& problems) {
  Link link;
  ObjectReader reader(value, path, problems);
  std::optional<Action> action = decode_action(reader, file, problems);
  reader.get("timeout", link.timeout, 100ms, 30min);
  if (const JsonValue* verify = reader.member("verify"); verify != nullptr)
    link.verify = decode_verify(*verify, reader.path_of("verify"), file, problems);
  reader.get<OnFail>("on_fail", link.on_fail, kOnFail);
  link.undo = decode_undo(reader, file, problems);
  reader.get("fallback_timer", link.fallback_timer, 5s, 1h);
  if (value.object() == nullptr) return link;
  if (!action) problems.add(value.line(), path, no_action());
  if (action) link.action = std::move(*action);
  reader.finish();
  return link;
}

std::vector<Link> decode_links(ObjectReader& reader, std::string_view key, const RuleFile& file,
                               JsonProblems& problems) {
  std::vector<Link> links;
  reader.each(key, [&](const JsonValue& value, const std::string& path) {
    if (links.size() == limits::kActionsPerRule)
      return problems.add(
          value.line(), path,
          "more than " + std::to_string(limits::kActionsPerRule) + " actions in one list");
    links.push_back(decode_link(value, path, file, problems));
  });
  return links;
}

}  // namespace slewd::rules
