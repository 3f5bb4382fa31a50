// SPDX-License-Identifier: Apache-2.0
#include "agent/os/trace/clock_calls.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <unistd.h>

#include "agent/os/trace/process_origin.hpp"
#include "agent/os/trace/traced_call.hpp"
#include "base/limits.hpp"

namespace slewd::os {
namespace {

bool is_first_namespace() {
  // PROC_PID_INIT_INO of linux/proc_ns.h.
  constexpr std::string_view kFirst = "pid:[4026531836]";
  std::array<char, 64> target{};
  const ssize_t length = ::readlink("/proc/self/ns/pid", target.data(), target.size());
  return length > 0 && std::string_view(target.data(), static_cast<std::size_t>(length)) == kFirst;
}

// Avoids useless wake-ups: calls on other clocks, and this process's own reading each second. Calls
// that pass the filter are checked again.
std::string condition_for(Traced what, int self) {
  const bool has_clock = what == Traced::clock_settime || what == Traced::clock_adjtime;
  std::string condition = has_clock ? "which_clock == 0" : "";
  // The kernel filters by its own number for the calling thread, which for the first thread is ours
  // if no namespace translates it.
  if (is_first_namespace())
    condition += (has_clock ? " && " : "") + std::string("common_pid != ") + std::to_string(self);
  return condition;
}

}  // namespace

Result<std::unique_ptr<ClockCallTrace>> ClockCallTrace::open(TracepointList tracepoints,
                                                             TraceEvents events) {
  std::unique_ptr<ClockCallTrace> trace(new ClockCallTrace(std::move(tracepoints)));
  if (auto opened = trace->open_all(events); !opened)
    return fail(std::move(opened.error()).within("cannot trace who sets the clock"));
  return trace;
}

ClockCallTrace::ClockCallTrace(TracepointList tracepoints)
    : tracepoints_(std::move(tracepoints)), self_(::getpid()) {}

Result<void> ClockCallTrace::open_all(TraceEvents& events) {
  const long configured = ::sysconf(_SC_NPROCESSORS_CONF);
  for (int number = 0; number < configured; ++number) {
    Result<Processor> opened = open_processor(number, events);
    if (!opened && opened.error().code() == ErrorCode::unavailable) continue;
    if (!opened) return fail(std::move(opened.error()));
    if (processors_.size() >= limits::kTracedProcessors)
      return fail(ErrorCode::limit,
                  "more than " + std::to_string(limits::kTracedProcessors) + " processors");
    processors_.push_back(std::move(*opened));
  }
  return {};
}

Result<ClockCallTrace::Processor> ClockCallTrace::open_processor(int number,
                                                                 TraceEvents& events) const {
  Processor processor;
  for (const Tracepoint& tracepoint : tracepoints_) {
    if (tracepoint.what == Traced::process_exit) continue;
    Result<Fd> event = events.take(tracepoint, number);
    if (!event) return fail(std::move(event.error()));
    if (const std::string condition = condition_for(tracepoint.what, self_); !condition.empty())
      (void)filter_tracepoint(*event, condition);
    if (!processor.calls) {
      auto ring = PerfRing::map(*event, limits::kClockCallRingBytes, RingUse::wakes);
      if (!ring) return fail(std::move(ring.error()));
      processor.calls.emplace(std::move(*ring));
    } else if (auto shared = share_ring(*event, processor.events.front()); !shared) {
      return fail(std::move(shared.error()));
    }
    processor.events.push_back(std::move(*event));
  }
  if (!processor.calls) return fail(ErrorCode::unsupported, "no tracepoint of a call");
  open_exits(processor, number, events);
  return processor;
}

// Without it only the command of a process that ends early is unknown.
void ClockCallTrace::open_exits(Processor& processor, int number, TraceEvents& events) const {
  const auto exit = std::ranges::find(tracepoints_, Traced::process_exit, &Tracepoint::what);
  if (exit == tracepoints_.end()) return;
  Result<Fd> event = events.take(*exit, number);
  if (!event) return;
  auto ring = PerfRing::map(*event, limits::kExitRingBytes, RingUse::overwrites);
  if (!ring) return;
  processor.exit_event = std::move(*event);
  processor.exits.emplace(std::move(*ring));
}

std::vector<core::ClockCall> ClockCallTrace::since(RawTime from) {
  collect();
  const std::scoped_lock lock(mutex_);
  return log_.since(from);
}

void ClockCallTrace::collect() {
  const std::scoped_lock lock(mutex_);
  for (core::ClockCall& call : take_calls()) {
    identify(call);
    log_.add(std::move(call));
  }
}

std::vector<core::ClockCall> ClockCallTrace::take_calls() {
  std::vector<core::ClockCall> calls;
  for (Processor& processor : processors_) {
    PerfRecords records = processor.calls->take();
    while (const auto sample = records.next()) {
      auto call = decode_call(*sample, tracepoints_);
      if (call && call->process != self_) calls.push_back(std::move(*call));
    }
    lost_ += records.lost();
  }
  return calls;
}

void ClockCallTrace::identify(core::ClockCall& call) const {
  if (call.process == 0) return;  // of a namespace that we cannot see into
  // A program that reads again and again is looked up once; one that sets, each time, since it may
  // have become another by exec().
  std::optional<ProcessIdentity> identity;
  if (!call.sets) identity = log_.known(call.process);
  if (!identity) identity = identify_process(call.process);
  if (!identity) identity = log_.known(call.process);
  if (!identity) identity = ProcessIdentity{command_at_end(call), ""};
  call.command = std::move(identity->command);
  call.origin = std::move(identity->origin);
}

std::string ClockCallTrace::command_at_end(const core::ClockCall& call) const {
  for (const Processor& processor : processors_) {
    if (!processor.exits) continue;
    PerfRecords records = processor.exits->look();
    while (const auto sample = records.next()) {
      if (sample->at < call.at) break;  // newest first: the rest is older still
      auto end = decode_end(*sample, tracepoints_);
      if (end && end->process == call.process) return std::move(end->command);
    }
  }
  return "";
}

std::vector<int> ClockCallTrace::descriptors() const {
  std::vector<int> all;
  for (const Processor& processor : processors_) all.push_back(processor.events.front().get());
  return all;
}

std::uint64_t ClockCallTrace::lost() const {
  const std::scoped_lock lock(mutex_);
  return lost_;
}

}  // namespace slewd::os
