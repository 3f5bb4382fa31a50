#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The preload clock itself: everything else here trusts it. It must shift the wall clock of the
processes under it while they run, leave monotonic time alone, and keep every attempt to set or
steer the clock away from the kernel."""
import ctypes
import os
import pathlib
import socket
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from lib import children, waiting  # noqa: E402
from lib.clock_file import ClockFile  # noqa: E402

CLOSE = 2.0  # seconds; the steps are an hour and more, so a busy machine cannot blur them
CLOCK_TAI = 11
ADJ_FREQUENCY, ADJ_TICK, ADJ_SETOFFSET, ADJ_NANO = 0x2, 0x4000, 0x100, 0x2000


class Timex(ctypes.Structure):
    _fields_ = [("modes", ctypes.c_uint), ("offset", ctypes.c_long), ("freq", ctypes.c_long),
                ("maxerror", ctypes.c_long), ("esterror", ctypes.c_long), ("status", ctypes.c_int),
                ("constant", ctypes.c_long), ("precision", ctypes.c_long),
                ("tolerance", ctypes.c_long), ("sec", ctypes.c_long), ("frac", ctypes.c_long),
                ("tick", ctypes.c_long), ("rest", ctypes.c_long * 16)]


def readings():
    """The wall clock by each door that a program may use."""
    libc = ctypes.CDLL(None, use_errno=True)
    spec = (ctypes.c_long * 2)()
    libc.gettimeofday(spec, None)
    found = {"gettimeofday": spec[0], "time": libc.time(None)}
    libc.timespec_get(spec, 1)
    found["timespec_get"] = spec[0]
    for name, number in (("REALTIME", 0), ("REALTIME_COARSE", 5), ("TAI", CLOCK_TAI)):
        libc.clock_gettime(number, spec)
        found["CLOCK_" + name] = spec[0]
    return found


def kernel_stamp():
    """The kernel's receive stamp of a packet, as a reader under the library sees it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.settimeout(10)
        one.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
        one.sendto(b"x", one.getsockname())
        _, parts, _, _ = one.recvmsg(16, 256)
        return struct.unpack("=qq", parts[0][2])[0]


def adjust(**fields):
    request = Timex(**fields)
    state = ctypes.CDLL(None, use_errno=True).clock_adjtime(0, ctypes.byref(request))
    return state, request


def under_the_library():
    """What the child does; `real` comes from its parent, who is not under the library."""
    real = float(sys.stdin.readline())
    before = time.monotonic()
    for door, value in readings().items():
        tai = 60 if door == "CLOCK_TAI" else 0  # a machine may know TAI - UTC, 37 s now
        assert abs(value - (real + 3600)) < CLOSE + 1 + tai, f"{door}: {value} against {real}"
    assert abs(kernel_stamp() - (real + 3600)) < CLOSE + 1, "kernel receive stamp"
    assert abs(time.monotonic() - before) < 10, "monotonic time"

    state, readback = adjust(modes=ADJ_FREQUENCY, freq=-90 * 65536)
    assert (state, readback.freq, readback.tick) == (0, -90 * 65536, 10000), "frequency is kept"
    state, readback = adjust(modes=0)
    assert (state, readback.freq) == (0, -90 * 65536), "frequency is read back"
    assert adjust(modes=ADJ_TICK, tick=20000)[0] == -1, "a tick out of range is refused"
    adjust(modes=ADJ_SETOFFSET | ADJ_NANO, sec=-7200, frac=0)
    assert abs(time.time() - (real - 3600)) < CLOSE + 1, "ADJ_SETOFFSET moves the file's clock"
    time.clock_settime(time.CLOCK_REALTIME, real + 86400)
    assert abs(time.time() - (real + 86400)) < CLOSE + 1, "clock_settime moves the file's clock"
    print("child done", flush=True)


def body(scene):
    clock = ClockFile(scene.path("clock"))
    scene.at_end(clock.close)
    clock.step(3600)
    kernel = Timex(modes=0)
    libc = ctypes.CDLL(None)
    libc.adjtimex(ctypes.byref(kernel))
    before = (kernel.freq, kernel.tick, time.time() - time.monotonic())

    feed = scene.path("feed")
    os.mkfifo(feed)
    command = f"exec '{sys.executable}' '{__file__}' child < '{feed}'"
    child = scene.start("child", ["sh", "-c", command], clock.environment())
    # Opened for both directions, so that it cannot block if the child has died before reading.
    pipe = os.open(feed, os.O_RDWR)
    scene.at_end(os.close, pipe)
    waiting.until("the child under the library", lambda: child.pid in clock.users(), within=30)
    os.write(pipe, f"{time.time()}\n".encode())
    assert child.wait(30) == 0, "the child has failed"

    assert abs(clock.offset() - 86400) < CLOSE + 30, f"the file says {clock.offset()}"
    assert clock.frequency_ppm() == -90.0, "the file keeps the frequency"
    libc.adjtimex(ctypes.byref(kernel))
    assert (kernel.freq, kernel.tick) == before[:2], "the kernel's rate was touched"
    assert abs(time.time() - time.monotonic() - before[2]) < CLOSE, "the kernel's clock was touched"


if sys.argv[1:] == ["child"]:
    under_the_library()
else:
    children.run("the preload clock shifts the wall clock and shields the kernel", body)
