#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include "base/limits.hpp"
#include "rules/decode.hpp"

namespace slewd::rules {
namespace {

constexpr std::array<EnumName<ProbeType>, 3> kProbeTypes{{{"tcp", ProbeType::tcp},
                                                          {"banner", ProbeType::banner},
                                                          {"imap_login", ProbeType::imap_login}}};

bool is_numeric_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

bool is_unit_name(std::string_view unit) {
  constexpr std::size_t kLongestUnit = 255;  // systemd.unit(5)
  constexpr std::string_view kMarks = ":-_.\\@";
  const std::size_t dot = unit.rfind('.');
  if (unit.size() > kLongestUnit || dot == std::string_view::npos || dot == 0 ||
      dot + 1 == unit.size())
    return false;
  return std::ranges::all_of(unit, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

// A key that another type of probe has: worth more than "unknown key".
void refuse_for_type(ObjectReader& reader, std::string_view key, ProbeType type) {
  if (reader.has(key))
    reader.problem(key, "a probe of type " + std::string(to_string(type)) + " has none");
}

void check_text(ObjectReader& reader, std::string_view key, const std::string& text) {
  if (!is_plain_text(text))
    reader.problem(key, "control characters, or more than " +
                            std::to_string(limits::kRuleTextBytes) + " bytes");
}

void check_probe(ObjectReader& reader, ProbeSpec& probe) {
  if (!is_numeric_address(probe.host))
    reader.problem("host", "'" + probe.host +
                               "' is not a numeric address; a probe waits for no resolver, write "
                               "for instance \"127.0.0.1\"");
  if (!reader.has("port")) reader.problem("port", "is missing");
  check_text(reader, "expect", probe.expect);
  check_text(reader, "user", probe.user);
  check_text(reader, "password_file", probe.password_file);
  if (probe.type == ProbeType::tcp) refuse_for_type(reader, "expect", probe.type);
  if (probe.type == ProbeType::banner && probe.expect.empty())
    reader.problem("expect", "is missing: what the greeting starts with, for instance \"220 \"");
  if (probe.type != ProbeType::imap_login) {
    refuse_for_type(reader, "user", probe.type);
    refuse_for_type(reader, "password_file", probe.type);
    return;
  }
  if (probe.expect.empty()) probe.expect = "* OK";
  if (probe.user.empty()) reader.problem("user", "is missing: the account that logs in");
  if (!probe.password_file.starts_with('/'))
    reader.problem("password_file", "an absolute path is needed; the password is its first line");
}

ProbeSpec decode_probe(const JsonValue& value, const std::string& name, const std::string& path,
                       JsonProblems& problems) {
  ProbeSpec probe;
  probe.name = name;
  ObjectReader reader(value, path, problems);
  reader.get<ProbeType>("type", probe.type, kProbeTypes);
  reader.get("host", probe.host);
  int port = 0;
  reader.get("port", port, 1, 65535);
  probe.port = static_cast<std::uint16_t>(port);
  reader.get("timeout", probe.timeout, 10ms, 5min);
  reader.get("every", probe.every, 100ms, 24h);
  reader.get("expect", probe.expect);
  reader.get("user", probe.user);
  reader.get("password_file", probe.password_file);
  if (value.object() == nullptr) return probe;
  if (!reader.has("type")) reader.problem("type", "is missing: tcp, banner or imap_login");
  check_probe(reader, probe);
  reader.finish();
  return probe;
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
    target.probes.push_back(decode_probe(probe, target.name + "." + name, probe_path, problems));
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
  if (reader.has("unit") && !is_unit_name(target.unit))
    reader.problem("unit", "'" + target.unit +
                               "' is no unit name; write it in full, for instance "
                               "\"dovecot.service\"");
  decode_commands(reader, target, problems);
  decode_probes(reader, target, problems);
  reader.finish();
  return target;
}

}  // namespace slewd::rules
