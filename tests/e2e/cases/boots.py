# SPDX-License-Identifier: Apache-2.0
"""A machine whose battery clock is wrong boots, with the network there from the beginning or a minute
later. slewd has the package's own configuration but for the servers, and slewd-wait is enabled."""
import bisect
import calendar
import os
import re
import time

from runner import truth
from runner.stage import RIVAL_SERVER, SERVER

RIGHT = 0.128  # seconds; what slewd steps at the start
BETTER = 0.010
WITHIN = 15  # seconds of network and slewd
BUSY = 2  # load for each processor beyond which no duration is judged
LATE = 60  # seconds after the boot
_WITNESSED = 10  # seconds
_HOUR = 3600
_DATE = "%Y-%m-%dT%H:%M:%S"
# What slewd watches for its rules is not the story of the clock.
_ASIDE = r'event="(probe|unit) changed"'
# The guest has no polkitd, so that the rule which starts slewd-first-sync.target is refused.
_BAD = r'\blevel=(error|critical)\b(?! event="action finished" rule=first-sync-target .*ending=refused)'

# clock-log sees all of the boot, witness what a service sees that must not see the time go back.
_UNITS = {
    "clk-server.service": """\
[Service]
ExecStart=/usr/local/bin/clk serve 5001
[Install]
WantedBy=multi-user.target
""",
    "clock-log.service": """\
[Unit]
DefaultDependencies=no
Before=slewd.service
[Service]
ExecStart=/usr/local/bin/clk log 100
StandardOutput=file:/run/clock-log
[Install]
WantedBy=sysinit.target
""",
    "witness.service": """\
[Unit]
After=time-sync.target
[Service]
ExecStart=/usr/local/bin/clk log 100
StandardOutput=file:/run/witness
[Install]
WantedBy=multi-user.target
""",
    # What a machine remembers that was right before it was switched off.
    "remember.service": """\
[Unit]
ConditionKernelCommandLine=e2e.remembers
DefaultDependencies=no
Before=slewd.service
[Service]
Type=oneshot
ExecStart=cp -a /var/lib/slewd.right/. /var/lib/slewd/
[Install]
WantedBy=sysinit.target
""",
}


def keep(stage):
    """The machine as the cases find it, switched off."""
    guest = stage.guest
    for name, text in _UNITS.items():
        guest.run(f"cat >/etc/systemd/system/{name} <<'END'\n{text}END")
    wanted = " ".join(name for name, text in _UNITS.items() if "[Install]" in text)
    guest.run(f"systemctl daemon-reload && systemctl enable --quiet {wanted} slewd-wait.service",
              within=120)
    stage.slewd.configure_only(servers=[{"host": SERVER}, {"host": RIVAL_SERVER}])
    guest.run("systemctl restart slewd", within=120)
    stage.slewd.wait_for_sync()
    guest.run("systemctl stop slewd && cp -a /var/lib/slewd /var/lib/slewd.right && "
              "rm -rf /var/lib/slewd/*", within=60)
    guest.keep_disk()


class Course:
    """The lines of `clk log`: when, by the clock that nothing slews, and how wrong the wall clock was,
    in seconds. `zero` is the wall clock less the other when the wall clock was right."""

    def __init__(self, text, zero):
        pairs = [tuple(map(int, line.split())) for line in text.splitlines() if line.count(" ") == 1]
        self.when = [raw / 1e9 for raw, _ in pairs]
        self.error = [(wall - raw - zero) / 1e9 for raw, wall in pairs]
        walls = [wall for _, wall in pairs]
        self.back = [(before - after) / 1e9 for before, after in zip(walls, walls[1:])
                     if after < before]

    def right_since(self, limit):
        """The first reading after which none is wrong; None if the last one is."""
        wrong = [at for at, error in zip(self.when, self.error) if abs(error) > limit]
        following = bisect.bisect(self.when, wrong[-1]) if wrong else 0
        return self.when[following] if following < len(self.when) else None

    def error_at(self, moment):
        return self.error[min(bisect.bisect(self.when, moment), len(self.error) - 1)]


def _apart(seconds):
    """A span for people."""
    for unit, length in (("y", 365.25 * 86400), ("d", 86400), ("h", _HOUR), ("s", 1)):
        if abs(seconds) >= length:
            return f"{seconds / length:+.1f} {unit}"
    return f"{seconds * 1e3:+.1f} ms"


