// The content of rule files as values: what is watched (targets and their probes) and what is done
// about it (rules). Checked when read; immutable once handed to the engine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/timeline.hpp"
#include "rules/expression.hpp"
#include "rules/intent.hpp"
#include "rules/status.hpp"

namespace slewd::rules {

using namespace std::chrono_literals;

enum class ProbeType {
  tcp,         // the port accepts a connection
  banner,      // it greets with `expect`
  imap_login,  // it greets with `expect` and takes the login of `user`
};
[[nodiscard]] std::string_view to_string(ProbeType type);

struct ProbeSpec {
  std::string name;  // "dovecot.login": target and probe
  ProbeType type = ProbeType::tcp;
  std::string host = "127.0.0.1";  // numeric, IPv4 or IPv6: a probe never waits for a resolver
  std::uint16_t port = 0;
  Nanos timeout = 3s;
  Nanos every = 1s;           // from the start of one run to the start of the next
  std::string expect;         // what the greeting starts with; of banner and imap_login
  std::string user;           // of imap_login
  std::string password_file;  // absolute path, first line; a missing file leaves the probe unknown
};

struct Target {
  std::string name;
  std::string unit;  // systemd unit, "dovecot.service"; may be empty
  std::vector<std::pair<Verb, std::vector<std::string>>> commands;  // argv by verb, each verb once
  std::vector<ProbeSpec> probes;
  std::string file;  // where it was defined

  // The target's own command for the verb, or null: then its unit serves.
  [[nodiscard]] const std::vector<std::string>* command(Verb verb) const;
};

struct RuleLimits {
  Nanos cooldown = 5min;  // from the end of one action to the next decision
  int per_hour = 3;       // decisions within any hour of monotonic time
};

struct Rule {
  std::string name;
  std::string note;  // for people
  RuleMode mode = RuleMode::shadow;
  Expression when;
  Nanos hold{};  // "for": how long `when` must have been true without a break
  // Ends the episode once it has been true for `clear_for`. Without it: when `when` is not true.
  std::optional<Expression> clear;
  Nanos clear_for{};
  std::vector<Link> links;
  RuleLimits limits;
  std::string file;  // where it was defined
};

struct RuleFile {
  std::string name;  // "dovecot.json", for messages
  std::vector<Target> targets;
  std::vector<Rule> rules;

  // Null when there is none.
  [[nodiscard]] const Target* find_target(std::string_view target) const;
  [[nodiscard]] const Rule* find_rule(std::string_view rule) const;
  [[nodiscard]] const ProbeSpec* find_probe(std::string_view probe) const;  // "dovecot.login"
};

// The probes that a rule's conditions and verifications read, each once, in the file's order.
[[nodiscard]] std::vector<std::string> probes_of(const Rule& rule, const RuleFile& file);

// The probes that must run: those of every rule that is not off.
[[nodiscard]] std::vector<std::string> probes_in_use(const RuleFile& file);

}  // namespace slewd::rules
