// SPDX-License-Identifier: Apache-2.0
#include "agent/os/state_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/atomic_file.hpp"
#include "base/fingerprint.hpp"
#include "base/limits.hpp"
#include "base/own_file.hpp"
#include "base/text.hpp"

namespace slewd::os {
namespace {

constexpr std::string_view kHeader = "slewd-drift 1";
constexpr std::string_view kNoMachine = "none";
constexpr double kLargestPpm = 100000;  // what the kernel can apply at all
constexpr std::size_t kIdentityBytes = 256;
constexpr mode_t kMode = 0644;

tl::unexpected<Error> refuse(std::size_t line, const std::string& what) {
  return fail(ErrorCode::invalid, "line " + std::to_string(line) + ": " + what);
}

// The value of "key value" on its line (1-based).
Result<std::string_view> value_of(const std::vector<std::string_view>& lines, std::size_t line,
                                  std::string_view key) {
  const std::string_view text = lines[line - 1];
  if (text.size() <= key.size() + 1 || text.substr(0, key.size()) != key || text[key.size()] != ' ')
    return refuse(line, "'" + std::string(key) + " <value>' was expected");
  return text.substr(key.size() + 1);
}

Result<Ppm> ppm_of(const std::vector<std::string_view>& lines, std::size_t line,
                   std::string_view key, double lowest) {
  const Result<std::string_view> text = value_of(lines, line, key);
  if (!text) return fail(text.error());
  double number = 0;
  const char* const end = text->data() + text->size();
  const auto parsed = std::from_chars(text->data(), end, number);
  if (parsed.ec != std::errc{} || parsed.ptr != end || !std::isfinite(number) || number < lowest ||
      number > kLargestPpm)
    return refuse(line, std::string(key) + " must be a number from " + format_fixed(lowest, 0) +
                            " to " + format_fixed(kLargestPpm, 0));
  return Ppm{number};
}

bool is_machine_word(std::string_view word) {
  return word.size() <= 64 && std::ranges::all_of(word, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-';
         });
}

}  // namespace

Result<StoredDrift> parse_drift(std::string_view text) {
  if (text.size() > limits::kStateFileBytes)
    return fail(ErrorCode::limit, "a drift file is no longer than " +
                                      std::to_string(limits::kStateFileBytes) + " bytes");
  const std::vector<std::string_view> lines = split(text, '\n');
  if (lines[0] != kHeader)
    return refuse(1, "'" + std::string(kHeader) + "' was expected: another format or version");
  // Four lines, each ended: a shorter text was cut off.
  if (lines.size() != 5 || !lines[4].empty())
    return refuse(lines.size(), "a drift file has four lines");
  const Result<std::string_view> machine = value_of(lines, 2, "machine");
  if (!machine) return fail(machine.error());
  if (!is_machine_word(*machine)) return refuse(2, "not the hash of a machine");
  const Result<Ppm> frequency = ppm_of(lines, 3, "frequency_ppm", -kLargestPpm);
  if (!frequency) return fail(frequency.error());
  const Result<Ppm> uncertainty = ppm_of(lines, 4, "uncertainty_ppm", 0);
  if (!uncertainty) return fail(uncertainty.error());
  return StoredDrift{*machine == kNoMachine ? std::string() : std::string(*machine),
                     {*frequency, *uncertainty}};
}

std::string print_drift(const StoredDrift& drift) {
  const std::string machine = drift.machine.empty() ? std::string(kNoMachine) : drift.machine;
  return std::string(kHeader) + "\nmachine " + machine + "\nfrequency_ppm " +
         format_number(drift.record.frequency.value) + "\nuncertainty_ppm " +
         format_number(drift.record.uncertainty.value) + "\n";
}

std::string machine_identity() {
  std::string words;
  for (const char* path : {"/etc/machine-id", "/sys/class/dmi/id/product_uuid"}) {
    const Result<std::string> text = read_file(path, kIdentityBytes);
    // An image that was never booted says "uninitialized" (machine-id(5)).
    if (!text || trim(*text).empty() || trim(*text) == "uninitialized") continue;
    words += std::string(trim(*text)) + "\n";
  }
  return words.empty() ? std::string() : hash_text(fnv1a(words));
}

StateFile::StateFile(std::string path, std::string machine)
    : path_(std::move(path)), machine_(std::move(machine)) {}

std::optional<core::DriftRecord> StateFile::load() {
  const auto none = [this](std::string why) {
    reason_ = path_ + ": " + std::move(why);
    return std::nullopt;
  };
  const Result<std::string> text = read_own_file(path_, limits::kStateFileBytes);
  if (!text) {
    reason_ = text.error().describe();
    return std::nullopt;
  }
  const Result<StoredDrift> stored = parse_drift(*text);
  if (!stored) return none(stored.error().describe());
  if (machine_.empty())
    return none("this machine has no identity (/etc/machine-id), so the drift may be another's");
  if (stored->machine != machine_) return none("written on another machine");
  reason_.clear();
  return stored->record;
}

Result<void> StateFile::save(const core::DriftRecord& record) {
  const std::string text = print_drift({machine_, record});
  // What could not be read back must not replace what can.
  if (const Result<StoredDrift> checked = parse_drift(text); !checked)
    return fail(Error(checked.error()).within("cannot save the drift"));
  return write_atomically(path_, text, kMode);
}

}  // namespace slewd::os
