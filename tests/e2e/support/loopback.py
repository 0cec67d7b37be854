"""Servers of tests listen on this host only, on ports that nobody else uses."""

import socket


def free_port():
    """A TCP port of 127.0.0.1 on which nobody listens: the kernel has just handed it out."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
