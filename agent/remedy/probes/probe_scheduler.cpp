// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/probe_scheduler.hpp"

#include <algorithm>
#include <utility>

namespace slewd::remedy {

using rules::ProbeSpec;
using rules::ProbeState;
using rules::ProbeView;

namespace {

// A probe that fails runs at its cadence this often in a row. Then the time between two runs
// doubles with each, up to this much, or its cadence where that is slower.
constexpr std::uint64_t kEagerFailures = 10;
constexpr Nanos kSlowestFailing = std::chrono::seconds(10);

bool same_column(const std::optional<rules::ColumnMatch>& a,
                 const std::optional<rules::ColumnMatch>& b) {
  if (!a || !b) return !a && !b;
  return a->name == b->name && a->equals == b->equals;
}

bool same(const ProbeSpec& a, const ProbeSpec& b) {
  return a.name == b.name && a.type == b.type && a.host == b.host && a.port == b.port &&
         a.timeout == b.timeout && a.every == b.every && a.expect == b.expect && a.user == b.user &&
         a.password_file == b.password_file && a.tls == b.tls && a.url == b.url &&
         a.status == b.status && a.argv == b.argv && same_column(a.column, b.column) &&
         a.unit == b.unit && a.condition.text() == b.condition.text();
}

}  // namespace

ProbeScheduler::Entry::Entry(os::Reactor& reactor, ProbeSpec wanted)
    : spec(std::move(wanted)), next_run(reactor) {
  view.name = spec.name;
  view.kind = rules::to_string(spec.type);
  view.since = reactor.now();
  view.detail = "not run yet";
}

ProbeScheduler::ProbeScheduler(os::Reactor& reactor, Maker maker, Listener on_change)
    : reactor_(reactor), maker_(std::move(maker)), on_change_(std::move(on_change)) {}

ProbeScheduler::~ProbeScheduler() = default;

void ProbeScheduler::configure(const std::vector<ProbeSpec>& specs) {
  std::vector<std::shared_ptr<Entry>> wanted;
  for (const ProbeSpec& spec : specs) {
    const auto kept =
        std::ranges::find_if(entries_, [&](const auto& entry) { return same(entry->spec, spec); });
    wanted.push_back(kept != entries_.end() ? *kept : std::make_shared<Entry>(reactor_, spec));
    wanted.back()->spec.rest = spec.rest;
  }
  std::swap(entries_, wanted);
  wake_resting();
  for (const auto& entry : entries_)
    if (!entry->probe && !entry->next_run.running()) schedule(*entry, reactor_.now());
  for (const auto& entry : wanted)
    if (std::ranges::find(entries_, entry) == entries_.end()) retire(*entry);
}

void ProbeScheduler::retire(Entry& entry) {
  entry.next_run.stop();
  entry.probe.reset();
  for (auto* requests : {&entry.waiting, &entry.queued}) {
    entry.answering.insert(entry.answering.end(), std::make_move_iterator(requests->begin()),
                           std::make_move_iterator(requests->end()));
    requests->clear();
  }
  answer(entry, {ProbeState::unknown, "the probe is no longer configured", Nanos{}});
}

ProbeScheduler::Entry* ProbeScheduler::find(std::string_view probe) const {
  const auto found =
      std::ranges::find_if(entries_, [&](const auto& entry) { return entry->spec.name == probe; });
  return found == entries_.end() ? nullptr : found->get();
}

void ProbeScheduler::schedule(Entry& entry, MonoTime when) {
  entry.next_run.start(when, [this, &entry] { start_run(entry); });
}

MonoTime ProbeScheduler::next_run(const Entry& entry) const {
  // Whether a failure was a lost run or an illness shows at once, not after a rest.
  const bool doubtful = entry.view.state == ProbeState::failed && !entry.view.found_again;
  const bool rests =
      entry.spec.rest > entry.spec.every && reactor_.now() >= close_until_ && !doubtful;
  Nanos wait = entry.spec.every;
  for (std::uint64_t failed = kEagerFailures;
       failed <= entry.consecutive_failures && wait < kSlowestFailing; ++failed)
    wait = std::min(wait * 2, kSlowestFailing);
  if (rests) wait = std::max(wait, entry.spec.rest);
  return std::max(entry.run_started + wait, reactor_.now());
}

void ProbeScheduler::watch_closely(MonoTime until) {
  close_until_ = std::max(close_until_, until);
  for (const auto& entry : entries_) entry->consecutive_failures = 0;
  wake_resting();
}

// Those whose next run would come later than it now should.
void ProbeScheduler::wake_resting() {
  for (const auto& entry : entries_)
    if (!entry->probe && entry->view.runs > 0) schedule(*entry, next_run(*entry));
}

void ProbeScheduler::start_run(Entry& entry) {
  entry.next_run.stop();
  entry.run_started = reactor_.now();
  entry.waiting.insert(entry.waiting.end(), std::make_move_iterator(entry.queued.begin()),
                       std::make_move_iterator(entry.queued.end()));
  entry.queued.clear();
  entry.probe = maker_(entry.spec);
  entry.probe->begin([this, &entry](const ProbeResult& result) { on_result(entry, result); });
}

bool ProbeScheduler::change_state(Entry& entry, ProbeState state) {
  if (entry.view.state == state) return false;
  entry.view.state = state;
  // A service that does not answer a probe has been failing since the probe began: its users wait
  // as long.
  entry.view.since = state == ProbeState::failed ? entry.run_started : reactor_.now();
  return true;
}

void ProbeScheduler::on_result(Entry& entry, const ProbeResult& result) {
  const std::shared_ptr<Entry> keep = *std::ranges::find_if(
      entries_, [&](const auto& candidate) { return candidate.get() == &entry; });
  entry.probe.reset();
  ++entry.view.runs;
  entry.consecutive_failures =
      result.state == ProbeState::failed ? entry.consecutive_failures + 1 : 0;
  if (result.state == ProbeState::failed) ++entry.view.failures;
  entry.view.detail = result.detail;
  entry.view.last_duration = result.took;
  const bool changed = change_state(entry, result.state);
  entry.view.last_found = reactor_.now();
  if (changed) {
    entry.view.first_found = entry.view.last_found;
    entry.view.found_again.reset();
  } else if (!entry.view.found_again) {
    entry.view.found_again = entry.view.last_found;
  }
  schedule(entry, entry.queued.empty() ? next_run(entry) : reactor_.now());
  // The callbacks may configure anew or request another run.
  entry.answering = std::exchange(entry.waiting, {});
  if (changed && on_change_) on_change_(ProbeView(entry.view));
  answer(entry, result);
}

void ProbeScheduler::answer(Entry& entry, const ProbeResult& result) {
  while (!entry.answering.empty()) {
    const Request request = std::move(entry.answering.front());
    entry.answering.erase(entry.answering.begin());
    if (request.done) request.done(result);
  }
}

std::uint64_t ProbeScheduler::run_now(std::string_view probe, Done done) {
  Entry* entry = find(probe);
  if (entry == nullptr) return 0;
  const std::uint64_t id = ++last_request_;
  entry->queued.push_back({id, std::move(done)});
  // A run that another caller waits for is left to end; a scheduled one shows the past.
  if (!entry->probe || entry->waiting.empty()) start_run(*entry);
  return id;
}

void ProbeScheduler::forget(std::uint64_t request) {
  for (const auto& entry : entries_)
    for (auto* requests : {&entry->queued, &entry->waiting, &entry->answering})
      std::erase_if(*requests, [&](const Request& one) { return one.id == request; });
}

void ProbeScheduler::restart_clock(std::string_view probe, const std::string& why) {
  Entry* entry = find(probe);
  if (entry == nullptr) return;
  entry->probe.reset();
  entry->queued.insert(entry->queued.begin(), std::make_move_iterator(entry->waiting.begin()),
                       std::make_move_iterator(entry->waiting.end()));
  entry->waiting.clear();
  schedule(*entry, reactor_.now());
  entry->run_started = reactor_.now() - std::max(entry->spec.every, entry->spec.rest);
  entry->consecutive_failures = 0;
  entry->view.detail = "not run since " + why;
  const bool changed = change_state(*entry, ProbeState::unknown);
  if (changed && on_change_) on_change_(ProbeView(entry->view));
}

std::vector<ProbeView> ProbeScheduler::views() const {
  std::vector<ProbeView> views;
  views.reserve(entries_.size());
  for (const auto& entry : entries_) views.push_back(entry->view);
  return views;
}

}  // namespace slewd::remedy
