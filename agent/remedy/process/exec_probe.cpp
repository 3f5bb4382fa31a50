// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/process/exec_probe.hpp"

#include <utility>

#include "agent/remedy/process/exec_table.hpp"
#include "base/check.hpp"
#include "base/duration.hpp"
#include "base/limits.hpp"
#include "base/one_line.hpp"

namespace slewd::remedy {

using rules::ProbeState;
using namespace std::chrono_literals;

namespace {

// The child's own deadline is gentler than a probe can wait for: it never comes first.
constexpr Nanos kAfterOurDeadline = 1s;

}  // namespace

ExecProbe::ExecProbe(os::Reactor& reactor, std::shared_ptr<ChildReaper> reaper,
                     rules::ProbeSpec spec)
    : reactor_(reactor), reaper_(std::move(reaper)), spec_(std::move(spec)), deadline_(reactor) {}

ExecProbe::~ExecProbe() {
  if (child_) reaper_->take(spec_.name, std::move(child_));
}

void ExecProbe::begin(std::function<void(ProbeResult)> done) {
  SLEWD_CHECK(!done_);
  done_ = std::move(done);
  started_ = reactor_.now();
  if (reaper_->waiting(spec_.name) >= limits::kProbeChildren)
    return report_soon(ProbeState::failed,
                       std::to_string(limits::kProbeChildren) + " earlier runs survived SIGKILL");
  const ChildOutput output{
      .kept = limits::kProbeTableBytes, .errors_apart = spec_.column.has_value(), .follow = false};
  child_ = std::make_unique<ChildProcess>(
      reactor_, [this](const ActResult& end) { on_end(end); }, nullptr, output);
  const auto begun = child_->start(spec_.argv, spec_.timeout + kAfterOurDeadline);
  if (!begun) {
    child_.reset();
    return report_soon(ProbeState::unknown, begun.error().describe());
  }
  deadline_.start(started_ + spec_.timeout, [this] { on_deadline(); });
}

void ExecProbe::on_end(const ActResult& end) {
  const bool good = end.ending == rules::Ending::done;
  ProbeResult result{good ? ProbeState::ok : ProbeState::failed, end.detail, {}};
  if (good && spec_.column) result = judge_output();
  child_.reset();
  finish(result.state, result.detail);
}

ProbeResult ExecProbe::judge_output() const {
  const CapturedPipe& output = child_->output();
  if (output.dropped() > 0)
    return {ProbeState::unknown,
            "a table of more than " + std::to_string(limits::kProbeTableBytes) + " bytes",
            {}};
  TableVerdict verdict = judge_table(output.text(), *spec_.column);
  return {verdict.state, std::move(verdict.detail), {}};
}

void ExecProbe::on_deadline() {
  reaper_->take(spec_.name, std::move(child_));
  finish(ProbeState::failed, "killed after " + format(spec_.timeout) + " timeout");
}

void ExecProbe::report_soon(ProbeState state, std::string detail) {
  deadline_.start(started_, [this, state, what = std::move(detail)] { finish(state, what); });
}

void ExecProbe::finish(ProbeState state, const std::string& detail) {
  deadline_.stop();
  ProbeResult result{state, one_line(detail, 2 * limits::kProbeTextBytes),
                     reactor_.now() - started_};
  const auto done = std::exchange(done_, nullptr);
  done(std::move(result));  // may destroy this probe
}

}  // namespace slewd::remedy
