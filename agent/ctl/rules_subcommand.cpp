// SPDX-License-Identifier: Apache-2.0
// slewctl rules: the state of the rules, and commands for rule files that need no daemon.
#include <string>

#include <CLI/CLI.hpp>

#include "agent/config/config.hpp"
#include "agent/ctl/answers.hpp"
#include "agent/ctl/ctl_client.hpp"
#include "agent/ctl/ctl_tables.hpp"
#include "agent/ctl/rule_commands.hpp"
#include "agent/ctl/rule_switch.hpp"
#include "agent/ctl/subcommands.hpp"
#include "rules/files/rule_schema.hpp"

namespace slewd::app {
namespace {

CLI::App& add(CLI::App& rules, const char* name, const char* help, Chosen& chosen, Chosen work) {
  CLI::App* subcommand = rules.add_subcommand(name, help);
  subcommand->callback([&chosen, work = std::move(work)] { chosen = work; });
  return *subcommand;
}

int explain(const Arguments& arguments) {
  const auto body = CtlClient(arguments.socket).get("rules");
  if (!body) return report_error(body.error());
  return print(rule_explanation(*body, arguments.rule, arguments.json));
}

// The configuration of the running daemon by default.
void add_config(CLI::App& subcommand, Arguments& arguments) {
  subcommand.add_option("--config", arguments.config,
                        std::string("configuration to read rules from; default: ") +
                            kPackagedConfig + " where it exists, else the shipped rules");
}

int switch_to(rules::RuleMode mode, const Arguments& arguments) {
  return print_offline(
      switch_rule({arguments.rule, mode, arguments.reason, config_path(arguments.config)}));
}

void add_switches(CLI::App& rules, Arguments& arguments, Chosen& chosen) {
  CLI::App& enable =
      add(rules, "enable", "set a rule to mode shadow or act, and list what it needs", chosen, [&] {
        return switch_to(arguments.act ? rules::RuleMode::act : rules::RuleMode::shadow, arguments);
      });
  enable.add_flag("--act", arguments.act, "set mode act instead of shadow");
  CLI::App& disable = add(rules, "disable", "set a rule to mode off", chosen,
                          [&] { return switch_to(rules::RuleMode::off, arguments); });
  for (CLI::App* each : {&enable, &disable}) {
    each->add_option("name", arguments.rule, "name of the rule")->required();
    each->add_option("--reason", arguments.reason, "reason recorded in the file that is written")
        ->required();
    add_config(*each, arguments);
  }
}

void add_for_authors(CLI::App& rules, Arguments& arguments, Chosen& chosen) {
  add(rules, "test", "run rule tests (exit 1 if an expectation fails); needs no daemon", chosen,
      [&] { return print_check(test_rules(arguments.rule_tests)); })
      .add_option("files", arguments.rule_tests, "rule test files (schema slewd.rules-test/1)")
      ->required();
  add(rules, "facts", "list the facts and functions of conditions; needs no daemon", chosen,
      [] { return print(list_facts()); });
  add(rules, "schema", "print the JSON Schema of rule files; needs no daemon", chosen,
      [] { return print(rules::rule_schema()); });
}

}  // namespace

void add_rules(CLI::App& program, Arguments& arguments, Chosen& chosen) {
  CLI::App& rules = *program.add_subcommand("rules", "list rules with their state and the reason");
  const auto list = [&] {
    return show(arguments, "rules", [&](std::string_view json) {
      return rules_table(json, terminal_width(), arguments.all);
    });
  };
  const char* const all = "include probes, and rules for services that are not installed";
  rules.add_flag("--all", arguments.all, all);
  // A parent's callback runs after its child's: the child's choice must stand.
  rules.callback([&rules, &chosen, list] {
    if (rules.get_subcommands().empty()) chosen = list;
  });
  add(rules, "list", "list rules with their state and the reason", chosen, list)
      .add_flag("--all", arguments.all, all);
  add_switches(rules, arguments, chosen);
  add(rules, "explain", "show the state of one rule in detail", chosen,
      [&] { return explain(arguments); })
      .add_option("name", arguments.rule, "name of the rule")
      ->required();
  CLI::App& shown = add(
      rules, "show",
      "show a rule as configured, with its targets, probes and windows; needs no daemon", chosen,
      [&] { return print_offline(show_rule(arguments.rule, config_path(arguments.config))); });
  shown.add_option("name", arguments.rule, "name of the rule")->required();
  add_config(shown, arguments);
  CLI::App& replay = add(
      rules, "replay", "re-evaluate recorded decisions (exit 1 if any differs); needs no daemon",
      chosen, [&] {
        return print_check(replay_decisions(arguments.decisions, config_path(arguments.config)));
      });
  replay
      .add_option("ledger", arguments.decisions,
                  "decision ledger, e.g. /var/lib/slewd/decisions.jsonl")
      ->required();
  add_config(replay, arguments);
  add_for_authors(rules, arguments, chosen);
}

}  // namespace slewd::app
