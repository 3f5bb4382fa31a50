# SPDX-License-Identifier: Apache-2.0
"""Somebody sets the clock: slewd has to see it at once, once, in its size, and know who it was."""
import json
import os
import statistics

from runner.slewd import PORT

SIZE_ERROR = 0.001  # seconds
LATENCY = 0.050  # seconds, median over the cases
BUSY = 2  # load for each processor beyond which no duration is judged
QUIET = 3  # seconds in which no second event may come: slewd compares its clocks every second
# setoffset moves by exactly what it is asked for; the others lose the time between clk's reading of the
# clock and its call, so that +1 ms would be some microseconds less than what slewd calls a jump.
_METHODS = ("setoffset", "clock_settime", "settimeofday")
_SIZES = ((0.001, "1 ms"), (0.1, "100 ms"), (1, "1 s"), (4, "4 s"), (7, "7 s"), (11, "11 s"),
          (3600, "1 h"))
_LEAST_BY_DATE = 1
_FAST = {("clk", 0.001), ("clk", -0.1), ("date", 1), ("clk", -11), ("date", -3600)}


def _middle(first, last):
    return (first + last) / 2


class Step:
    """One case: the clock is set by `size` seconds, by date(1) or by clk in one of its ways."""

    def __init__(self, program, size, label, method=""):
        self.program, self.size = program, size
        self.fast = (program, size) in _FAST
        self.name = f"step {'+' if size > 0 else '-'}{label}, {program} {method}".rstrip()
        # date's relative form keeps the fraction of the second.
        self.command = (f"clk step {size} {method}" if program == "clk"
                        else f"date --set='{size:+} seconds'")

    def __call__(self, stage, finding):
        finding.expected = f"one external_step of {self.size:+g} s by {self.program}"
        stage.restore()
        stage.slewd.start()
        stage.slewd.wait_for_sync()
        probe = json.loads(stage.guest.run(f"jump_probe {PORT} {self.command}", within=60))
        if not finding.check("not stepped", probe["stepped"] and probe["status"] == 0):
            finding.saw(probe["said"])
            return
        finding.number("scrape_ms", probe["scrape_ms"])
        if finding.check("metric", probe["counted"]):
            self._check_latency(probe, finding)
        stage.guest.run(f"sleep {QUIET}", within=60)
        jumps = stage.slewd.api("jumps")["jumps"]
        if finding.check("events", len(jumps) == 1):
            self._check_event(jumps[0], probe["moved"], finding)
        else:
            finding.saw(f"moved by {probe['moved']:+.6f} s; {len(jumps)} events " + ", ".join(
                f"{jump['cause']} {jump['size_seconds']:+.4f} s" for jump in jumps))
        finding.check("slewctl", stage.guest.run("slewctl jumps").count("external_step") == 1)

    def _check_event(self, event, moved, finding):
        error = event["size_seconds"] - moved
        finding.number("size_error_ms", round(error * 1e3, 4))
        finding.check("cause", event["cause"] == "external_step")
        finding.check("size", abs(error) <= SIZE_ERROR)
        originator = event.get("originator", "unknown")
        # Where the kernel does not tell slewd who it was, this column fails and nothing else.
        finding.check("originator unknown" if originator == "unknown" else "originator",
                      originator.split(" ")[0] == self.program)
        finding.saw(f"{event['cause']} {event['size_seconds']:+.6f} s, {error * 1e3:+.3f} ms off; "
                    f"originator: {originator}; by {event['witnesses']}")

    def _check_latency(self, probe, finding):
        """Each moment is known by two readings around it and taken to be in their middle: of the
        step by the watch of the clock, and by clk at its own call; of the event by its age in each
        of several answers; of the metric by the exchange that first showed it. Judged over all
        cases by latency()."""
        step = [probe["step_from"], min(probe["step_to"], probe["seen_to"])]
        if self.program == "clk":
            told = json.loads(probe["said"].replace("'", '"'))
            step = [max(step[0], told["called"]), min(step[1], told["returned"])]
        moment = _middle(*step)
        event = _middle(probe["seen_from"], probe["seen_to"]) - moment
        metric = _middle(probe["metric_asked"], probe["metric_got"]) - moment
        for name, value in (
                ("event_ms", event), ("event_doubt_ms", (probe["seen_to"] - probe["seen_from"]) / 2),
                ("metric_ms", metric), ("metric_received_ms", probe["metric_got"] - moment)):
            finding.number(name, round(value * 1e3, 2))
        finding.saw(f"event {event * 1e3:.1f} ms, metric {metric * 1e3:.1f} ms")


def latency(findings, finding):
    """The medians over the steps that were seen. The metric is known no better than to a scrape,
    which takes as long as the emulator needs for it."""
    finding.expected = (f"medians of event, and of metric less a scrape, at most "
                        f"{LATENCY * 1e3:.0f} ms")
    scrapes = [each.numbers["scrape_ms"] for each in findings if "scrape_ms" in each.numbers]
    scrape = statistics.median(scrapes) if scrapes else 0
    # What shares the processors with the emulator is no fault of slewd's.
    load = os.getloadavg()[0]
    if load > BUSY * os.cpu_count():
        finding.saw(f"not judged, with a load of {load:.1f}")
    for name in ("event_ms", "metric_ms"):
        values = [each.numbers[name] for each in findings if name in each.numbers]
        if not finding.check("no " + name, bool(values)):
            continue
        median = statistics.median(values)
        finding.number("median_" + name, round(median, 2))
        if load <= BUSY * os.cpu_count():
            resolution = scrape if name == "metric_ms" else 0
            finding.check(name, median - resolution <= LATENCY * 1e3)
        finding.saw(f"{name.removesuffix('_ms')} {median:.1f} ms (largest {max(values):.1f}, "
                    f"{len(values)} cases)")
    for name, text in (("event_doubt_ms", "event known to {:.1f} ms"),
                       ("metric_received_ms", "metric in the client's hands after {:.1f} ms"),
                       ("scrape_ms", "a scrape takes {:.1f} ms here")):
        values = [each.numbers[name] for each in findings if name in each.numbers]
        if values:
            finding.saw(text.format(statistics.median(values)))


def close(attempt, findings):
    """The row that is judged over all steps, if there were any."""
    names = {step.name for step in STEPS}
    seen = [finding for finding in findings if finding.case in names]
    if seen:
        attempt("latency of the steps", latency, seen)


def _all():
    cases = []
    for number, (size, label) in enumerate(_SIZES):
        for sign in (1, -1):
            method = _METHODS[(number + (sign < 0)) % len(_METHODS)]
            cases.append(Step("clk", sign * size, label, method))
            if size >= _LEAST_BY_DATE:
                cases.append(Step("date", sign * size, label))
    return cases


STEPS = _all()
