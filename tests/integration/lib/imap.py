# SPDX-License-Identifier: Apache-2.0
"""An IMAP client that can tell the difference which this project is about: a greeting is not a
login. Plain sockets, so that each wait has its own deadline and can be given up."""
import socket
import threading
import time


class Refused(OSError):
    """The server answered, but not with what was wanted."""


class Session:
    """One connection. `greet` and `login` give the seconds they took, from the connect on."""

    def __init__(self, port, limit=5.0):
        self._begun = time.monotonic()
        self._deadline = self._begun + limit
        self._buffer = b""
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=limit)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
        return False

    def close(self):
        self._socket.close()

    def _line(self):
        while b"\r\n" not in self._buffer:
            self._socket.settimeout(max(0.001, self._deadline - time.monotonic()))
            more = self._socket.recv(4096)
            if not more:
                raise Refused("connection closed by the server")
            self._buffer += more
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line.decode("utf-8", "replace")

    def greet(self):
        line = self._line()
        if not line.startswith("* OK"):
            raise Refused("greeting: " + line)
        return time.monotonic() - self._begun

    def command(self, tag, text):
        self._socket.sendall(f"{tag} {text}\r\n".encode())
        while True:
            line = self._line()
            if line.startswith(tag + " "):
                if not line.startswith(tag + " OK"):
                    raise Refused(f"{text.split()[0]}: {line}")
                return line

    def login(self, user, password):
        self.greet()
        self.command("a1", f"LOGIN {user} {password}")
        return time.monotonic() - self._begun


def greeting(port, limit=5.0):
    """Seconds until the greeting; OSError (TimeoutError is one) when there is none in time."""
    with Session(port, limit) as session:
        return session.greet()


def login(port, user, password, limit=5.0):
    """Seconds that connect, greeting and LOGIN took together."""
    with Session(port, limit) as session:
        return session.login(user, password)


class Traffic:
    """Logs in again and again from a thread of its own, and remembers how each attempt went. It
    also keeps a server busy: Dovecot hangs for the whole step only if its master has been awake
    just before."""

    def __init__(self, port, user, password, every=0.1):
        self._arguments = (port, user, password)
        self._every = every
        self._stop = threading.Event()
        self._attempts = []  # (begun, ended, succeeded) in monotonic seconds; only appended to
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self):
        while not self._stop.wait(self._every):
            begun, succeeded = time.monotonic(), True
            try:
                login(*self._arguments, limit=3.0)
            except OSError:
                succeeded = False
            self._attempts.append((begun, time.monotonic(), succeeded))

    def successes(self):
        return sum(succeeded for _, _, succeeded in self._attempts)

    def recovery(self, since):
        """When the first login succeeded that was begun after one had failed since then; None
        while there is no such login."""
        failed = None
        for begun, ended, succeeded in list(self._attempts):
            if ended <= since:
                continue
            if not succeeded:
                failed = ended if failed is None else failed
            elif failed is not None and begun >= failed:
                return ended
        return None

    def stop(self):
        self._stop.set()
        self._thread.join(10)
