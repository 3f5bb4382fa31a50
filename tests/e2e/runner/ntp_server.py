# SPDX-License-Identifier: Apache-2.0
"""A real chronyd that serves this machine's time plus a chosen offset to the guest, and cannot touch
any clock: -x, and no CAP_SYS_TIME in this namespace. A reference clock that is fed here tells it the
offset, which its null clock driver takes in at once; it must not have `makestep`."""
import pathlib
import socket
import struct
import subprocess
import sys
import threading
import time

from . import namespace

sys.path.insert(0, str(namespace.ROOT / "tests" / "integration"))
from lib import peers, waiting  # noqa: E402

_CONFIG = """\
port 123
bindaddress {address}
cmdport 0
bindcmdaddress /
pidfile {folder}/pid
allow all
local stratum 2
user root
refclock SOCK {folder}/sock refid FAKE poll 0 filter 1 precision 1e-6
"""
_FEED_INTERVAL = 0.5
_SOCK_MAGIC = 0x534F434B
_NTP_EPOCH = 2208988800  # seconds from 1900 to 1970


def _query(address, limit=1.0):
    """One exchange by a packet built here: offset in seconds, stratum."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.settimeout(limit)
        sent = time.time()
        stamp = int((sent + _NTP_EPOCH) * 2**32) % 2**64
        link.sendto(b"\x23" + bytes(39) + struct.pack(">Q", stamp), (address, 123))
        reply = link.recv(512)
        received = time.time()
    arrived, left = (part / 2**32 - _NTP_EPOCH for part in struct.unpack(">2Q", reply[32:48]))
    return ((arrived - sent) + (left - received)) / 2, reply[1]


class NtpServer:
    """Stratum 1 at `address`, port 123."""

    def __init__(self, folder, address, offset=0.0):
        self.address, self.offset = address, offset
        namespace.add_address(address)
        folder = pathlib.Path(folder) / address
        folder.mkdir(mode=0o700)
        self._socket_path = str(folder / "sock")
        (folder / "conf").write_text(_CONFIG.format(address=address, folder=folder))
        program = peers.require("chronyd")
        self._log = folder / "log"
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                [program.path, "-x", "-U", "-d", "-f", str(folder / "conf")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **program.environment()})
        self._stopped = threading.Event()
        threading.Thread(target=self._feed, daemon=True).start()

    def _feed(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
            while not self._stopped.wait(_FEED_INTERVAL):
                now = time.time()  # struct sock_sample: timeval, offset, pulse, leap, pad, magic
                sample = struct.pack("=qqdiiii", int(now), int(now % 1 * 1e6), self.offset, 0, 0,
                                     0, _SOCK_MAGIC)
                try:
                    link.sendto(sample, self._socket_path)
                except OSError:
                    pass  # not up yet, or gone

    def ready(self, within=30):
        """Waits until the served time has the offset; some five seconds."""
        def serves():
            if self._process.poll() is not None:
                raise AssertionError("chronyd has ended: " + self._log.read_text())
            offset, stratum = min((_query(self.address) for _ in range(5)),
                                  key=lambda answer: abs(answer[0] - self.offset))
            return stratum == 1 and abs(offset - self.offset) < 0.002
        waiting.until(f"chronyd serves {self.offset:+.3f} s", serves, within, every=0.2)
        return self

    def stop(self):
        self._stopped.set()
        self._process.terminate()
        self._process.wait(10)
