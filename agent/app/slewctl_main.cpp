// slewctl: asks the running daemon over its unix socket; plans and simulates without one.
#include <cerrno>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent/app/build_info.hpp"
#include "agent/app/check_config.hpp"
#include "agent/app/command_line.hpp"
#include "agent/app/config.hpp"
#include "agent/app/ctl/ctl_client.hpp"
#include "agent/app/ctl/ctl_jumps.hpp"
#include "agent/app/ctl/ctl_step.hpp"
#include "agent/app/ctl/ctl_tables.hpp"
#include "agent/app/ctl/ctl_w32time.hpp"
#include "agent/app/ctl/offline_commands.hpp"
#include "agent/app/ctl/rule_commands.hpp"
#include "agent/app/ctl/since.hpp"
#include "agent/app/jumps/jump_ledger.hpp"
#include "agent/linux/system_clock.hpp"
#include "rules/rule_schema.hpp"

namespace {

using namespace slewd;

// Stable: scripts rely on them.
constexpr int kDone = 0;
constexpr int kRefused = 1;      // the daemon said no, there is no such thing, or a check failed
constexpr int kUsage = 2;        // wrong command line, scenario or configuration
constexpr int kUnreachable = 3;  // no daemon answers

struct Arguments {
  std::string socket = app::Config{}.control_socket;
  bool json = false;
  std::string rule;
  std::vector<std::string> rule_tests;
  std::string decisions;
  std::string reason;
  std::string duration;
  app::JumpsArguments jumps;
  app::StepArguments step;
  bool to_true = false;
  bool follow = false;
  app::PlanArguments plan;
  app::SimulateArguments simulate;
  std::string w32time;
  std::string config;
};

int complain(const Error& error) {
  (void)std::fprintf(stderr, "slewctl: %s\n", error.describe().c_str());
  const bool nobody = error.code() == ErrorCode::unavailable ||
                      error.message().find("no such socket") != std::string::npos;
  return nobody ? kUnreachable : kRefused;
}

int print(const Result<std::string>& text) {
  if (!text) return complain(text.error());
  const bool ended = text->empty() || text->back() == '\n';
  const bool written = std::fputs(text->c_str(), stdout) >= 0 &&
                       (ended || std::fputc('\n', stdout) != EOF) && std::fflush(stdout) == 0;
  return written ? kDone : complain(system_error("standard output", errno));
}

using Printer = std::function<Result<std::string>(std::string_view)>;

int show(const Arguments& arguments, const char* what, const Printer& printer) {
  const auto body = app::CtlClient(arguments.socket).get(what);
  if (!body) return complain(body.error());
  return print(arguments.json ? body : printer(*body));
}

int command(const Arguments& arguments, const char* name) {
  nlohmann::json body = nlohmann::json::object();
  if (!arguments.reason.empty()) body["reason"] = arguments.reason;
  if (!arguments.duration.empty()) body["for"] = arguments.duration;
  const auto done = app::CtlClient(arguments.socket).command(name, body.dump());
  if (!done) return complain(done.error());
  std::printf("%s: done\n", name);
  const auto answer = nlohmann::json::parse(*done, nullptr, false);
  if (!answer.is_object() || !answer.contains("refused")) return kDone;
  const auto& refused = answer.at("refused");
  for (const auto& each : refused)
    (void)std::fprintf(stderr, "refused: %s\n", each.get<std::string>().c_str());
  return refused.empty() ? kDone : kRefused;
}

// A command that needs no daemon: what is wrong with its input is wrong usage.
int print_offline(const Result<std::string>& text) {
  if (text) return print(text);
  // Without a name in front: the lines of a faulty file begin with its path and line.
  (void)std::fprintf(stderr, "%s\n", text.error().describe().c_str());
  const ErrorCode code = text.error().code();
  const bool input =
      code == ErrorCode::invalid || code == ErrorCode::not_found || code == ErrorCode::limit;
  return input ? kUsage : kRefused;
}

// `check` = a ConfigCheck, a W32timeCheck, a DoctorAnswer or a RuleTestAnswer.
template <class Check>
int print_check(const Result<Check>& check) {
  if (!check) return print_offline(fail(check.error()));
  const int printed = print(check->text);
  return check->sound || printed != kDone ? printed : kRefused;
}

void add_check(CLI::App& program, Arguments& arguments, std::function<int()>& chosen) {
  CLI::App* check = program.add_subcommand(
      "check-config", "slewd's configuration and rule files, or a Windows Time service's settings");
  check->add_option("file", arguments.config,
                    std::string("slewd's; default: ") + app::kPackagedConfig +
                        " where it exists, else the built-in defaults");
  check
      ->add_option("--w32time", arguments.w32time,
                   "look for KB2638243 in a .reg or JSON file instead")
      ->excludes("file");
  check->callback([&] {
    chosen = [&] {
      if (!arguments.w32time.empty()) return print_check(app::check_w32time(arguments.w32time));
      return print_check(app::check_config(app::config_path(arguments.config)));
    };
  });
}

void add_doctor(CLI::App& program, Arguments& arguments, std::function<int()>& chosen) {
  CLI::App* doctor = program.add_subcommand(
      "doctor", "what this machine lets slewd see and do, and what to grant; needs no daemon");
  doctor->callback([&] { chosen = [&] { return print_check(app::run_doctor(arguments.json)); }; });
}

void add_rules(CLI::App& rules, Arguments& arguments, std::function<int()>& chosen) {
  CLI::App* explain = rules.add_subcommand("explain", "one rule in full");
  explain->add_option("name", arguments.rule, "of the rule")->required();
  CLI::App* test = rules.add_subcommand(
      "test", "run files of rule tests; needs no daemon; 1 = an expectation is not met");
  test->add_option("files", arguments.rule_tests, "schema slewd.rules-test/1")->required();
  rules.add_subcommand("list", "every rule, its state and why");
  CLI::App* shown = rules.add_subcommand(
      "show", "one rule as configured, with what it rests on; needs no daemon");
  shown->add_option("name", arguments.rule, "of the rule")->required();
  CLI::App* replay = rules.add_subcommand(
      "replay", "come to recorded decisions again; needs no daemon; 1 = one came out differently");
  replay->add_option("ledger", arguments.decisions, "for instance /var/lib/slewd/decisions.jsonl")
      ->required();
  for (CLI::App* with_rules : {shown, replay})
    with_rules->add_option("--config", arguments.config,
                           std::string("whose rules; default: ") + app::kPackagedConfig +
                               " where that is, else what is shipped");
  CLI::App* facts = rules.add_subcommand(
      "facts", "what conditions can read, and their functions; needs no daemon");
  CLI::App* schema =
      rules.add_subcommand("schema", "the JSON Schema of rule files, for editors; needs no daemon");
  // A parent's callback runs after its child's: the child's choice must stand.
  rules.callback([&arguments, &chosen, explain, test, facts, schema, shown, replay] {
    if (test->parsed())
      chosen = [&arguments] { return print_check(app::test_rules(arguments.rule_tests)); };
    else if (replay->parsed())
      chosen = [&arguments] {
        return print_check(
            app::replay_decisions(arguments.decisions, app::config_path(arguments.config)));
      };
    else if (shown->parsed())
      chosen = [&arguments] {
        return print_offline(app::show_rule(arguments.rule, app::config_path(arguments.config)));
      };
    else if (facts->parsed())
      chosen = [] { return print(app::list_facts()); };
    else if (schema->parsed())
      chosen = [] { return print(rules::rule_schema()); };
    else if (explain->parsed())
      chosen = [&arguments] {
        const auto body = app::CtlClient(arguments.socket).get("rules");
        if (!body) return complain(body.error());
        return print(app::rule_explanation(*body, arguments.rule, arguments.json));
      };
    else  // also of `list`, which is the table itself
      chosen = [&arguments] { return show(arguments, "rules", app::rules_table); };
  });
}

// 0 where nobody looks: a file or a pipe takes any width.
std::size_t terminal_width() {
  winsize size{};
  const bool known = ::isatty(STDOUT_FILENO) == 1 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return known ? size.ws_col : 0;
}

int run_jumps(Arguments& arguments) {
  constexpr int kLookEveryMilliseconds = 1000;
  const os::SystemClock clock;
  const app::CtlClient client(arguments.socket);
  const app::JumpsWorld world{[&](std::uint64_t since_id) {
                                return client.get("jumps?since_id=" + std::to_string(since_id));
                              },
                              clock, app::jump_ledger_path(app::Config{}.state_directory)};
  arguments.jumps.json = arguments.json;
  arguments.jumps.width = terminal_width();
  if (const auto since = app::parse_since(arguments.jumps.since);
      !since && !arguments.jumps.since.empty()) {
    (void)complain(since.error());
    return kUsage;
  }
  if (!arguments.follow) return print(app::show_jumps(arguments.jumps, world));
  const app::Follower follower{
      [](const std::string& line) -> Result<void> {
        if (std::fputs(line.c_str(), stdout) >= 0 && std::fflush(stdout) == 0) return {};
        return fail(system_error("standard output", errno));
      },
      [](const std::string& text) { (void)std::fprintf(stderr, "slewctl: %s\n", text.c_str()); },
      [] { return ::poll(nullptr, 0, kLookEveryMilliseconds) == 0; }};
  const auto ended = app::follow_jumps(arguments.jumps, world, follower);
  return ended ? kDone : complain(ended.error());
}

void add_jumps(CLI::App& program, Arguments& arguments, std::function<int()>& chosen) {
  CLI::App* jumps = program.add_subcommand(
      "jumps", "every discontinuity of the clock that was seen; from the ledger without a daemon");
  jumps->add_option("--since", arguments.jumps.since,
                    "as old as that at most (2h), or from that time in UTC on (2026-02-03T04:05Z)");
  CLI::Option* follow =
      jumps->add_flag("--follow", arguments.follow, "print new ones as they come");
  jumps
      ->add_option("--ledger", arguments.jumps.ledger,
                   "read this file and ask nobody; without a daemon " +
                       app::jump_ledger_path(app::Config{}.state_directory))
      ->excludes(follow);
  jumps->callback([&] { chosen = [&] { return run_jumps(arguments); }; });
}

int run_step(Arguments& arguments) {
  constexpr int kLookEveryMilliseconds = 500;
  const app::CtlClient client(arguments.socket);
  arguments.step.json = arguments.json;
  const auto end = app::run_step(
      arguments.step,
      {[&](const std::string& body) { return client.command("step", body); },
       [&] { return client.get("actions"); },
       [] { return ::poll(nullptr, 0, kLookEveryMilliseconds) == 0; },
       [](const std::string& text) { (void)std::fprintf(stderr, "slewctl: %s\n", text.c_str()); }});
  if (!end) return complain(end.error());
  const int printed = print(end->text);
  return end->good || printed != kDone ? printed : kRefused;
}

void add_step(CLI::App& program, Arguments& arguments, std::function<int()>& chosen) {
  CLI::App* step = program.add_subcommand(
      "step", "set the clock right at once, with every rule's hooks around it; shows the plan");
  step->add_flag("--to-true", arguments.to_true, "to what the sources call true time")->required();
  CLI::Option* yes = step->add_flag("--yes", arguments.step.yes, "do it, and wait for its end");
  CLI::Option* reason =
      step->add_option("--reason", arguments.step.reason, "kept with what is done");
  yes->needs(reason);
  step->callback([&] { chosen = [&] { return run_step(arguments); }; });
}

void add_plan(CLI::App& program, Arguments& arguments, std::function<int()>& chosen) {
  CLI::App* plan = program.add_subcommand(
      "plan", "the time line of a slew, and what a step would hurt; needs no daemon");
  plan->add_option("--offset", arguments.plan.offset,
                   "how far the clock is behind; negative = ahead: 11s, -11s")
      ->required();
  plan->add_option("--rate", arguments.plan.rate,
                   "slew at this rate instead of the configured one: 500ppm, 8.3%");
  plan->add_option("--config", arguments.plan.config,
                   "slewd's configuration file; without it slewd's defaults");
  plan->add_flag("--json", arguments.plan.json, "JSON instead of text");
  plan->callback([&] {
    chosen = [&] {
      arguments.plan.json = arguments.plan.json || arguments.json;
      return print_offline(app::run_plan(arguments.plan));
    };
  });
}

void add_simulate(CLI::App& program, Arguments& arguments, std::function<int()>& chosen) {
  app::SimulateArguments& wanted = arguments.simulate;
  CLI::App* simulate = program.add_subcommand(
      "simulate", "what slewd would do in a scenario, in its simulator; needs no daemon");
  simulate->add_option("scenario", wanted.scenario, "the name of a shipped one, or a file");
  simulate->add_flag("--list", wanted.list, "the shipped scenarios");
  simulate->add_option("--seed", wanted.seed, "the same seed, the same run")->capture_default_str();
  simulate->add_option("--seeds", wanted.seeds, "so many runs; the seed counts up")
      ->check(CLI::Range(1, 1000));
  simulate->add_option("--poll", wanted.poll, "range of polls: 6:10 (powers of 2 s), 64s:1024s");
  simulate->add_option("--config", wanted.config,
                       "slewd's configuration file; without it slewd's defaults");
  simulate->add_option("--svg", wanted.svg, "write the plot of the first run to this file");
  simulate->add_option("--json", wanted.json_file, "write results and series to this file");
  CLI::Option* windows = simulate->add_option(
      "--w32time", arguments.w32time,
      "a Windows Time service's .reg or JSON file instead: what it makes of 7 s");
  for (CLI::Option* option : simulate->get_options())
    if (option != windows && !option->check_name("--help")) windows->excludes(option);
  simulate->callback([&] {
    chosen = [&] {
      if (!arguments.w32time.empty()) return print_offline(app::show_w32time(arguments.w32time));
      arguments.simulate.json = arguments.json;
      return print_offline(app::run_simulate(arguments.simulate));
    };
  });
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  std::function<int()> chosen;
  CLI::App program(
      "Asks slewd what it knows, and tells it what to do; plans and simulates without it.",
      "slewctl");
  program.require_subcommand(1);
  program.fallthrough();  // --json and --socket may stand behind the command as well
  program.set_version_flag("--version", "slewctl " + app::build_info().version);
  program.add_option("--socket", arguments.socket, "the daemon's unix socket")
      ->capture_default_str();
  program.add_flag("--json", arguments.json, "the API's JSON instead of a table");

  const auto add_view = [&](const char* name, const char* help, const Printer& printer) {
    CLI::App* view = program.add_subcommand(name, help);
    view->callback([&arguments, &chosen, name, printer] {
      chosen = [&arguments, name, printer] { return show(arguments, name, printer); };
    });
    return view;
  };
  const auto add_command = [&](const char* name, const char* help) {
    CLI::App* verb = program.add_subcommand(name, help);
    verb->callback([&arguments, &chosen, name] {
      chosen = [&arguments, name] { return command(arguments, name); };
    });
    return verb;
  };

  add_view("status", "verdict, offset, bound, frequency, slew", app::status_table);
  add_view("sources", "every source with its state and the reason", app::sources_table);
  add_jumps(program, arguments, chosen);
  add_view("actions", "what rules have done", app::actions_table);
  add_rules(*add_view("rules", "every rule, its state and why", app::rules_table), arguments,
            chosen);
  CLI::App* pause = add_command("pause", "no rule acts until resume");
  pause->add_option("--reason", arguments.reason, "shown wherever rules are shown");
  pause->add_option("--for", arguments.duration, "and then they act again: 30m, 2h");
  add_command("resume", "rules act again");
  add_step(program, arguments, chosen);
  add_command("burst", "ask every source several times now");
  add_command("reload", "read the configuration again");
  add_check(program, arguments, chosen);
  add_doctor(program, arguments, chosen);
  add_plan(program, arguments, chosen);
  add_simulate(program, arguments, chosen);
  program.add_subcommand("metrics", "the page that Prometheus scrapes")->callback([&] {
    chosen = [&arguments] { return print(app::CtlClient(arguments.socket).metrics()); };
  });
  program.add_subcommand("version", "print the version")->callback([&] {
    chosen = [] { return print("slewctl " + app::build_info().version); };
  });

  if (const auto unknown = app::unknown_command(program.get_subcommands({}), argc, argv)) {
    (void)complain(*unknown);
    return kUsage;
  }
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? kDone : kUsage;
  }
  return chosen();
}
