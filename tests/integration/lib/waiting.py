# SPDX-License-Identifier: Apache-2.0
"""Waits that poll. No test here sleeps for a time and hopes."""
import socket
import time


class TimedOut(AssertionError):
    pass


def until(what, condition, within=20.0, every=0.05):
    """Polls `condition` until it gives something true, and returns that. An OSError of the
    condition (a port not open yet, a file not there yet) counts as "not yet"."""
    end = time.monotonic() + within
    last = None
    while True:
        try:
            found = condition()
            if found:
                return found
        except OSError as error:
            last = error
        if time.monotonic() >= end:
            hint = f"; last: {last}" if last else ""
            raise TimedOut(f"not within {within} s: {what}{hint}")
        time.sleep(every)


def free_port(kind=socket.SOCK_STREAM):
    """A port on loopback that was free a moment ago."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
