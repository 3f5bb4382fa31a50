# SPDX-License-Identifier: Apache-2.0
"""What happens to a machine besides a step: a rival daemon, a pause of the whole machine, a crash
in the middle of a slew, and a slew that is let be."""
import json
import time

from runner import truth

_RIVAL_CONFIGURATION = "server {address} iburst\ndriftfile /var/lib/chrony/chrony.drift\n"
_NAMED_WITHIN = 3  # seconds
_DOWN_WITHIN = 10
_PAUSE = 10
_RESTORED_WITHIN = 5
_READER = 22  # seconds


def rival(stage, finding):
    """The package's own mode, auto: the clock is left to whoever else takes it."""
    finding.expected = (f"chronyd named within {_NAMED_WITHIN} s, steering ends within "
                        f"{_DOWN_WITHIN} s")
    stage.restore()
    text = _RIVAL_CONFIGURATION.format(address=stage.rival_server.address)
    stage.guest.run(f"cat >/etc/chrony/chrony.conf <<'END'\n{text}END")
    stage.slewd.start()
    finding.check("not steering before", stage.slewd.wait_for_sync()["steering"])
    stage.guest.run("systemctl start --no-block chrony")
    stage.guest.wait("chronyd runs", "pgrep -x chronyd >/dev/null", every=0.01)
    begun = stage.uptime()
    times = {}

    def look():
        status = stage.slewd.api("status")
        metric = [line for line in stage.slewd.page("/metrics").splitlines()
                  if line.startswith("slewd_external_steering_detected") and line.endswith(" 1")]
        now = stage.uptime() - begun
        if "chronyd" in status.get("observe_reason", "") or any("chronyd" in line
                                                                for line in metric):
            times.setdefault("named", now)
        if metric:
            times.setdefault("metric", now)
        if not status["steering"]:
            times.setdefault("down", now)
        return len(times) == 3 or now > 3 * _DOWN_WITHIN

    stage.guest.poll(look, within=60)
    for name, limit in (("named", _NAMED_WITHIN), ("metric", _NAMED_WITHIN),
                        ("down", _DOWN_WITHIN)):
        finding.check(name, times.get(name, limit + 1) <= limit)
        finding.saw(f"{name} after {times[name]:.1f} s" if name in times else f"{name}: never")
        finding.number(name + "_seconds", times.get(name))
    finding.saw(stage.slewd.api("status").get("observe_reason", "no reason"))


def pause(stage, finding):
    """Only the battery clock and the servers can tell: no clock was set, and MONOTONIC stood still
    as well."""
    finding.expected = f"one vm_pause of {_PAUSE} s"
    stage.restore()
    stage.slewd.start()
    stage.slewd.wait_for_sync()
    # The battery clock is to be known before the pause, or nothing could be compared with it.
    stage.guest.run("sleep 12", within=60)
    stage.guest.qmp.command("stop")
    stopped = time.monotonic()
    while time.monotonic() - stopped < _PAUSE:
        time.sleep(0.05)
    stage.guest.qmp.command("cont")
    paused = time.monotonic() - stopped
    begun = stage.uptime()
    stage.guest.poll(lambda: stage.slewd.api("jumps")["jumps"], within=60, every=0.3)
    finding.number("seen_seconds", round(stage.uptime() - begun, 1))
    stage.guest.run("sleep 10", within=60)  # for a second event that must not come
    jumps = stage.slewd.api("jumps")["jumps"]
    finding.check("events", len(jumps) == 1)
    finding.check("cause", all(jump["cause"] == "vm_pause" for jump in jumps))
    finding.check("size", all(abs(abs(jump["size_seconds"]) - paused) < 1 for jump in jumps))
    if jumps:
        finding.saw(f"after {finding.numbers['seen_seconds']} s: " + ", ".join(
            f"{jump['cause']} {jump['size_seconds']:+.3f} s by {jump['witnesses']}"
            for jump in jumps))
    else:
        finding.saw(f"no event; phase {stage.slewd.api('status')['state']}, the clock is off by "
                    f"{truth.clock_offset():+.3f} s")


def killed(stage, finding):
    """A slew of 2 % needs the kernel's tick; the unit's ExecStopPost has to put it back."""
    finding.expected = (f"tick 10000 and the base frequency within {_RESTORED_WITHIN} s of SIGKILL")
    stage.restore(offset=-2.0, step={"at_startup": "never"},
                  steering={"large_offset_slew": "2%"})
    stage.slewd.start()
    stage.guest.wait("a slew by the tick", "clk read | grep -v '\"tick\": 10000,'", within=90)
    during = json.loads(stage.guest.run("clk read"))
    # In the guest, so that the time until the look is not the connection's.
    after = json.loads(stage.guest.run(
        f"begun=$SECONDS; systemctl kill --kill-who=main --signal=KILL slewd; "
        f"until state=$(clk read) && [[ $state == *'\"tick\": 10000,'* ]]; do "
        f"((SECONDS - begun < 3 * {_RESTORED_WITHIN})) || break; done; echo \"$state\"",
        within=90))
    took = after["mono"] - during["mono"]
    finding.check("tick", after["tick"] == 10000)
    finding.check("frequency", abs(after["frequency_ppm"]) < 100)
    finding.check("single shot", after["singleshot_us"] == 0)
    finding.check("time", took <= _RESTORED_WITHIN)
    finding.number("restored_seconds", round(took, 2))
    finding.saw(f"tick {during['tick']}, {during['frequency_ppm']:+.1f} ppm before; after "
                f"{took:.1f} s tick {after['tick']}, {after['frequency_ppm']:+.1f} ppm")
    stage.guest.wait("slewd is back", "systemctl is-active --quiet slewd", within=30)


class Slew:
    """50 ms of a real slew, forward or back, while a reader watches every reading."""

    def __init__(self, offset):
        self.offset, self.fast = offset, offset > 0
        self.name = f"slew of {-offset * 1e3:+.0f} ms"

    def __call__(self, stage, finding):
        finding.expected = "ends within 2 ms of the truth, no reading goes back, no jump"
        stage.restore(offset=self.offset, steering={"max_slew": "5000ppm",
                                                    "large_offset_slew": "5000ppm"})
        stage.slewd.start()
        stage.guest.run(f"setsid clk forward {_READER} >/run/forward 2>&1 </dev/null &")
        begun = stage.uptime()
        ended = stage.guest.poll(lambda: abs(truth.clock_offset()) < 0.002, within=90, every=0.3)
        finding.number("slew_seconds", round(stage.uptime() - begun, 1))
        reader = json.loads(stage.guest.wait("the reader has ended",
                                             "grep readings /run/forward", within=60))
        left = truth.clock_offset()
        finding.check("not ended", ended and abs(left) < 0.005)
        finding.check("went back", reader["wall_backward"] + reader["mono_backward"] == 0)
        status = stage.slewd.api("status")
        finding.check("jump", status["jumps"]["total"] == 0)
        finding.check("stepped", status["adjustments"]["steps"] == 0)
        finding.saw(f"{self.offset * 1e3:+.0f} ms became {left * 1e3:+.2f} ms, done after "
                    f"{finding.numbers['slew_seconds']} s; {reader['readings']} readings, "
                    f"{reader['wall_backward']} of the wall clock and {reader['mono_backward']} of "
                    f"MONOTONIC went back; longest gap {reader['longest_gap_ms']} ms")


SLEWS = [Slew(0.05), Slew(-0.05)]
