# SPDX-License-Identifier: Apache-2.0
"""An NTP server of a few lines, for tests that must run where no other server is installed. It
answers at once and fills the bits below its precision at random, so that it sometimes seems to
have sent an answer before the question came."""
import random
import socket
import struct
import threading
import time

_NTP_EPOCH = 2208988800  # seconds from 1900 to 1970
_PRECISION = -20  # log2 seconds
_MODE_SERVER = 0x24  # no leap second, version 4


def _stamp(seconds):
    return int((seconds + _NTP_EPOCH) * 2**32) % 2**64


class NtpServer:
    """Serves this machine's time + `offset` seconds on a loopback port until the scene ends."""

    def __init__(self, scene, offset):
        self._offset = offset
        self._link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._link.bind(("127.0.0.1", 0))
        self._link.settimeout(0.2)
        self.port = self._link.getsockname()[1]
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        scene.at_end(self.stop)

    def _serve(self):
        while not self._stopped.is_set():
            try:
                request, client = self._link.recvfrom(512)
            except socket.timeout:
                continue
            now = time.time() + self._offset
            receive, transmit = (_stamp(now + random.random() * 2**_PRECISION) for _ in range(2))
            self._link.sendto(
                struct.pack(">BBbbII4sQ", _MODE_SERVER, 1, 6, _PRECISION, 0, 0, b"TEST",
                            _stamp(now - 1)) + request[40:48] +
                struct.pack(">QQ", receive, transmit), client)

    def stop(self):
        self._stopped.set()
        self._thread.join(5)
        self._link.close()
