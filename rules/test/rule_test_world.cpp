// SPDX-License-Identifier: Apache-2.0
#include "rules/test/rule_test_world.hpp"

#include <algorithm>
#include <utility>

namespace slewd::rules {
namespace {

constexpr Nanos kUptime = 1h;  // of the machine, unless the test says otherwise
// The first Monday of 1970, from which the test's day of the week counts.
constexpr Nanos kMonday = std::chrono::hours(24 * 4);
constexpr Nanos kClockBound = 1ms;

RuleFile with_modes(RuleFile rules, const RuleTest& test) {
  for (const auto& [name, mode] : test.modes)
    for (Rule& rule : rules.rules)
      if (rule.name == name) rule.mode = mode;
  return rules;
}

bool is_good(Ending ending) { return ending == Ending::verified || ending == Ending::done; }

std::optional<Action> undo_of(const Link& link) {
  if (link.undo) return link.undo;
  const auto* service = std::get_if<ServiceAction>(&link.action);
  if (service == nullptr || service->verb != Verb::stop) return std::nullopt;
  return ServiceAction{Verb::start, service->target};
}

}  // namespace

TestWorld::TestWorld(const RuleFile& rules, const RuleTest& test)
    : test_(test),
      engine_(with_modes(rules, test)),
      next_point_(test.facts.size(), 0),
      estimate_ages_(std::ranges::any_of(test.facts, [](const TestSeries& series) {
        return series.kind == TestSeries::Kind::fact && series.fact == Fact::update_age;
      })) {
  for (const Target& target : rules.targets) {
    for (const ProbeSpec& probe : target.probes) facts_.probes[probe.name] = {};
    for (const LogTrigger& log : target.logs) facts_.logs[log.name] = {};
    if (!target.unit.empty()) facts_.units[target.name] = {"absent", MonoTime{}};
  }
  for (const FleetLock& lock : rules.fleet) facts_.fleet[lock.name] = {true, ""};
}

void TestWorld::update(Nanos now) {
  refresh(now);
  deliver(now);
  while (next_event_ < test_.events.size() && test_.events[next_event_].at <= now)
    apply_event(test_.events[next_event_++], now);
  for (const Intent& intent : engine_.evaluate(MonoTime{now}, facts_)) begin(intent, now);
}

// The facts of this moment: those not in the test are unknown, or normal for a healthy
// machine.
void TestWorld::refresh(Nanos now) {
  Facts fresh;
  fresh.jumps = std::move(facts_.jumps);
  fresh.probes = std::move(facts_.probes);
  fresh.units = std::move(facts_.units);
  fresh.logs = std::move(facts_.logs);
  fresh.fleet = std::move(facts_.fleet);
  fresh.storm = std::move(facts_.storm);
  facts_ = std::move(fresh);
  facts_.set(Fact::boot_age, kUptime + now);
  for (std::size_t i = 0; i < test_.facts.size(); ++i) apply_series(i, now);
  facts_.absent = absent_;
  for (auto& [name, probe] : facts_.probes) probe.last_found = MonoTime{now};
  if (!estimate_ages_ && !facts_.get(Fact::offset, MonoTime{now}).is_unknown())
    facts_.last_update = MonoTime{now};
  if (test_.clock) facts_.true_time = TrueTime{WallTime{kMonday + *test_.clock + now}, kClockBound};
}

void TestWorld::apply_series(std::size_t index, Nanos now) {
  const TestSeries& series = test_.facts[index];
  std::size_t& next = next_point_[index];
  // The value of a fact is set again in each evaluation; for the others only a change counts.
  if (series.kind == TestSeries::Kind::fact && next > 0) --next;
  for (; next < series.points.size() && series.points[next].first <= now; ++next) {
    const auto& [at, value] = series.points[next];
    const auto* truth = std::get_if<bool>(&value);
    const auto* word = std::get_if<std::string>(&value);
    const bool yes = truth != nullptr && *truth;
    switch (series.kind) {
      case TestSeries::Kind::fact:
        set_fact(series.fact, value, at, now);
        break;
      case TestSeries::Kind::probe:
        set_probe(series.name, value, at);
        break;
      case TestSeries::Kind::unit:
        set_unit(series.name, word != nullptr ? *word : "unknown", at);
        break;
      case TestSeries::Kind::log:
        set_log(series.name, yes);
        break;
      case TestSeries::Kind::fleet:
        facts_.fleet[series.name] = {yes, yes ? "" : "all slots are in use"};
        break;
    }
  }
}

void TestWorld::set_log(const std::string& trigger, bool readable) {
  if (readable)
    facts_.logs.try_emplace(trigger, std::move(unread_[trigger]));
  else if (auto node = facts_.logs.extract(trigger); !node.empty())
    unread_[trigger] = std::move(node.mapped());
}

void TestWorld::set_fact(Fact fact, const TestValue& value, Nanos at, Nanos now) {
  const auto* duration = std::get_if<Nanos>(&value);
  if (std::holds_alternative<std::monostate>(value)) return;
  if (fact == Fact::update_age) {
    if (duration != nullptr) facts_.last_update = MonoTime{at - *duration};
    return;
  }
  if (fact == Fact::boot_age && duration != nullptr)
    return facts_.set(fact, *duration + (now - at));
  if (fact == Fact::phase) facts_.phase_since = MonoTime{at};
  if (const auto* truth = std::get_if<bool>(&value)) return facts_.set(fact, *truth);
  if (duration != nullptr) return facts_.set(fact, *duration);
  if (const auto* ratio = std::get_if<Ppm>(&value)) return facts_.set(fact, *ratio);
  if (const auto* count = std::get_if<std::uint64_t>(&value)) return facts_.set(fact, *count);
  facts_.set(fact, std::string_view(std::get<std::string>(value)));
}

void TestWorld::set_probe(const std::string& name, const TestValue& value, Nanos at) {
  const auto* word = std::get_if<std::string>(&value);
  ProbeFact& probe = facts_.probes[name];
  const auto* const state = std::ranges::find_if(
      kProbeStates, [&](ProbeState each) { return word != nullptr && to_string(each) == *word; });
  probe.state = state == kProbeStates.end() ? ProbeState::unknown : *state;
  probe.since = MonoTime{at};
  probe.first_found = MonoTime{at};
}

void TestWorld::set_unit(const std::string& target, const std::string& state, Nanos at) {
  const auto runs = [](std::string_view word) {
    return word == "active" || word == "reloading" || word == "activating";
  };
  UnitFact& unit = facts_.units[target];
  const bool starts = runs(state) && !runs(unit.state) && unit.state != "unknown";
  // The state at the start of the test is older than the test.
  if (starts && at > Nanos{0}) unit.started = MonoTime{at};
  unit.state = state;
  presences_[target] = state == "absent" ? Presence::absent : Presence::present;
  absent_ = absent_rules(engine_.file(), presences_);
  unit.since = MonoTime{at};
}

void TestWorld::apply_event(const TestEvent& event, Nanos now) {
  if (const auto* jump = std::get_if<JumpFact>(&event.what)) {
    facts_.jumps.push_back(*jump);
    facts_.jumps.back().at = MonoTime{event.at};
  } else if (const auto* line = std::get_if<TestLogLine>(&event.what)) {
    const auto readable = facts_.logs.find(line->trigger);
    auto& lines = readable != facts_.logs.end() ? readable->second : unread_[line->trigger];
    lines.push_back({MonoTime{event.at}, line->captured});
  } else if (const auto* step = std::get_if<TestStep>(&event.what)) {
    announce(step->size, now);
  } else if (const auto* pause = std::get_if<TestPause>(&event.what)) {
    engine_.pause({pause->reason, std::nullopt});
  } else if (const auto* storm = std::get_if<TestStorm>(&event.what)) {
    if (storm->reason.empty())
      facts_.storm.reset();
    else
      facts_.storm.emplace(storm->reason);
  } else {
    engine_.resume();
  }
}

void TestWorld::deliver(Nanos now) {
  std::vector<Ended> later;
  for (Ended& ended : std::exchange(ended_, {}))
    if (ended.at <= now)
      engine_.on_outcome(ended.outcome);
    else
      later.push_back(std::move(ended));
  ended_ = std::move(later);
}

void TestWorld::begin(const Intent& intent, Nanos now) {
  Outcome outcome;
  outcome.intent = intent.id;
  outcome.rule = intent.rule;
  Nanos at = now;
  bool failed = false;
  for (const Link& link : intent.links) {
    started_.push_back({at, intent.rule, describe(link.action), intent.dry_run});
    const Ending ending = intent.dry_run ? Ending::would_do : ending_of(link);
    // A notification that nothing worked is not a success.
    if (!(failed && is_good(ending) && is_notification(link.action))) {
      outcome.action = started_.back().action;
      outcome.ending = ending;
    }
    failed = failed || !is_good(ending);
    if (const auto* hold = std::get_if<HoldRulesAction>(&link.action); hold && !intent.dry_run)
      engine_.hold_rules(MonoTime{at} + hold->at_most, "held until the clock is synchronized");
    if (!intent.dry_run) at += test_.takes;
    if (intent.dry_run || is_good(ending) || link.on_fail != OnFail::next) break;
  }
  outcome.took = at - now;
  outcome.ended = MonoTime{at};
  ended_.push_back({at, std::move(outcome)});
}

Ending TestWorld::ending_of(const Link& link) const {
  const std::string action = describe(link.action);
  for (const auto& [name, ending] : test_.outcomes)
    if (name == action) return ending;
  return link.verify ? Ending::verified : Ending::done;
}

void TestWorld::announce(Nanos size, Nanos now) {
  Facts announced = facts_;
  announced.set(Fact::step_pending, size);
  const StepPlan plan = engine_.announce_step(MonoTime{now}, announced, size);
  TestStepOutcome step{now, StepVerdict::done, plan.refused};
  Nanos at = now;
  std::vector<std::size_t> first_starteds;
  if (!plan.refused.empty()) step.verdict = StepVerdict::refused;
  for (const StepHooks& hooks : plan.hooks) {
    first_starteds.push_back(started_.size());
    const bool runs = step.verdict == StepVerdict::done;
    if (runs && !run_hooks(hooks.before, hooks, at)) step.verdict = StepVerdict::given_up;
  }
  for (std::size_t i = 0; i < plan.hooks.size(); ++i) {
    const StepHooks& hooks = plan.hooks[i];
    const bool began = started_.size() > first_starteds[i] &&
                       started_[first_starteds[i]].rule == hooks.rule && !hooks.before.empty();
    if (began) {
      (void)run_hooks(hooks.after, hooks, at);
      pay_back(hooks, first_starteds[i], at);
    }
    Outcome outcome;
    outcome.intent = hooks.id;
    outcome.rule = hooks.rule;
    outcome.action = hooks.before.empty() ? "" : describe(hooks.before.front().action);
    outcome.ending = hooks.dry_run                           ? Ending::would_do
                     : step.verdict == StepVerdict::given_up ? Ending::failed
                                                             : Ending::done;
    outcome.ended = MonoTime{at};
    ended_.push_back({at, std::move(outcome)});
  }
  steps_.push_back(std::move(step));
}

bool TestWorld::run_hooks(const std::vector<Link>& links, const StepHooks& hooks, Nanos& at) {
  for (const Link& link : links) {
    started_.push_back({at, hooks.rule, describe(link.action), hooks.dry_run});
    if (hooks.dry_run) continue;
    at += test_.takes;
    if (!is_good(ending_of(link)) && link.on_fail != OnFail::next) return false;
  }
  return true;
}

// Undo actions of the links before the step that the links after it have not done.
void TestWorld::pay_back(const StepHooks& hooks, std::size_t first_started, Nanos at) {
  for (const Link& link : hooks.before) {
    const std::optional<Action> undo = undo_of(link);
    if (!undo) continue;
    const std::string action = describe(*undo);
    const bool was_done = std::any_of(
        started_.begin() + static_cast<std::ptrdiff_t>(first_started), started_.end(),
        [&](const TestAction& run) { return run.rule == hooks.rule && run.action == action; });
    if (!was_done) started_.push_back({at, hooks.rule, action, hooks.dry_run});
  }
}

RuleView TestWorld::view(const std::string& rule, Nanos now) const {
  for (RuleView& view : engine_.views(MonoTime{now}))
    if (view.name == rule) return std::move(view);
  return {};
}

}  // namespace slewd::rules
