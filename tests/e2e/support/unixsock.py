"""A client of collectd's unixsock plugin."""

import socket

from support.waiting import PATIENCE_S


class CommandFailed(Exception):
    """The daemon's answer was an error."""


class UnixSocket:
    """Use it in `with`."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE_S)
        self._socket.connect(str(path))
        self._stream = self._socket.makefile("rwb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stream.close()
        self._socket.close()

    def list_values(self):
        """The identifiers in the daemon's cache, with the host, each as the bytes of its line."""
        return [line.split(b" ", 1)[1] for line in self._ask(b"LISTVAL")]

    def get_value(self, identifier):
        """Data source -> value; of counters it is the rate."""
        lines = self._ask(b"GETVAL " + quoted(identifier.encode()))
        pairs = (line.decode().split("=") for line in lines)
        return {source: float(value) for source, value in pairs}

    def _ask(self, command):
        self._stream.write(command + b"\n")
        self._stream.flush()
        count, _, text = self._stream.readline().partition(b" ")
        if int(count) < 0:
            raise CommandFailed(f"{command!r}: {text!r}")
        return [self._stream.readline().rstrip(b"\n") for _ in range(int(count))]


def quoted(word):
    return b'"' + word.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
