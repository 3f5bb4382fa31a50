# SPDX-License-Identifier: Apache-2.0
"""The file behind libslewd_preload_clock: whoever runs under that library sees the wall clock that
this file says. The layout is SharedClock of preload_clock.cpp."""
import mmap
import os
import struct
import time

from . import peers

_FIELDS = 10
_FREQUENCY = 2


class ClockFile:
    def __init__(self, path):
        self.path = path
        with open(path, "wb") as out:
            out.write(bytes(8 * _FIELDS))
        os.chmod(path, 0o666)  # servers map it after they have dropped their privileges
        self._file = open(path, "r+b")
        self._map = mmap.mmap(self._file.fileno(), 8 * _FIELDS)

    def environment(self):
        return {"LD_PRELOAD": peers.preload_library(), "SLEWD_PRELOAD_CLOCK": self.path}

    def field(self, index):
        return struct.unpack_from("=q", self._map, 8 * index)[0]

    def offset(self):
        """Seconds that the stepped clock is ahead of the machine's."""
        return self.field(0) / 1e9

    def frequency_ppm(self):
        return self.field(_FREQUENCY) / 65536.0

    def step(self, seconds):
        """Steps the clock of all these processes; returns when, in monotonic seconds."""
        struct.pack_into("=q", self._map, 0, self.field(0) + round(seconds * 1e9))
        return time.monotonic()

    def users(self):
        """The processes that have this file mapped: exactly those that the test has started under
        the library, whatever they call themselves and whoever is their parent now."""
        wanted = self.path.encode()
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit() and int(entry) != os.getpid():
                try:
                    with open(f"/proc/{entry}/maps", "rb") as maps:
                        if wanted in maps.read():
                            found.append(int(entry))
                except OSError:
                    pass  # ended meanwhile, or somebody else's
        return found

    def close(self):
        self._map.close()
        self._file.close()
