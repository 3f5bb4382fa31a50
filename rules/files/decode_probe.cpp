// SPDX-License-Identifier: Apache-2.0
// Every type of probe and the keys that it has.
#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include "base/limits.hpp"
#include "base/url.hpp"
#include "rules/files/decode.hpp"

namespace slewd::rules {
namespace {

using Keys = std::array<std::string_view, 8>;
struct ProbeKeys {
  ProbeType type;
  Keys keys;  // beside type, timeout and every
};
constexpr std::array<ProbeKeys, kProbeTypes.size()> kKeys{{
    {ProbeType::tcp, {"host", "port"}},
    {ProbeType::banner, {"host", "port", "expect"}},
    {ProbeType::imap_login, {"host", "port", "expect", "user", "password_file", "tls"}},
    {ProbeType::http, {"url", "status", "expect"}},
    {ProbeType::exec, {"argv", "column"}},
    {ProbeType::unit, {}},
    {ProbeType::metric, {"condition"}},
}};
constexpr std::array<std::string_view, 11> kAllKeys{"host",          "port",   "expect",   "user",
                                                    "password_file", "tls",    "url",      "status",
                                                    "argv",          "column", "condition"};

constexpr std::array<EnumName<ProbeTls>, 3> kTls{
    {{"none", ProbeTls::none}, {"starttls", ProbeTls::starttls}, {"implicit", ProbeTls::implicit}}};

bool is_numeric_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

bool has_key(ProbeType type, std::string_view key) {
  const auto* const row = std::ranges::find(kKeys, type, &ProbeKeys::type);
  return std::ranges::find(row->keys, key) != row->keys.end();
}

void check_text(ObjectReader& reader, std::string_view key, const std::string& text) {
  if (!is_plain_text(text))
    reader.problem(key, "control characters, or more than " +
                            std::to_string(limits::kRuleTextBytes) + " bytes");
}

void need_key(ObjectReader& reader, std::string_view key, const std::string& what) {
  if (!reader.has(key)) reader.problem(key, "is missing" + (what.empty() ? "" : ": " + what));
}

void decode_address(ObjectReader& reader, ProbeSpec& probe) {
  int port = 0;
  reader.get("host", probe.host);
  reader.get("port", port, 1, 65535);
  probe.port = static_cast<std::uint16_t>(port);
  need_key(reader, "port", "");
  if (!is_numeric_address(probe.host))
    reader.problem("host", "'" + probe.host +
                               "' is not a numeric address (probes do not resolve names); write "
                               "for instance \"127.0.0.1\"");
}

void decode_login(ObjectReader& reader, ProbeSpec& probe) {
  reader.get("user", probe.user);
  reader.get("password_file", probe.password_file);
  reader.get<ProbeTls>("tls", probe.tls, kTls);
  check_text(reader, "user", probe.user);
  check_text(reader, "password_file", probe.password_file);
  if (probe.expect.empty()) probe.expect = "* OK";
  if (probe.user.empty()) reader.problem("user", "is missing: the account that logs in");
  if (!probe.password_file.starts_with('/'))
    reader.problem("password_file",
                   "an absolute path is needed; the password is the first line of the file");
}

void decode_url(ObjectReader& reader, ProbeSpec& probe) {
  reader.get("url", probe.url);
  reader.get("status", probe.status, 200, 599);  // 1xx answers are never final
  check_text(reader, "url", probe.url);
  need_key(reader, "url", R"(for instance "http://127.0.0.1:8080/health")");
  if (probe.url.empty()) return;
  const Result<Url> url = parse_url(probe.url);
  if (!url)
    reader.problem("url", url.error().message());
  else if (url->tls)
    reader.problem("url", "'" + probe.url + "' does not begin with http://");
  else if (!is_numeric_address(url->host))
    reader.problem("url", "its host '" + url->host +
                              "' is not a numeric address (probes do not resolve names)");
}

void decode_exec(ObjectReader& reader, ProbeSpec& probe, JsonProblems& problems) {
  decode_argv(reader, "argv", probe.argv);
  need_key(reader, "argv", "the program and its arguments");
  const JsonValue* value = reader.member("column");
  if (value == nullptr) return;
  ColumnMatch column;
  ObjectReader inner(*value, reader.path_of("column"), problems);
  inner.get("name", column.name);
  inner.get("equals", column.equals);
  need_key(inner, "name", "as in the first line that the program prints");
  need_key(inner, "equals", "what each row must have there");
  inner.finish();
  probe.column = std::move(column);
}

void decode_metric_condition(ObjectReader& reader, ProbeSpec& probe) {
  std::string text;
  reader.get("condition", text);
  need_key(reader, "condition", R"(for instance "abs(offset) < 10ms")");
  const JsonValue* value = reader.member("condition");
  if (value == nullptr || value->string() == nullptr) return;
  // Over the clock's facts only: a probe that reads probes would wait for itself.
  Result<Expression> condition = Expression::compile(text, Vocabulary{});
  if (condition)
    probe.condition = std::move(*condition);
  else
    reader.problem("condition", condition.error().message());
}

void decode_body(ObjectReader& reader, const Target& target, ProbeSpec& probe,
                 JsonProblems& problems) {
  if (has_key(probe.type, "port")) decode_address(reader, probe);
  if (has_key(probe.type, "expect")) {
    reader.get("expect", probe.expect);
    check_text(reader, "expect", probe.expect);
  }
  switch (probe.type) {
    case ProbeType::tcp:
      return;
    case ProbeType::banner:
      if (probe.expect.empty())
        reader.problem("expect", "is missing: the start of the greeting, for instance \"220 \"");
      return;
    case ProbeType::imap_login:
      return decode_login(reader, probe);
    case ProbeType::http:
      return decode_url(reader, probe);
    case ProbeType::exec:
      return decode_exec(reader, probe, problems);
    case ProbeType::unit:
      probe.unit = target.unit;
      if (target.unit.empty()) reader.problem("type", "the target has no \"unit\" to check");
      return;
    case ProbeType::metric:
      return decode_metric_condition(reader, probe);
  }
}

std::string known_types() {
  std::string list;
  for (const ProbeType type : kProbeTypes)
    list += (list.empty()                 ? ""
             : type == kProbeTypes.back() ? " or "
                                          : ", ") +
            std::string(to_string(type));
  return list;
}

ProbeType decode_type(ObjectReader& reader) {
  std::array<EnumName<ProbeType>, kProbeTypes.size()> names{};
  for (std::size_t i = 0; i < names.size(); ++i)
    names[i] = {to_string(kProbeTypes[i]), kProbeTypes[i]};
  ProbeType type = ProbeType::tcp;
  reader.get<ProbeType>("type", type, names);
  return type;
}

}  // namespace

ProbeSpec decode_probe(const JsonValue& value, const Target& target, const std::string& name,
                       const std::string& path, JsonProblems& problems) {
  ProbeSpec probe;
  probe.name = target.name + "." + name;
  ObjectReader reader(value, path, problems);
  probe.type = decode_type(reader);
  reader.get("timeout", probe.timeout, 10ms, 5min);
  reader.get("every", probe.every, 100ms, 24h);
  if (value.object() == nullptr) return probe;
  need_key(reader, "type", known_types());
  decode_body(reader, target, probe, problems);
  // A key of another type of probe: better than "unknown key".
  for (const std::string_view key : kAllKeys) {
    if (has_key(probe.type, key) || reader.member(key) == nullptr) continue;
    reader.problem(key, "not allowed for a probe of type " + std::string(to_string(probe.type)));
  }
  reader.finish();
  return probe;
}

}  // namespace slewd::rules