class Boot:
    """`battery` is a date and time of UTC, or seconds from now. Since version 251 systemd sets a
    clock back to its own build that is 15 years or more ahead of it; with `believed` the clock is
    what the battery clock says, as under an older one."""

    def __init__(self, label, battery, late=False, remembers=False, believed=False, fast=False):
        self.battery, self.late, self.remembers, self.fast = battery, late, remembers, fast
        self.believed = believed
        self.name = f"battery clock {label}" + (", believed" if believed else "") + (
            ", it remembers" if remembers else "") + (
            f", network after {LATE} s" if late else "")

    def _kernel(self):
        words = ["e2e.remembers"] if self.remembers else []
        if self.believed:
            at = calendar.timegm(time.strptime(self.battery, _DATE))
            words.append(f"systemd.clock_usec={at * 10**6}")
        return " ".join(words)

    def _battery_clock(self):
        if isinstance(self.battery, str):
            return self.battery
        return time.strftime(_DATE, time.gmtime(time.time() + self.battery))

    def __call__(self, stage, finding):
        finding.expected = (f"right to {RIGHT * 1e3:.0f} ms {WITHIN} s after the network and for good; "
                            "no time goes back after time-sync.target")
        plugged = stage.guest.boot(battery_clock=self._battery_clock(),
                                   kernel=self._kernel(),
                                   unplugged=LATE if self.late else 0)
        stage.slewd.wait_for_sync()
        stage.guest.wait("the witness runs", "test -s /run/witness", within=60)
        stage.guest.run(f"sleep {_WITNESSED}", within=60)
        zero = self._zero(stage)
        everything = Course(stage.guest.run("cat /run/clock-log"), zero)
        witness = Course(stage.guest.run("cat /run/witness"), zero)
        self._check_course(everything, self._begin(stage, plugged, zero), finding)
        self._check_witness(witness, finding)
        self._check_words(stage, finding)

    @staticmethod
    def _zero(stage):
        raw, wall = map(int, stage.guest.run("clk log 0 1").split())
        return wall - raw - int(truth.clock_offset() * 1e9)

    @staticmethod
    def _begin(stage, plugged, zero):
        """From when on slewd could know the time: its start, or the network's."""
        said = stage.guest.run("systemctl show --value --property ExecMainStartTimestampMonotonic slewd")
        return max(int(said) / 1e6, plugged - zero / 1e9)

    @staticmethod
    def _check_course(course, begin, finding):
        finding.number("begin_seconds", round(begin, 2))
        finding.saw(f"{_apart(course.error_at(begin))} at {begin:.1f} s of the boot, with slewd and "
                    "the network there")
        for name, limit in (("right", RIGHT), ("better", BETTER)):
            since = course.right_since(limit)
            finding.number(name + "_after_seconds", None if since is None else round(since - begin, 2))
            finding.saw(f"{limit * 1e3:.0f} ms: " + (
                "never" if since is None else f"{max(since - begin, 0):.1f} s later"))
        right = finding.numbers["right_after_seconds"]
        if not finding.check("never right", right is not None) or right <= WITHIN:
            return
        # What shares the processors with the emulator is no fault of slewd's.
        load = os.getloadavg()[0]
        if load > BUSY * os.cpu_count():
            finding.saw(f"late, but not judged with a load of {load:.1f}")
        else:
            finding.check("late", False)

    @staticmethod
    def _check_witness(witness, finding):
        finding.check("went back", not witness.back)
        finding.check("began early", abs(witness.error[0]) <= RIGHT)
        finding.number("readings", len(witness.when))
        finding.number("backward_seconds", sum(witness.back))
        finding.saw(f"the witness began at {witness.when[0]:.1f} s, {_apart(witness.error[0])} off; "
                    f"{len(witness.when)} readings, {len(witness.back)} went back")

    @staticmethod
    def _check_words(stage, finding):
        journal = stage.guest.run("journalctl --no-pager --output short-monotonic --unit slewd "
                                  "--unit slewd-wait")
        print("\n".join("    " + line for line in journal.splitlines()
                        if not re.search(_ASIDE, line)), flush=True)
        finding.check("journal", not re.search(_BAD, journal))
        finding.check("step untold", "the start-up error was stepped" in journal)
        status, said = stage.guest.attempt("slewctl status")
        if not finding.check("slewctl status", status == 0):
            finding.saw(said[:300])
        finding.check("slewd-wait", stage.guest.attempt(
            "systemctl is-active --quiet slewd-wait")[0] == 0)


BOOTS = [Boot("2 h ahead", 2 * _HOUR), Boot("2 h ahead", 2 * _HOUR, late=True, fast=True),
         Boot("2 h behind", -2 * _HOUR), Boot("2 h behind", -2 * _HOUR, late=True),
         Boot("in 1970", "1970-01-01T00:00:00", fast=True),
         Boot("in 1970", "1970-01-01T00:00:00", late=True),
         Boot("in 2099", "2099-06-01T00:00:00"),
         Boot("in 2099", "2099-06-01T00:00:00", believed=True, fast=True),
         Boot("in 2099", "2099-06-01T00:00:00", believed=True, late=True),
         Boot("2 h ahead", 2 * _HOUR, remembers=True),
         Boot("in 1970", "1970-01-01T00:00:00", remembers=True),
         Boot("in 2099", "2099-06-01T00:00:00", believed=True, late=True, remembers=True)]
