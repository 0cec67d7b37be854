"""What collectd's write_graphite sends, received on the loopback."""

import re
import socketserver
import threading
from dataclasses import dataclass

from support import waiting

# What carbon and its kin take as a path, and store under it.
_LINE = re.compile(
    rb"(?P<path>[^\s\x00-\x20\x7f.;=]+(?:\.[^\s\x00-\x20\x7f.;=]+)+) "
    rb"(?P<value>nan|-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?) (?P<time>[0-9]+)"
)


@dataclass(frozen=True)
class Line:
    path: str
    value: str
    time_s: int


class GraphiteReceiver:
    """Use it in `with`. The sender has one connection."""

    def __init__(self):
        self._server = _Server(("127.0.0.1", 0), _Connection)
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def port(self):
        return self._server.server_address[1]

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def lines(self):
        """All of them, once the connection has ended; each has to be one that carbon takes."""
        waiting.until(lambda: self._server.whole, "the end of the connection to Graphite")
        (data,) = self._server.whole
        assert data.endswith(b"\n"), f"the last line is not finished: {data[-80:]!r}"
        return [read_line(line) for line in data.replace(b"\r\n", b"\n")[:-1].split(b"\n")]


class _Server(socketserver.ThreadingTCPServer):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.whole = []  # What came on each connection that has ended.


class _Connection(socketserver.StreamRequestHandler):
    def handle(self):
        self.server.whole.append(self.rfile.read())


def read_line(line):
    found = _LINE.fullmatch(line)
    assert found, f"no line of Graphite's: {line!r}"
    return Line(found["path"].decode(), found["value"].decode(), int(found["time"]))
