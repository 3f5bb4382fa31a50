// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "base/limits.hpp"
#include "rules/files/decode.hpp"
#include "rules/lang/pattern.hpp"
#include "rules/unit_name.hpp"

namespace slewd::rules {
namespace {

void check_unit(ObjectReader& reader, const std::string& unit) {
  if (const auto why = why_no_unit(unit)) reader.problem("unit", *why);
}

void decode_probes(ObjectReader& reader, Target& target, JsonProblems& problems) {
  const JsonValue* value = reader.member("probes");
  if (value == nullptr) return;
  const std::string prefix = reader.path_of("probes") + ".";
  if (value->object() == nullptr)
    return reader.problem("probes", "an object was expected, not " + std::string(value->kind()));
  for (const auto& [name, probe] : *value->object()) {
    const std::string probe_path = prefix + name;
    if (!is_name(name)) problems.add(probe.line(), probe_path, bad_name(name));
    if (target.probes.size() == limits::kProbesPerTarget)
      return problems.add(
          probe.line(), probe_path,
          "more than " + std::to_string(limits::kProbesPerTarget) + " probes of one target");
    target.probes.push_back(decode_probe(probe, target, name, probe_path, problems));
  }
}

constexpr std::array<EnumName<Dimension>, 2> kCaptures{
    {{"seconds", Dimension::seconds}, {"number", Dimension::count}}};

void check_pattern(ObjectReader& reader, const LogTrigger& log) {
  if (!reader.has("match")) return;
  const Result<Pattern> pattern = Pattern::compile(log.expression);
  if (!pattern) return reader.problem("match", pattern.error().message());
  if (log.captures && !pattern->captures())
    reader.problem("captures", "\"match\" has no capture group; put parentheses around the number");
}

LogTrigger decode_log(const JsonValue& value, const std::string& name, const std::string& path,
                      const Target& target, JsonProblems& problems) {
  LogTrigger log;
  log.name = name;
  ObjectReader reader(value, path, problems);
  log.unit = target.unit;
  reader.get("unit", log.unit);
  reader.get("file", log.path);
  reader.get("match", log.expression);
  Dimension captures = Dimension::seconds;
  reader.get<Dimension>("captures", captures, kCaptures);
  if (reader.has("captures")) log.captures = captures;
  if (value.object() == nullptr) return log;
  if (reader.has("unit") && reader.has("file"))
    reader.problem(
        "file", "cannot be used with \"unit\": \"unit\" reads the journal, \"file\" a plain file");
  if (reader.has("file")) log.unit.clear();
  if (reader.has("file") && !log.path.starts_with('/'))
    reader.problem("file", "an absolute path is needed");
  if (!log.unit.empty()) check_unit(reader, log.unit);
  if (log.unit.empty() && log.path.empty())
    reader.problem("unit", R"(is missing: the journal's "unit", or "file")");
  if (!reader.has("match"))
    reader.problem("match", "is missing: a regular expression in RE2 syntax");
  check_pattern(reader, log);
  reader.finish();
  return log;
}

void decode_logs(ObjectReader& reader, Target& target, JsonProblems& problems) {
  const JsonValue* value = reader.member("logs");
  if (value == nullptr) return;
  if (value->object() == nullptr)
    return reader.problem("logs", "an object was expected, not " + std::string(value->kind()));
  for (const auto& [name, log] : *value->object()) {
    const std::string path = reader.path_of("logs") + "." + name;
    if (!is_name(name)) problems.add(log.line(), path, bad_name(name));
    if (target.logs.size() == limits::kLogsPerTarget)
      return problems.add(
          log.line(), path,
          "more than " + std::to_string(limits::kLogsPerTarget) + " log triggers of one target");
    target.logs.push_back(decode_log(log, target.name + "." + name, path, target, problems));
  }
}

void decode_commands(ObjectReader& reader, Target& target, JsonProblems& problems) {
  const JsonValue* value = reader.member("commands");
  if (value == nullptr) return;
  ObjectReader commands(*value, reader.path_of("commands"), problems);
  for (const Verb verb : kVerbs) {
    std::vector<std::string> argv;
    decode_argv(commands, to_string(verb), argv);
    if (commands.has(to_string(verb))) target.commands.emplace_back(verb, std::move(argv));
  }
  commands.finish();
}

}  // namespace

Target decode_target(const JsonValue& value, const std::string& name, const std::string& path,
                     JsonProblems& problems) {
  Target target;
  target.name = name;
  if (!is_name(name)) problems.add(value.line(), path, bad_name(name));
  ObjectReader reader(value, path, problems);
  reader.get("unit", target.unit);
  if (reader.has("unit")) check_unit(reader, target.unit);
  decode_commands(reader, target, problems);
  decode_probes(reader, target, problems);
  decode_logs(reader, target, problems);
  reader.finish();
  return target;
}

}  // namespace slewd::rules
