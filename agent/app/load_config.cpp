// Reading the configuration and everything that it names from disk.
#include <array>
#include <charconv>
#include <utility>

#include <unistd.h>

#include "agent/app/config.hpp"
#include "agent/linux/atomic_file.hpp"
#include "base/limits.hpp"
#include "rules/catalogue.hpp"
#include "rules/rule_file.hpp"

namespace slewd::app {
namespace {

// FNV-1a: names a configuration, proves nothing.
class Fingerprint {
 public:
  // One file. Its end counts as well: a byte that moves to the next file is a change.
  void add(std::string_view text) {
    for (const char c : text) mix(static_cast<unsigned char>(c));
    mix(kEnd);
  }
  [[nodiscard]] std::string text() const {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), hash_, 16);
    const std::string bare(digits.data(), end.ptr);
    return std::string(16 - bare.size(), '0') + bare;
  }

 private:
  static constexpr unsigned kEnd = 0x100;  // no byte

  void mix(unsigned value) {
    hash_ ^= value;
    hash_ *= 0x100000001b3ULL;
  }

  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

// `name` is the configuration's, for messages.
Result<rules::RuleFile> load_rules(const RulesConfig& config, const std::string& name,
                                   Fingerprint& fingerprint) {
  std::vector<rules::RuleFile> own;
  for (const std::string& path : config.files) {
    auto text = os::read_file(path, limits::kConfigBytes);
    if (!text)
      return fail(std::move(text.error())
                      .within("rules.files[" + std::to_string(own.size()) + "]")
                      .within(name));
    fingerprint.add(*text);
    auto parsed = rules::parse_rule_file(*text, path);
    if (!parsed) return fail(std::move(parsed.error()));
    own.push_back(std::move(*parsed));
  }
  auto merged = rules::merge_rule_files(std::move(own));
  if (!merged) return fail(std::move(merged.error()));
  if (!config.builtin) return merged;
  return rules::overlay_rule_files(rules::builtin_rules(), std::move(*merged));
}

}  // namespace

std::string config_path(const std::string& named) {
  if (!named.empty()) return named;
  return ::access(kPackagedConfig, R_OK) == 0 ? kPackagedConfig : "";
}

Result<LoadedConfig> load_config(const std::string& path) {
  LoadedConfig loaded;
  loaded.path = path;
  Fingerprint fingerprint;
  std::string text;
  if (!path.empty()) {
    auto read = os::read_file(path, limits::kConfigBytes);
    if (!read) {
      const std::string advice = "; write it, or leave --config out for the defaults";
      return fail(read.error().code(), read.error().describe() + advice);
    }
    text = std::move(*read);
  }
  fingerprint.add(text);
  const std::string name = path.empty() ? "defaults" : path;
  auto config = parse_config(text, name);
  if (!config) return fail(std::move(config.error()));
  loaded.config = std::move(*config);
  auto rule_set = load_rules(loaded.config.rules, name, fingerprint);
  if (!rule_set) return fail(std::move(rule_set.error()));
  loaded.rules = std::move(*rule_set);
  loaded.hash = fingerprint.text();
  return loaded;
}

}  // namespace slewd::app
