#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The control for everything that slewd claims about Dovecot, without slewd: stepped back 60 s, a
busy Dovecot 2.3 greets at once but lets nobody in for min(step, 180 s); a reload ends that."""
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from lib import children, dovecot, imap, waiting  # noqa: E402
from lib.clock_file import ClockFile  # noqa: E402

STEP = -60.0
HANGS = 10.0  # a login blocked for so long hangs; the whole hang would take 58 s


def body(scene):
    clock = ClockFile(scene.path("clock"))
    scene.at_end(clock.close)
    server = dovecot.Dovecot(scene, clock)
    server.start()
    print(f"login before the step: {server.login():.3f} s")

    traffic = imap.Traffic(server.port, dovecot.USER, dovecot.PASSWORD)
    scene.at_end(traffic.stop)
    waiting.until("20 logins of the traffic", lambda: traffic.successes() >= 20, within=60)
    stepped = server.step(STEP)

    def blocked():
        begun = time.monotonic()
        took = server.try_login(HANGS)
        return time.monotonic() - begun if took is None else None

    # The first login may still meet an imap process that was started before the step.
    hung = waiting.until("a login that hangs", blocked, within=60)
    answered = imap.greeting(server.port)
    print(f"control: {time.monotonic() - stepped:.1f} s after a step of {STEP:+.0f} s a login has "
          f"been blocked for {hung:.1f} s, the greeting takes {answered:.3f} s")
    assert hung >= HANGS * 0.95, "the login was refused, not blocked"
    announced = server.announced_wait()
    print(f"control: Dovecot itself says that it would go on so for {announced:.1f} s")
    assert abs(announced + STEP) < 10, "that is not the hang that the research measured"

    reloaded = time.monotonic()
    server.run("reload")
    waiting.until("a login after the reload", server.try_login, within=10)
    took = time.monotonic() - reloaded
    print(f"control: a login succeeds {took:.2f} s after the reload")


children.run("Dovecot hangs its logins after a step, and a reload frees it", body)
