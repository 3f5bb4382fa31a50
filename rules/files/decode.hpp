// SPDX-License-Identifier: Apache-2.0
// The decoders of rule files, one for each kind of object. Each reports its problems with line and
// path and keeps what it could read, so that one mistake does not hide the next.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_reader.hpp"
#include "rules/files/webhook_template.hpp"
#include "rules/rule.hpp"

namespace slewd::rules {

// `name` is what messages call the file.
[[nodiscard]] RuleFile decode_rule_file(const JsonValue& document, const std::string& name,
                                        JsonProblems& problems);

inline constexpr std::array<EnumName<RuleMode>, 3> kRuleModeNames{
    {{"off", RuleMode::off}, {"shadow", RuleMode::shadow}, {"act", RuleMode::act}}};

// Reports a problem when the object has no member `key`; `what` says what belongs there.
void need(ObjectReader& reader, std::string_view key, std::string_view what);

// Names of rules, targets and probes are metric labels and names in conditions: a lower-case
// letter, then lower-case letters, digits and single '-'.
[[nodiscard]] bool is_name(std::string_view name);
// What is wrong with a name, for messages.
[[nodiscard]] std::string bad_name(std::string_view name);
// No control characters (a NUL ends an argument, a newline an IMAP command), bounded length.
[[nodiscard]] bool is_plain_text(std::string_view text);

// An argv: an absolute program and its arguments. Problems are reported under `key`.
void decode_argv(ObjectReader& reader, std::string_view key, std::vector<std::string>& argv);

[[nodiscard]] Target decode_target(const JsonValue& value, const std::string& name,
                                   const std::string& path, JsonProblems& problems);

// `target` has its unit already.
[[nodiscard]] ProbeSpec decode_probe(const JsonValue& value, const Target& target,
                                     const std::string& name, const std::string& path,
                                     JsonProblems& problems);

// `file` holds the targets of the file already.
[[nodiscard]] Rule decode_rule(const JsonValue& value, const std::string& path,
                               const RuleFile& file, JsonProblems& problems);

// The keys by which an object names its action.
inline constexpr std::array<std::string_view, 17> kActionKeys{
    "start",          "stop",       "restart",   "reload", "run",        "poll",   "burst",
    "holdover",       "ban",        "step",      "veto",   "hold_rules", "notify", "webhook",
    "node_condition", "node_event", "node_taint"};
// The one action that the object names; none when it names none (no_action() says so).
[[nodiscard]] std::optional<Action> decode_action(ObjectReader& reader, const RuleFile& file,
                                                  JsonProblems& problems);
[[nodiscard]] std::string no_action();

[[nodiscard]] Link decode_link(const JsonValue& value, const std::string& path,
                               const RuleFile& file, JsonProblems& problems);

// A list of links; an absent one is empty.
[[nodiscard]] std::vector<Link> decode_links(ObjectReader& reader, std::string_view key,
                                             const RuleFile& file, JsonProblems& problems);

[[nodiscard]] MaintenanceWindow decode_window(const JsonValue& value, const std::string& name,
                                              const std::string& path, JsonProblems& problems);
[[nodiscard]] FleetLock decode_lock(const JsonValue& value, const std::string& name,
                                    const std::string& path, JsonProblems& problems);
// An object of modes by the names of rules.
[[nodiscard]] std::vector<ModeChoice> decode_rule_modes(const JsonValue& value,
                                                        ObjectReader& reader,
                                                        const std::string& file);
[[nodiscard]] GlobalLimits decode_global(const JsonValue& value, JsonProblems& problems);

}  // namespace slewd::rules
