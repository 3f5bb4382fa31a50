// SPDX-License-Identifier: Apache-2.0
// slewctl rules: what rules say now, and what can be asked of rule files without a daemon.
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
  if (!body) return complain(body.error());
  return print(rule_explanation(*body, arguments.rule, arguments.json));
}

// Of rule files: what is in force where slewd runs, unless told otherwise.
void add_config(CLI::App& subcommand, Arguments& arguments) {
  subcommand.add_option("--config", arguments.config,
                        std::string("whose rules; default: ") + kPackagedConfig +
                            " where that is, else what is shipped");
}

int switch_to(rules::RuleMode mode, const Arguments& arguments) {
  return print_offline(
      switch_rule({arguments.rule, mode, arguments.reason, config_path(arguments.config)}));
}

void add_switches(CLI::App& rules, Arguments& arguments, Chosen& chosen) {
  CLI::App& enable = add(
      rules, "enable", "let a rule show what it would do, or act, and say what it lacks", chosen,
      [&] {
        return switch_to(arguments.act ? rules::RuleMode::act : rules::RuleMode::shadow, arguments);
      });
  enable.add_flag("--act", arguments.act, "it acts; without this it only shows");
  CLI::App& disable = add(rules, "disable", "switch a rule off", chosen,
                          [&] { return switch_to(rules::RuleMode::off, arguments); });
  for (CLI::App* each : {&enable, &disable}) {
    each->add_option("name", arguments.rule, "of the rule")->required();
    each->add_option("--reason", arguments.reason, "goes into the file that this writes")
        ->required();
    add_config(*each, arguments);
  }
}

void add_for_authors(CLI::App& rules, Arguments& arguments, Chosen& chosen) {
  add(rules, "test", "run files of rule tests; needs no daemon; 1 = an expectation is not met",
      chosen, [&] { return print_check(test_rules(arguments.rule_tests)); })
      .add_option("files", arguments.rule_tests, "schema slewd.rules-test/1")
      ->required();
  add(rules, "facts", "what conditions can read, and their functions; needs no daemon", chosen,
      [] { return print(list_facts()); });
  add(rules, "schema", "the JSON Schema of rule files, for editors; needs no daemon", chosen,
      [] { return print(rules::rule_schema()); });
}

}  // namespace

void add_rules(CLI::App& program, Arguments& arguments, Chosen& chosen) {
  CLI::App& rules = *program.add_subcommand("rules", "every rule, its state and why");
  const auto list = [&] {
    return show(arguments, "rules", [&](std::string_view json) {
      constexpr std::size_t kUsualColumns = 80;
      return rules_table(json, terminal_width(kUsualColumns), arguments.all);
    });
  };
  const char* const all = "also rules about services that are not installed, and the probes";
  rules.add_flag("--all", arguments.all, all);
  // A parent's callback runs after its child's: the child's choice must stand.
  rules.callback([&rules, &chosen, list] {
    if (rules.get_subcommands().empty()) chosen = list;
  });
  add(rules, "list", "every rule, its state and why", chosen, list)
      .add_flag("--all", arguments.all, all);
  add_switches(rules, arguments, chosen);
  add(rules, "explain", "one rule in full", chosen, [&] { return explain(arguments); })
      .add_option("name", arguments.rule, "of the rule")
      ->required();
  CLI::App& shown =
      add(rules, "show", "one rule as configured, with what it rests on; needs no daemon", chosen,
          [&] { return print_offline(show_rule(arguments.rule, config_path(arguments.config))); });
  shown.add_option("name", arguments.rule, "of the rule")->required();
  add_config(shown, arguments);
  CLI::App& replay = add(
      rules, "replay",
      "come to recorded decisions again; needs no daemon; 1 = one came out differently", chosen,
      [&] {
        return print_check(replay_decisions(arguments.decisions, config_path(arguments.config)));
      });
  replay.add_option("ledger", arguments.decisions, "for instance /var/lib/slewd/decisions.jsonl")
      ->required();
  add_config(replay, arguments);
  add_for_authors(rules, arguments, chosen);
}

}  // namespace slewd::app
