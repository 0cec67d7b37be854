"""Servers of tests listen on this host only, on ports that nobody else uses."""

import contextlib
import random
import socket


def free_port():
    """A TCP port of 127.0.0.1 on which nobody listens: the kernel has just handed it out."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def lasting_port():
    """One that stays free while its server is away: the kernel gives no connection such a port. Of
    the others a client that tries again and again may even be given the very port that it wants to
    reach, and is then connected with itself."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        first_given, last_given = map(int, file.read().split())
    candidates = [port for port in range(10_000, 65_536) if not first_given <= port <= last_given]
    while True:
        port = random.choice(candidates)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("", port))
            return port
