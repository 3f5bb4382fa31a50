// SPDX-License-Identifier: Apache-2.0
#include "rules/engine/probe_memory.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/duration.hpp"
#include "base/limits.hpp"

namespace slewd::rules {
namespace {

// A single run can fail by chance: a lost packet, a busy second. One failure alone, this shortly
// before a cause, does not show that the service was failing.
constexpr Nanos kLostRun = std::chrono::seconds(5);

// A service is ill, and a good moment shows nothing, when in this time before a cause two runs or
// more failed and they were a quarter of all runs or more. Fewer are lost runs on a busy machine.
constexpr Nanos kWellFor = std::chrono::seconds(60);
constexpr std::uint64_t kIllFailures = 2;
constexpr std::uint64_t kIllShare = 4;  // one in so many

std::string rounded(Nanos duration) {
  return format(std::chrono::round<std::chrono::milliseconds>(duration));
}

Blame no(std::string why) { return {Value::of(false), std::move(why)}; }
Blame yes(std::string why) { return {Value::of(true), std::move(why)}; }
Blame not_known(std::string why) { return {Value(), std::move(why)}; }

// True if one is true; else unknown if one is unknown. Of several equal answers the last
// gives the reason.
template <class List, class Judge>
Blame any_of(const List& list, Blame none, const Judge& judge) {
  Blame found = std::move(none);
  for (const auto& each : list) {
    Blame one = judge(each);
    if (one.value.is_true()) return one;
    if (one.value.is_unknown() || !found.value.is_unknown()) found = std::move(one);
  }
  return found;
}

// A failure after another jump is an effect of it rather than chance.
bool was_lost(MonoTime failed, const Cause& cause, const Facts& facts) {
  return cause.earliest - failed <= kLostRun &&
         std::ranges::none_of(facts.jumps, [&](const JumpFact& jump) {
           return jump.seen_by_programs && jump.at <= failed && failed - jump.at <= kShowsWithin;
         });
}

}  // namespace

ProbeMemory::Health ProbeMemory::health_of(ProbeState state) {
  if (state == ProbeState::unknown) return Health::unknown;
  return state == ProbeState::ok ? Health::ok : Health::failed;
}

ProbeMemory::Health ProbeMemory::health_of(std::string_view unit_state) {
  if (unit_state == "active" || unit_state == "reloading") return Health::ok;
  if (unit_state == "failed") return Health::failed;
  if (unit_state == "activating") return Health::starting;
  if (unit_state == "deactivating") return Health::stopping;
  if (unit_state == "inactive" || unit_state == "absent") return Health::down;
  return Health::unknown;
}

void ProbeMemory::note(const Facts& facts) {
  for (const auto& [name, probe] : facts.probes) {
    if (probe.state == ProbeState::ok) worked_.insert(name);
    note_probe(probes_[name], probe);
  }
  for (const auto& [target, unit] : facts.units)
    note_unit(units_[target], unit, health_of(facts.unit_state(target)));
}

void ProbeMemory::add(Spells& spells, Spell spell) {
  if (spells.size() == limits::kSpells) spells.erase(spells.begin());
  spells.push_back(spell);
}

void ProbeMemory::note_probe(Spells& spells, const ProbeFact& probe) {
  const Health health = health_of(probe.state);
  const MonoTime first = health == Health::unknown ? probe.since : probe.first_found;
  // The same state with a later start: it was left in between.
  const bool same =
      !spells.empty() && spells.back().health == health && first <= spells.back().last;
  if (same && probe.last_found > spells.back().last) ++spells.back().runs;
  if (same)
    spells.back().last = std::max(spells.back().last, probe.last_found);
  else if (health != Health::unknown || (!spells.empty() && spells.back().health != health))
    add(spells, {health, first, std::max(first, probe.last_found)});
  else
    return;
  Spell& spell = spells.back();
  if (!spell.again) spell.again = probe.found_again;
  if (!spell.again && spell.last > spell.first) spell.again = spell.last;
}

void ProbeMemory::note_unit(Spells& spells, const UnitFact& unit, Health health) {
  // systemd's own times fill the gap in which it did not answer.
  while (!spells.empty() && spells.back().health == Health::unknown &&
         unit.since <= spells.back().first)
    spells.pop_back();
  if (spells.empty() || spells.back().health != health)
    add(spells, {health, unit.since, unit.since});
}

bool ProbeMemory::worked(std::string_view name, const Facts& facts) const {
  bool any = worked_.contains(name);
  bool all = true;
  facts.each_probe(name, [&](const std::string& probe, const ProbeFact&) {
    any = true;
    all = all && worked_.contains(probe);
  });
  return any && all;
}

const ProbeMemory::Spells& ProbeMemory::spells_of(const History& history,
                                                  std::string_view name) const {
  static const Spells kNone;
  const auto found = history.find(name);
  return found == history.end() ? kNone : found->second;
}

bool ProbeMemory::is_start(const Spells& spells, std::size_t index) {
  const Health health = spells[index].health;
  if (index == 0) return health == Health::starting;
  const Health before = spells[index - 1].health;
  if (health == Health::starting) return before != Health::starting;
  return health == Health::ok &&
         (before == Health::down || before == Health::stopping || before == Health::failed);
}

// The last start of the target's unit, if known.
std::optional<MonoTime> ProbeMemory::started(std::string_view target, const Facts& facts) const {
  std::optional<MonoTime> last;
  if (const auto unit = facts.units.find(target); unit != facts.units.end())
    last = unit->second.started;
  const Spells& spells = spells_of(units_, target);
  for (std::size_t i = 0; i < spells.size(); ++i)
    if (is_start(spells, i)) last = std::max(last.value_or(spells[i].first), spells[i].first);
  return last;
}

Blame ProbeMemory::probe_broken(std::string_view name, const Causes& causes, Nanos window,
                                const Facts& facts) const {
  if (causes.list.empty()) return no(causes.none);
  std::vector<std::string> probes;
  facts.each_probe(name,
                   [&](const std::string& probe, const ProbeFact&) { probes.push_back(probe); });
  return any_of(
      probes, probes.empty() ? not_known(std::string(name) + " has not been probed") : no(""),
      [&](const std::string& probe) { return one_probe_broken(probe, causes, window, facts); });
}

Blame ProbeMemory::one_probe_broken(const std::string& probe, const Causes& causes, Nanos window,
                                    const Facts& facts) const {
  const std::string target = probe.substr(0, probe.find('.'));
  const auto unit = facts.units.find(target);
  const std::string state(facts.unit_state(target));
  const Health health = health_of(state);
  // A unit that is starting or stopping is judged when it is done.
  if (health == Health::starting || health == Health::stopping || state == "inactive")
    return no("unit." + target + " is " + state);
  const Spells& spells = spells_of(probes_, probe);
  if (spells.empty() || spells.back().health == Health::unknown)
    return not_known("it is unknown whether " + probe + " works");
  if (spells.back().health == Health::ok) return no(probe + " works");
  if (unit != facts.units.end() && health == Health::unknown)
    return not_known("the state of unit." + target + " is unknown");
  return any_of(causes.list, no(""), [&](const Cause& cause) {
    // If the unit has failed, the probe shows just that.
    if (health == Health::failed)
      if (Blame unit_blame = unit_broken_by(target, cause, facts, Proof::none);
          !unit_blame.value.is_true())
        return unit_blame;
    return probe_broken_by(probe, cause, causes, window, facts);
  });
}

// How many of its runs ended between these moments, evenly spread.
std::uint64_t ProbeMemory::runs_between(const Spell& spell, MonoTime from, MonoTime to) {
  const MonoTime first = std::max(spell.first, from);
  const MonoTime last = std::min(spell.last, to);
  if (last < first) return 0;
  if (spell.last == spell.first) return spell.runs;
  const double share = to_seconds(last - first) / to_seconds(spell.last - spell.first);
  return 1 + static_cast<std::uint64_t>(share * static_cast<double>(spell.runs - 1));
}

// Whether the service came and went before the cause. What an earlier cause did, or what a start
// has ended, does not count.
bool ProbeMemory::was_ill(std::span<const Spell> spells, const Cause& cause, const Causes& causes,
                          std::optional<MonoTime> started) {
  const MonoTime from = std::max(cause.at - kWellFor, started.value_or(MonoTime{}));
  std::uint64_t failures = 0;
  std::uint64_t runs = 0;
  for (const Spell& spell : spells) {
    const bool explained =
        (started && *started >= spell.first) ||
        std::ranges::any_of(causes.list, [&](const Cause& other) {
          return other.earliest <= spell.first && spell.first - other.at <= kShowsWithin;
        });
    const std::uint64_t ended = runs_between(spell, from, cause.at);
    if (spell.health == Health::ok) runs += ended;
    if (spell.health != Health::failed || explained) continue;
    failures += ended;
    runs += ended;
  }
  return failures >= kIllFailures && failures * kIllShare >= runs;
}

// The probe fails.
Blame ProbeMemory::probe_broken_by(const std::string& probe, const Cause& cause,
                                   const Causes& causes, Nanos window, const Facts& facts) const {
  const std::string target = probe.substr(0, probe.find('.'));
  const auto started = this->started(target, facts);
  const Spells& spells = spells_of(probes_, probe);
  std::size_t failure = spells.size();
  MonoTime failed = spells.back().first;
  std::optional<MonoTime> again = spells.back().again;
  while (failure > 0 && spells[failure - 1].health != Health::ok) {
    --failure;
    if (spells[failure].health != Health::failed) continue;
    again = failed == spells[failure].first ? again : failed;
    if (spells[failure].again) again = spells[failure].again;
    failed = spells[failure].first;
  }
  const bool alone = again && *again >= cause.earliest;
  if (failed < cause.earliest && alone && was_lost(failed, cause, facts)) failed = *again;
  if (failed < cause.earliest)
    return no(probe + " failed " + rounded(cause.at - failed) + " before " + cause.name +
              " already");
  if (started && *started >= cause.earliest) return no(target + " was started after " + cause.name);
  if (failure > 0 && spells[failure - 1].last - cause.at > kShowsWithin)
    return no(probe + " still worked " + rounded(spells[failure - 1].last - cause.at) + " after " +
              cause.name);
  // When it last worked before the cause, in the period that the failure ended.
  std::optional<MonoTime> worked;
  std::size_t begin = failure;
  for (; begin > 0 && spells[begin - 1].health != Health::failed; --begin) {
    const Spell& spell = spells[begin - 1];
    if (spell.health == Health::ok && spell.first <= cause.at && !worked)
      worked = std::min(spell.last, cause.at);
  }
  if (!worked && begin > 0) return no(probe + " has worked again after " + cause.name);
  if (!worked) return not_known("it is unknown whether " + probe + " worked before " + cause.name);
  if (started && *worked < *started)
    return no(probe + " did not work between the start of its unit and " + cause.name);
  const std::string before = rounded(cause.at - *worked) + " before " + cause.name;
  if (cause.at - *worked > window)
    return no(probe + " worked last " + before + ", more than " + format(window));
  if (was_ill(std::span(spells).first(failure), cause, causes, started))
    return no(probe + " failed in a quarter of its runs or more in the " + format(kWellFor) +
              " before " + cause.name);
  return yes(probe + " worked " + before + " and failed " +
             rounded(std::max(failed - cause.at, Nanos{0})) + " after it");
}

std::optional<Blame> ProbeMemory::unless_unit_is(Health wanted, const std::string& target,
                                                 const Facts& facts) const {
  const Spells& spells = spells_of(units_, target);
  if (spells.empty() || spells.back().health == Health::unknown)
    return not_known("the state of unit." + target + " is unknown");
  if (spells.back().health == wanted) return std::nullopt;
  return no("unit." + target + " is " + std::string(facts.unit_state(target)));
}

Blame ProbeMemory::unit_broken(std::string_view target, const Causes& causes, const Facts& facts,
                               Proof proof) const {
  if (causes.list.empty()) return no(causes.none);
  if (auto refusal = unless_unit_is(Health::failed, std::string(target), facts)) return *refusal;
  return any_of(causes.list, no(""), [&](const Cause& cause) {
    return unit_broken_by(std::string(target), cause, facts, proof);
  });
}

// Its unit has failed.
Blame ProbeMemory::unit_broken_by(const std::string& target, const Cause& cause, const Facts& facts,
                                  Proof proof) const {
  const std::string unit = "unit." + target;
  const Spells& spells = spells_of(units_, target);
  const MonoTime failed = spells.back().first;
  if (failed < cause.earliest)
    return no(unit + " failed " + rounded(cause.at - failed) + " before " + cause.name +
              " already");
  if (const auto last = started(target, facts); last && *last >= cause.earliest)
    return no(unit + " was started after " + cause.name);
  if (failed - cause.at > kShowsWithin)
    return no(unit + " ran on for " + rounded(failed - cause.at) + " after " + cause.name);
  std::string failure =
      unit + " failed " + rounded(std::max(failed - cause.at, Nanos{0})) + " after " + cause.name;
  if (proof == Proof::of_running) return yes(std::move(failure));
  const auto then = std::find_if(std::next(spells.rbegin()), spells.rend(),
                                 [&](const Spell& spell) { return spell.first <= cause.earliest; });
  if (then == spells.rend() || then->health == Health::unknown)
    return not_known("it is unknown whether " + unit + " was up at " + cause.name);
  if (then->health != Health::ok) return no(unit + " was not up at " + cause.name);
  return yes(std::move(failure));
}

Blame ProbeMemory::unit_up_through(std::string_view target, const Causes& causes,
                                   const Facts& facts) const {
  auto refusal = unless_unit_is(Health::ok, std::string(target), facts);
  if (refusal && !(causes.list.empty() && refusal->value.is_unknown())) return *refusal;
  if (causes.list.empty()) return no(causes.none);
  return any_of(causes.list, no(""), [&](const Cause& cause) {
    return unit_up_since(std::string(target), cause, facts);
  });
}

// Its unit is up.
Blame ProbeMemory::unit_up_since(const std::string& target, const Cause& cause,
                                 const Facts& facts) const {
  const std::string unit = "unit." + target;
  const auto last = started(target, facts);
  if (last && *last >= cause.earliest) return no(unit + " was started after " + cause.name);
  if (last || spells_of(units_, target).back().first <= cause.earliest)
    return yes(unit + " has been up since before " + cause.name);
  return not_known("it is unknown whether " + unit + " was up at " + cause.name);
}

}  // namespace slewd::rules
