// SPDX-License-Identifier: Apache-2.0
#include "rules/lang/function_table.hpp"

#include <algorithm>
#include <array>

#include "base/limits.hpp"
#include "rules/lang/name_help.hpp"

namespace slewd::rules {
namespace {

static_assert(limits::kLogFacts == 64, "the help of logged() names it");
constexpr std::array<FunctionInfo, 18> kFunctionTable{{
    {Function::abs, "abs", 1, "abs(offset)", "the value without its sign"},
    {Function::minimum, "min", 2, "min(jitter, 10ms)", "the smaller of two values"},
    {Function::maximum, "max", 2, "max(jitter, skew * 64s)", "the larger of two values"},
    {Function::backward_step, "backward_step", 1, "backward_step(200s)",
     "size of the largest backward jump within the time given; 0s when there was none"},
    {Function::forward_step, "forward_step", 1, "forward_step(200s)",
     "size of the largest forward jump within the time given; 0s when there was none"},
    {Function::failing, "failing", 1, "failing(dovecot.login)",
     "how long the probe (or any probe of the target) has been failing; 0s when it is ok"},
    {Function::worked, "worked", 1, "worked(dovecot.login)",
     "true once the probe (or every probe of the target) has been ok since slewd started"},
    {Function::age, "age", 1, "age(phase)", "age of a fact or of the state of a probe"},
    {Function::max_over, "max_over", 2, "max_over(abs(offset), 5m)",
     "the largest value within the time given; unknown until it has been observed that long"},
    {Function::min_over, "min_over", 2, "min_over(jitter, 5m)",
     "the smallest value within the time given; unknown until it has been observed that long"},
    {Function::logged, "logged", 2, "logged(dovecot.stall, 200s)",
     "number of lines of the log trigger within the time given, of the last 64; unknown when its "
     "log "
     "cannot be read"},
    {Function::captured, "captured", 2, "captured(dovecot.stall, 200s)",
     "the largest number that lines of the log trigger captured within the time given"},
    {Function::broken_by_jump, "broken_by_jump", 2, "broken_by_jump(dovecot.login, 200s, -1s)",
     "true while the probe (any probe of the target, or unit.TARGET) fails, worked within the time "
     "given before a jump, and failed after it; the jump is within that time and, with a size, "
     "goes "
     "in that direction by that much or more, alone or together with those before it",
     1},
    {Function::broken_by_log, "broken_by_log", 3,
     "broken_by_log(dovecot.login, dovecot.stall, 200s, 1s)",
     "the same for a line of the log trigger that captured that much or more; a unit's own line "
     "proves that it ran",
     1},
    {Function::up_through_jump, "up_through_jump", 2, "up_through_jump(unit.etcd, 10m, -1s)",
     "true while the unit is up, has been since before a jump within the time given, and the clock "
     "has "
     "been that far from its position before the jump for 10s; after a jump back only until the "
     "time has "
     "caught up",
     1},
    {Function::displaced, "displaced", 2, "displaced(5m, -5s)",
     "true while the clock has been that far from a position within the time given for 10s, "
     "all jumps together"},
    {Function::misplaced, "misplaced", 2, "misplaced(10m, -1s)",
     "the same relative to true time: pauses of the machine count too, and slewd's own steps only "
     "undo "
     "other jumps"},
    {Function::jumped, "jumped", 2, "jumped(vm_pause, 10s)",
     "true if there was a jump of that cause within the time given, whatever came after it"},
}};

constexpr bool functions_follow_the_enumeration() {
  for (std::size_t i = 0; i < kFunctionTable.size(); ++i)
    if (static_cast<std::size_t>(kFunctionTable[i].function) != i) return false;
  return true;
}
static_assert(functions_follow_the_enumeration());

}  // namespace

std::span<const FunctionInfo> function_table() { return kFunctionTable; }

const FunctionInfo* find_function(std::string_view name) {
  const auto* const found = std::ranges::find(kFunctionTable, name, &FunctionInfo::name);
  return found == kFunctionTable.end() ? nullptr : found;
}

const FunctionInfo& info(Function function) {
  return kFunctionTable[static_cast<std::size_t>(function)];
}

std::string suggest_function(std::string_view name) {
  std::vector<std::string_view> names;
  names.reserve(kFunctionTable.size());
  for (const FunctionInfo& row : kFunctionTable) names.push_back(row.name);
  return near_or_known(name, names);
}

}  // namespace slewd::rules
