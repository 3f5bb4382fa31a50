// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/rule_switch.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/config/config.hpp"
#include "base/atomic_file.hpp"
#include "base/limits.hpp"
#include "base/one_line.hpp"
#include "base/text.hpp"
#include "rules/engine/presence.hpp"

namespace slewd::app {
namespace {

constexpr std::size_t kReasonBytes = 200;

bool file_exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// A unit file, or the template of an instance.
bool is_installed(const std::string& unit, const UnitFolders& folders) {
  std::vector<std::string> names{unit};
  if (const std::size_t at = unit.find('@'); at != std::string::npos)
    names.push_back(unit.substr(0, at + 1) + unit.substr(unit.rfind('.')));
  for (const std::string& root : {folders.etc + "/systemd/system", folders.run + "/systemd/system",
                                  folders.share + "/../lib/systemd/system"})
    for (const std::string& name : names)
      if (file_exists(root + "/" + name)) return true;
  return false;
}

bool needs_kubernetes(const rules::Action& action) {
  return std::holds_alternative<rules::NodeConditionAction>(action) ||
         std::holds_alternative<rules::NodeEventAction>(action) ||
         std::holds_alternative<rules::NodeTaintAction>(action);
}

// The script without comments and blanks, with double quotes around each text.
std::string plain_script(std::string_view script) {
  std::string plain;
  for (std::size_t i = 0; i < script.size(); ++i) {
    const std::string_view rest = script.substr(i);
    if (rest.starts_with("//") || rest.starts_with("/*")) {
      const std::string_view ending = rest[1] == '*' ? "*/" : "\n";
      const std::size_t end = rest.find(ending, 2);
      if (end == std::string_view::npos) return plain;
      i += end + ending.size() - 1;
    } else if (rest[0] == '"' || rest[0] == '\'') {
      const std::size_t end = rest.find(rest[0], 1);
      if (end == std::string_view::npos) return plain;
      plain += '"' + std::string(rest.substr(1, end - 1)) + '"';
      i += end;
    } else if (rest[0] > ' ') {
      plain += rest[0];
    }
  }
  return plain;
}

// Whether polkit's table grants this: a row `"UNIT": ["VERB", ...]` in any layout. None = it cannot
// be read. A script without such rows may grant more than this function can see.
std::optional<bool> is_granted(const std::string& table, const std::string& unit,
                               std::string_view verb) {
  const auto text = read_file(table, limits::kConfigBytes);
  if (!text) return std::nullopt;
  const std::string script = plain_script(*text);
  const std::string row = '"' + unit + "\":[";
  for (std::size_t at = script.find(row); at != std::string::npos; at = script.find(row, at + 1)) {
    const std::size_t begin = at + row.size();
    const std::string_view verbs =
        std::string_view(script).substr(begin, script.find(']', begin) - begin);
    if (verbs.find('"' + std::string(verb) + '"') != std::string_view::npos) return true;
  }
  return false;
}

class MissingParts {
 public:
  // `user`: the user as which slewd runs.
  MissingParts(const rules::Rule& rule, const rules::RuleFile& file, const UnitFolders& folders,
               std::string user)
      : rule_(rule), file_(file), folders_(folders), user_(std::move(user)) {}

  std::vector<std::string> run() {
    check_units();
    for (const std::string& name : rules::probes_of(rule_, file_))
      check_password(*file_.find_probe(name));
    for (const auto* const chain : {&rule_.links, &rule_.on_clear, &rule_.after_step})
      for (const rules::Link& link : *chain) check_action(link.action);
    check_polkit();
    return std::move(missing_);
  }

 private:
  void add(std::string part) {
    if (std::ranges::find(missing_, part) == missing_.end()) missing_.push_back(std::move(part));
  }

  void check_units() {
    const std::vector<std::string> services = rules::services_of(rule_, file_);
    std::string units;
    for (const std::string& service : services) {
      const std::string& unit = file_.find_target(service)->unit;
      if (is_installed(unit, folders_)) return;
      append_item(units, unit);
    }
    if (!services.empty())
      add("unit: " + units + (services.size() == 1 ? " is not installed" : ": none is installed") +
          "; install the service, or define the target '" + services.front() +
          "' with your unit in your own rule file");
  }

  void check_password(const rules::ProbeSpec& probe) {
    if (probe.password_file.empty()) return;
    const std::string how = "write the password of the account '" + probe.user +
                            "' to its first line and allow only user " + user_ +
                            " to read it: chown " + user_ + ": " + probe.password_file +
                            " && chmod 0600 " + probe.password_file;
    struct stat found {};
    if (::stat(probe.password_file.c_str(), &found) != 0) {
      if (errno == ENOENT)
        add("password file: " + probe.password_file + " does not exist; create the account '" +
            probe.user + "' in the service, then " + how);
      else
        add("password file: " + probe.password_file + " cannot be checked; run this as root");
    } else if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
      add("password file: " + probe.password_file + " is readable by other users; chmod 0600 " +
          probe.password_file);
    } else if (const struct passwd* const entry = ::getpwnam(user_.c_str());
               entry != nullptr && entry->pw_uid != 0 && entry->pw_uid != found.st_uid) {
      add("password file: user " + user_ + " cannot read " + probe.password_file + "; chown " +
          user_ + ": " + probe.password_file);
    }
  }

