#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Clients that misbehave towards slewd's port. Each attack is a function that runs in a process of
its own until its time is over: attacks.py NAME PORT SOCKET SECONDS prints how many connections it
made."""
import collections
import itertools
import os
import resource
import selectors
import socket
import struct
import sys
import time

NOBODY = 65534
GET = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
READY = b"GET /-/ready HTTP/1.1\r\nHost: localhost\r\n\r\n"
HALF = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Fill: "
POST = (b"POST /api/v1/pause HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 16000\r\n\r\n")
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close() sends a reset

ATTACKS = {}


def attack(name, text, needs_root=False):
    def enter(function):
        ATTACKS[name] = (function, text, needs_root)
        return function
    return enter


class Target:
    def __init__(self, port, path, seconds):
        self.port, self.path, self.made = port, path, 0
        self.end = time.monotonic() + seconds

    def over(self):
        return time.monotonic() >= self.end

    def tcp(self, source="127.0.0.1", receive=0):
        """A connection that is under way: nothing here waits for its establishment."""
        link = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        link.setblocking(False)
        if receive:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        if source != "127.0.0.1":
            link.bind((source, 0))
        link.connect_ex(("127.0.0.1", self.port))
        self.made += 1
        return link

    def unix(self):
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.settimeout(1)
        link.connect(self.path)
        link.setblocking(False)
        self.made += 1
        return link

    def at_rate(self, rate):
        """Gives its number when the next connection is due; what was missed is made up in part."""
        begun = time.monotonic()
        for number in itertools.count():
            wait = begun + number / rate - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            elif wait < -0.5:
                begun = time.monotonic() - number / rate
            if self.over():
                return
            yield number


def send(link, data):
    """What the socket takes at once; False when the connection is no more."""
    try:
        link.send(data)
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True


class Kept:
    """The newest connections; older ones are closed."""

    def __init__(self, most):
        self.most, self.links = most, collections.deque()

    def add(self, link):
        self.links.append(link)
        if len(self.links) > self.most:
            self.links.popleft().close()


def flood(target, rate, data=b"", kept=2500, sources=("127.0.0.1",), **options):
    """`rate` connections a second, each with `data` and then silence."""
    old = Kept(kept)
    for number in target.at_rate(rate):
        try:
            link = target.tcp(sources[number % len(sources)], **options)
        except OSError:
            continue  # no port or buffer is free on this side
        if data:
            send(link, data)
        old.add(link)


def many_addresses(count):
    return [f"127.{1 + i // 250 % 250}.{i // 62500}.{1 + i % 250}" for i in range(count)]


for each_rate in (47, 392, 2000):
    attack(f"one-byte-{each_rate}", f"{each_rate} connections/s that send one byte")(
        lambda target, rate=each_rate: flood(target, rate, b"G"))

attack("one-byte-addresses", "2000/s that send one byte, from 5000 addresses of 127/8")(
    lambda target: flood(target, 2000, b"G", sources=many_addresses(5000)))
attack("silent", "2000 connections/s that send nothing")(lambda target: flood(target, 2000))
attack("silent-addresses", "2000/s that send nothing, from 5000 addresses")(
    lambda target: flood(target, 2000, sources=many_addresses(5000)))
attack("http10", "200/s HTTP/1.0 requests whose answer is not read")(
    lambda target: flood(target, 200, b"GET /metrics HTTP/1.0\r\n\r\n"))
attack("requests", "500/s complete requests whose answer is not read, small windows")(
    lambda target: flood(target, 500, GET, receive=2048))
attack("malformed", "500/s malformed requests that stay open")(
    lambda target: flood(target, 500, b"GET nonsense\r\n\r\n"))


def readers(target, slots, pipeline, every):
    """`slots` clients that pipeline requests and read nothing; one is renewed each `every` s."""
    links = [None] * slots
    for number in target.at_rate(1 / every):
        slot = number % slots
        if links[slot]:
            links[slot].close()
        links[slot] = target.tcp()
        time.sleep(0.002)
        send(links[slot], GET * pipeline)


for each_slots in (66, 90):
    attack(f"readers-{each_slots}", f"{each_slots} clients that do not read, 80 pipelined requests")(
        lambda target, slots=each_slots: readers(target, slots, 80, 0.15))
attack("readers-fast", "400 clients that do not read, 200 renewed each second")(
    lambda target: readers(target, 400, 80, 0.005))


def everyone(target, count, opening, drip, every, renew=False, receive=0):
    """`count` connections that send `opening`, and then do `drip` each `every` seconds."""
    links = {}
    begun = time.monotonic()
    for number in target.at_rate(count / every):
        slot = number % count
        if slot not in links:
            links[slot] = target.tcp(receive=receive)
            time.sleep(0.0005)
            send(links[slot], opening)
        elif not drip(links[slot]) and (renew or time.monotonic() - begun > 1):
            links.pop(slot).close()


def read_one_byte(link):
    try:
        return bool(link.recv(1))
    except BlockingIOError:
        return True
    except OSError:
        return False


attack("slow-heads", "300 clients that send a byte of a head each 0.3 s")(
    lambda target: everyone(target, 300, HALF, lambda link: send(link, b"x"), 0.3))
attack("fat-heads", "300 clients that send 15 KiB of a head at once and then a byte each 0.3 s")(
    lambda target: everyone(target, 300, HALF + b"x" * 15000, lambda link: send(link, b"x"), 0.3))
attack("slow-bodies", "300 clients that send a byte of a body each 0.3 s")(
    lambda target: everyone(target, 300, POST, lambda link: send(link, b" "), 0.3))
attack("byte-a-second", "200 clients that read one byte a second of 80 answers")(
    lambda target: everyone(target, 200, GET * 80, read_one_byte, 1, receive=2048))
attack("idlers", "500 clients that ask once and then keep their connection")(
    lambda target: everyone(target, 500, READY, lambda link: send(link, b""), 0.5))
attack("hammer", "100 clients that ask again as soon as they are answered")(
    lambda target: hammer(target, 100))


def hammer(target, count):
    selector = selectors.DefaultSelector()
    for _ in range(count):
        selector.register(target.tcp(), selectors.EVENT_WRITE, GET)
    while not target.over():
        for key, events in selector.select(0.2):
            link = key.fileobj
            try:
                if events & selectors.EVENT_WRITE:
                    link.send(GET)
                    selector.modify(link, selectors.EVENT_READ)
                elif not (data := link.recv(1 << 20)):
                    raise ConnectionError
                elif data.endswith(b"\n"):
                    selector.modify(link, selectors.EVENT_WRITE)
            except OSError:
                selector.unregister(link)
                link.close()
                selector.register(target.tcp(), selectors.EVENT_WRITE)


@attack("half-closed", "200/s requests whose sender closes its half and does not read")
def half_closed(target):
    old = Kept(1000)
    for _ in target.at_rate(200):
        link = target.tcp(receive=2048)
        time.sleep(0.0005)
        send(link, GET * 20)
        try:
            link.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        old.add(link)


@attack("pipeline-reset", "100/s pipelines of 200 requests, followed by a reset")
def pipeline_reset(target):
    old = Kept(20)
    for _ in target.at_rate(100):
        link = target.tcp()
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        time.sleep(0.0005)
        send(link, GET * 200)
        old.add(link)


def as_nobody():
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


@attack("unix-unread", "16 unix connections of another user that do not read, reopened",
        needs_root=True)
def unix_unread(target):
    as_nobody()
    links = [None] * 16
    for number in target.at_rate(50):
        if links[number % 16]:
            links[number % 16].close()
        links[number % 16] = target.unix()
        send(links[number % 16], GET * 80)


@attack("unix-idle", "1000 unix connections of another user, held", needs_root=True)
def unix_idle(target):
    as_nobody()
    old = Kept(1000)
    for number in target.at_rate(500):
        link = target.unix()
        send(link, (b"", b"G", READY, POST)[number % 4])
        old.add(link)


@attack("unix-flood", "unix connections of another user as fast as they can be made",
        needs_root=True)
def unix_flood(target):
    as_nobody()
    old = Kept(200)
    while not target.over():
        try:
            old.add(target.unix())
        except OSError:
            pass


@attack("both-doors", "2000/s one byte by TCP beside 16 unix connections that do not read",
        needs_root=True)
def both_doors(target):
    child = os.fork()
    if child == 0:
        unix_unread(target)
        os._exit(0)
    flood(target, 2000, b"G")
    os.waitpid(child, 0)


def main():
    name, port, path, seconds = sys.argv[1:]
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    target = Target(int(port), path, float(seconds))
    ATTACKS[name][0](target)
    print(target.made)


if __name__ == "__main__":
    main()
