"""Two hosts with a bad line between them: network namespaces, joined by a link that loses packets
and takes its time. The kernel's netem does that where it is there; a pair of tun devices, and this
process between them, does it everywhere."""

import contextlib
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import threading
import time
import unittest

from support.children import libc

_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 1, 0x1000
_CLONE_NEWNET = 0x40000000
NEAR, FAR = "10.99.0.1", "10.99.0.2"


@contextlib.contextmanager
def namespace():
    """Yields the words that, before a command, run it in a network namespace that has only this."""
    script = "ip link set lo up && echo ready && exec sleep 3600"
    with subprocess.Popen(["unshare", "--net", "sh", "-c", script], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as holder:  # fmt: skip
        try:
            if holder.stdout.readline() != b"ready\n":
                raise unittest.SkipTest(f"no network namespaces: {holder.stderr.read().decode()}")
            yield ("nsenter", f"--net=/proc/{holder.pid}/ns/net", "--")
        finally:
            holder.kill()


def _do(within, words):
    done = subprocess.run([*within, *words.split()], capture_output=True, check=False)
    return done.returncode == 0, done.stderr.decode().strip()


def _must(within, words):
    done, why = _do(within, words)
    assert done, f"{words}: {why}"


class NetemLink:
    """By the kernel. Use it in `with`; skips where the kernel has no netem."""

    def __init__(self, near, far, loss, delay_s):
        self._near, self._far = near, far
        self._netem = f"netem loss {loss * 100:g}% delay {delay_s * 1000:g}ms"

    def __enter__(self):
        holder = self._far[1].removeprefix("--net=/proc/").removesuffix("/ns/net")
        _must(self._near, f"ip link add link0 type veth peer name link0 netns {holder}")
        for within, address in ((self._near, NEAR), (self._far, FAR)):
            _must(within, f"ip address add {address}/24 dev link0")
            _must(within, "ip link set link0 up")
            done, why = _do(within, f"tc qdisc add dev link0 root {self._netem}")
            if not done:
                raise unittest.SkipTest(f"no netem in this kernel: {why}")
        return self

    def __exit__(self, *_):
        pass  # It goes with the namespaces.


class TunLink:
    """By this process. Use it in `with`."""

    def __init__(self, near, far, loss, delay_s):
        self.loss = loss
        self.lost = self.passed = 0
        self._delay_s = delay_s
        self._near, self._far = near, far
        self._fds = []
        self._random = random.Random(1)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._carry)

    def __enter__(self):
        for within, address in ((self._near, NEAR), (self._far, FAR)):
            self._fds.append(_tun_in(within[1].removeprefix("--net=")))
            _must(within, f"ip address add {address}/24 dev link0")
            _must(within, "ip link set link0 up")
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        for fd in self._fds:
            os.close(fd)

    def _carry(self):
        other = dict(zip(self._fds, reversed(self._fds)))
        under_way = []  # (When it is there, a number that keeps the order, where to, packet).
        count = 0
        while not self._ended.is_set():
            wait = 0.05 if not under_way else max(0, min(0.05, under_way[0][0] - time.monotonic()))
            for fd in select.select(self._fds, [], [], wait)[0]:
                packet = os.read(fd, 1 << 16)
                if self._random.random() < self.loss:
                    self.lost += 1
                    continue
                self.passed += 1
                count += 1
                due = time.monotonic() + self._delay_s
                heapq.heappush(under_way, (due, count, other[fd], packet))
            while under_way and under_way[0][0] <= time.monotonic():
                _, _, fd, packet = heapq.heappop(under_way)
                os.write(fd, packet)


def _tun_in(path):
    """A tun device in that namespace. A thread of its own enters it, as that cannot be undone."""
    made = []

    def enter_and_make():
        namespace_fd = os.open(path, os.O_RDONLY)
        try:
            if libc.setns(namespace_fd, _CLONE_NEWNET) != 0:
                return
            fd = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
            fcntl.ioctl(fd, _TUNSETIFF, struct.pack("16sH22x", b"link0", _IFF_TUN | _IFF_NO_PI))
            made.append(fd)
        except OSError as error:
            made.append(error)
        finally:
            os.close(namespace_fd)

    thread = threading.Thread(target=enter_and_make)
    thread.start()
    thread.join()
    if not made or isinstance(made[0], OSError):
        raise unittest.SkipTest(f"no tun devices here: {made}")
    return made[0]