  void check_action(const rules::Action& action) {
    if (const auto* run = std::get_if<rules::RunAction>(&action);
        run != nullptr && !run->argv.empty() && !file_exists(run->argv.front()))
      add("program: " + run->argv.front() + " does not exist; install it");
    // As Kubernetes sets it in each pod. NOLINTNEXTLINE(concurrency-mt-unsafe)
    if (needs_kubernetes(action) && std::getenv("KUBERNETES_SERVICE_HOST") == nullptr)
      add("cluster: not running in a Kubernetes pod, so nodes cannot be changed; install the chart "
          "with kubernetes.condition, kubernetes.events or kubernetes.taint");
    const auto* service = std::get_if<rules::ServiceAction>(&action);
    const rules::Target* target = service == nullptr ? nullptr : file_.find_target(service->target);
    if (target == nullptr || target->command(service->verb) != nullptr) return;
    wanted_.emplace_back(target->unit, rules::to_string(service->verb));
  }

  // The units and verbs that polkit grants; root needs no grant.
  void check_polkit() {
    if (wanted_.empty()) return;
    for (const DoctorFinding& finding : find_unit_rights(folders_))
      if (finding.state != os::WitnessState::ok) {
        add(finding.name + ": " + finding.detail +
            (finding.grant.empty() ? "" : "; " + finding.grant));
        return;
      }
    const std::string table = folders_.etc + "/polkit-1/rules.d/50-slewd.rules";
    for (const auto& [unit, verb] : wanted_) {
      const auto granted = is_granted(table, unit, verb);
      if (!granted) return add("polkit: " + table + " cannot be read; run this as root");
      if (!*granted)
        add("polkit: " + table + " does not allow slewd to " + std::string(verb) + " " + unit +
            "; add \"" + std::string(verb) + "\" to the line of \"" + unit + "\"");
    }
  }

  const rules::Rule& rule_;
  const rules::RuleFile& file_;
  const UnitFolders& folders_;
  std::string user_;
  std::vector<std::pair<std::string, std::string_view>> wanted_;  // units and verbs
  std::vector<std::string> missing_;
};

std::string file_text(const RuleSwitch& wanted, const std::string& reason) {
  return "// Written by `slewctl rules`: " + reason +
         "\n{\n  \"schema\": \"slewd.rules/1\",\n  \"modes\": {\"" + wanted.rule + "\": \"" +
         std::string(rules::to_string(wanted.mode)) + "\"}\n}\n";
}

}  // namespace

Result<std::string> switch_rule(const RuleSwitch& wanted, const UnitFolders& folders) {
  const std::string reason(trim(one_line(wanted.reason, kReasonBytes)));
  if (reason.empty()) return fail(ErrorCode::invalid, "--reason: must not be empty");
  const auto loaded = load_config(wanted.config);
  if (!loaded) return fail(loaded.error());
  const rules::Rule* rule = loaded->rules.find_rule(wanted.rule);
  if (rule == nullptr) {
    std::vector<std::string_view> names;
    for (const rules::Rule& each : loaded->rules.rules) names.push_back(each.name);
    return fail(ErrorCode::not_found,
                "no rule '" + wanted.rule + "'" + suggestion(wanted.rule, names));
  }
  const std::string& folder = loaded->config.rules.folder;
  if (wanted.config.empty() || folder.empty())
    return fail(ErrorCode::invalid,
                wanted.config.empty()
                    ? "no configuration file, so no folder of rule files is read; create " +
                          std::string(kPackagedConfig)
                    : wanted.config + ": rules.folder is empty; set the mode in rules.modes");
  const std::string path = folder + "/mode-" + wanted.rule + ".json";
  for (const rules::ModeChoice& choice : loaded->rules.modes)
    if (choice.rule == wanted.rule && choice.file != path)
      return fail(ErrorCode::invalid, "the mode of rule '" + wanted.rule + "' is set in " +
                                          choice.file + "; change it there");
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST)
    return fail(system_error(folder + ": mkdir", errno));
  if (auto written = write_atomically(path, file_text(wanted, reason), 0644); !written)
    return fail(std::move(written.error()));
  std::string text = "wrote " + path + ": rule '" + wanted.rule + "' will be in mode " +
                     std::string(rules::to_string(wanted.mode)) + " after a reload\n";
  if (wanted.mode != rules::RuleMode::off)
    for (const std::string& part :
         MissingParts(*rule, loaded->rules, folders, loaded->config.user).run())
      text += "missing: " + part + "\n";
  if (std::min(wanted.mode, loaded->rules.limits().mode) != wanted.mode)
    text += "missing: " + loaded->rules.limits().file + " sets global.mode to " +
            std::string(rules::to_string(loaded->rules.limits().mode)) +
            "; it limits the mode of all rules\n";
  return text +
         "next: run 'slewctl reload', then check with 'slewctl rules --all' that its probes are "
         "ok; "
         "'slewctl rules explain " +
         wanted.rule + "' shows the state of the rule\n";
}

}  // namespace slewd::app
