// SPDX-License-Identifier: Apache-2.0
// Recorded states of probes and units, to decide whether a jump can be the reason that
// something fails. Owned by the engine, shared by its rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/engine/cause.hpp"
#include "rules/facts.hpp"
#include "rules/lang/value.hpp"

namespace slewd::rules {

struct Blame {
  Value value;
  std::string why;
};

class ProbeMemory {
 public:
  // Whether the cause proves that the unit ran: a line of its own log does.
  enum class Proof { none, of_running };

  void note(const Facts& facts);

  // Of a target: every declared probe of it has been ok.
  [[nodiscard]] bool worked(std::string_view name, const Facts& facts) const;
  // The probe, or any probe of the target, fails since one of the causes and worked at most
  // `window` before it. Unknown, not false, if there are no observations to decide by.
  [[nodiscard]] Blame probe_broken(std::string_view name, const Causes& causes, Nanos window,
                                   const Facts& facts) const;
  // The unit has failed since one of the causes and was up when it happened.
  [[nodiscard]] Blame unit_broken(std::string_view target, const Causes& causes, const Facts& facts,
                                  Proof proof) const;
  // The unit is up, and has been since before one of the causes.
  [[nodiscard]] Blame unit_up_through(std::string_view target, const Causes& causes,
                                      const Facts& facts) const;

 private:
  enum class Health { unknown, ok, failed, starting, stopping, down };
  // A period of one health. Of a probe: the first, the last and the second run that found it; a
  // unit's holds until the next one begins.
  struct Spell {
    Health health = Health::unknown;
    MonoTime first;
    MonoTime last;
    std::optional<MonoTime> again{};
    std::uint64_t runs = 1;  // of a probe, as far as a look has seen them
  };
  using Spells = std::vector<Spell>;  // newest last, at most limits::kSpells
  using History = std::map<std::string, Spells, std::less<>>;

  static Health health_of(ProbeState state);
  static Health health_of(std::string_view unit_state);
  static bool is_start(const Spells& spells, std::size_t index);
  static void add(Spells& spells, Spell spell);
  static void note_probe(Spells& spells, const ProbeFact& probe);
  static void note_unit(Spells& spells, const UnitFact& unit, Health health);
  [[nodiscard]] const Spells& spells_of(const History& history, std::string_view name) const;
  [[nodiscard]] std::optional<MonoTime> started(std::string_view target, const Facts& facts) const;
  // Why the unit does not have that health, or why that is unknown.
  [[nodiscard]] std::optional<Blame> unless_unit_is(Health wanted, const std::string& target,
                                                    const Facts& facts) const;
  [[nodiscard]] Blame one_probe_broken(const std::string& probe, const Causes& causes, Nanos window,
                                       const Facts& facts) const;
  static std::uint64_t runs_between(const Spell& spell, MonoTime from, MonoTime to);
  static bool was_ill(std::span<const Spell> spells, const Cause& cause, const Causes& causes,
                      std::optional<MonoTime> started);
  [[nodiscard]] Blame probe_broken_by(const std::string& probe, const Cause& cause,
                                      const Causes& causes, Nanos window, const Facts& facts) const;
  [[nodiscard]] Blame unit_broken_by(const std::string& target, const Cause& cause,
                                     const Facts& facts, Proof proof) const;
  [[nodiscard]] Blame unit_up_since(const std::string& target, const Cause& cause,
                                    const Facts& facts) const;

  std::set<std::string, std::less<>> worked_;
  History probes_;
  History units_;  // by target
};

}  // namespace slewd::rules
