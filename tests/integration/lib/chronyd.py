# SPDX-License-Identifier: Apache-2.0
"""Real chronyd servers on loopback that serve "the machine's time + a chosen offset", without being
able to touch the machine's clock: -x, and no CAP_SYS_TIME. A reference clock that the test feeds
tells chronyd the offset, which it takes in as a correction of the time that it serves."""
import os
import pathlib
import socket
import struct
import threading
import time

from . import peers, waiting

_CONFIG = """\
port {port}
bindaddress 127.0.0.1
cmdport 0
bindcmdaddress /
pidfile {folder}/pid
allow 127/8
local stratum 2
{user}{refclock}"""
_FEED_INTERVAL = 0.5
_SOCK_MAGIC = 0x534F434B
_NTP_EPOCH = 2208988800  # seconds from 1900 to 1970


class Answer:
    """One exchange as NTP counts it: a positive offset says that we are behind the server."""

    def __init__(self, offset, delay, stratum):
        self.offset, self.delay, self.stratum = offset, delay, stratum


def query(port, limit=1.0):
    """Asks a server for the time by a packet built here, not by the code under test."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.settimeout(limit)
        sent = time.time()
        stamp = int((sent + _NTP_EPOCH) * 2**32) % 2**64
        link.sendto(b"\x23" + bytes(39) + struct.pack(">Q", stamp), ("127.0.0.1", port))
        reply = link.recv(512)
        received = time.time()
    arrived, left = (stamp / 2**32 - _NTP_EPOCH for stamp in struct.unpack(">2Q", reply[32:48]))
    return Answer(((arrived - sent) + (left - received)) / 2,
                  (received - sent) - (left - arrived), reply[1])


def best_of(port, count=5):
    """The answer with the least delay: a single exchange on a busy machine proves little."""
    return min((query(port) for _ in range(count)), key=lambda answer: answer.delay)


class Chronyd:
    """Stratum 1 with told() seconds of offset once ready() has returned: `offset` at its start, and
    `drift` seconds more each second."""

    def __init__(self, scene, name, offset, drift=0.0):
        self._binary = peers.require("chronyd")
        self.name, self._offset, self._drift = name, offset, drift
        self._started = time.monotonic()
        self.port = waiting.free_port(socket.SOCK_DGRAM)
        folder = scene.folder / name
        folder.mkdir(mode=0o700)
        self._socket_path = str(folder / "sock")
        config = folder / "conf"
        config.write_text(_CONFIG.format(
            port=self.port, folder=folder, user="user root\n" if os.geteuid() == 0 else "",
            refclock=f"refclock SOCK {self._socket_path} refid FAKE poll 0 filter 1 "
                     "precision 1e-6\n"), encoding="ascii")
        self.child = scene.start(name, [self._binary.path, "-x", "-U", "-d", "-f", str(config)],
                                 self._binary.environment())
        self._stopped = threading.Event()
        self._feeder = threading.Thread(target=self._feed, daemon=True)
        self._feeder.start()
        scene.at_end(self._stop_feeding)

    def told(self):
        return self._offset + self._drift * (time.monotonic() - self._started)

    def _feed(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
            while not self._stopped.wait(_FEED_INTERVAL):
                now = time.time()  # struct sock_sample: timeval, offset, pulse, leap, pad, magic
                sample = struct.pack("=qqdiiii", int(now), int(now % 1 * 1e6), self.told(),
                                     0, 0, 0, _SOCK_MAGIC)
                try:
                    link.sendto(sample, self._socket_path)
                except OSError:
                    pass  # not up yet, or gone

    def _stop_feeding(self):
        self._stopped.set()
        self._feeder.join(5)

    def ready(self, within=30):
        """Waits until the served time has the offset; some five seconds."""
        def serves():
            if not self.child.running():
                text = pathlib.Path(self.child.log).read_text("utf-8", "replace")
                raise AssertionError(f"{self.name} has ended: {text}")
            answer = best_of(self.port)
            return answer.stratum == 1 and abs(answer.offset - self.told()) < 0.002
        waiting.until(f"{self.name} serves {self.told():+.3f} s", serves, within, every=0.2)
        return self


def farm(scene, offsets, drift=0.0):
    """One server for each offset, all ready."""
    servers = [Chronyd(scene, f"chronyd{n}", offset, drift) for n, offset in enumerate(offsets)]
    return [server.ready() for server in servers]
