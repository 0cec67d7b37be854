"""A receiver that keeps what it was sent: a process of its own, so that it can be killed."""

import contextlib
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from support import loopback
from support.waiting import PATIENCE_S

_TICK = re.compile(rb" ([0-9]+)\n")
_PROGRAM = Path(__file__).with_name("recorder_program.py")


@dataclass(frozen=True)
class Connection:
    """What was read of it."""

    data: bytes
    arrivals: tuple  # (Unix time, length) of each piece.
    end: str  # "end by peer", "reset by peer", "closed", "reset"; empty: it was killed, or lives.

    def lines(self):
        """The whole ones: carbon forgets what was not finished."""
        return self.data.split(b"\n")[:-1]

    def unfinished(self):
        return self.data.rpartition(b"\n")[2]


class Recorder:
    """Use it in `with`; it starts there. The manners are those of recorder_program.py. `within`:
    words that run it elsewhere, and become it."""

    def __init__(self, *options, address="127.0.0.1", port=None, within=()):
        self.address = address
        self._within = within
        self.port = port or loopback.lasting_port()
        self._options = options
        self._folder = tempfile.TemporaryDirectory()
        self._child = None
        # What ticks() has seen: it is asked again and again, so it does not read all each time.
        self._ticks = set()
        self._read_to = {}

    @property
    def url(self):
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"tcp://{host}:{self.port}"

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()
        self._folder.cleanup()

    def start(self, *options):
        """Again, with these options instead of the first ones."""
        assert self._child is None
        self._child = subprocess.Popen(
            [*self._within, sys.executable, "-B", str(_PROGRAM), "--address", self.address,
             "--port", str(self.port), "--folder", self._folder.name, *(options or self._options)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        )  # fmt: skip
        ready = self._child.stdout.readline()
        assert ready == b"ready\n", "the recorder could not start"

    def kill(self):
        self._end_by(signal.SIGKILL)

    def terminate(self):
        self._end_by(signal.SIGTERM)

    def freeze(self):
        self._child.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._child.send_signal(signal.SIGCONT)

    def read_from_now_on(self):
        """After never-read."""
        self._child.send_signal(signal.SIGUSR1)

    def connections(self):
        """In the order in which they were accepted."""
        return [self._connection(file) for file in sorted(Path(self._folder.name).glob("*.bytes"))]

    def lines(self):
        """All whole ones, in the order in which they came."""
        return [line for connection in self.connections() for line in connection.lines()]

    def ticks(self):
        """The time stamps that have come so far, sorted."""
        for file in Path(self._folder.name).glob("*.bytes"):
            begin = self._read_to.get(file, 0)
            with open(file, "rb") as data:
                data.seek(begin)
                new = data.read()
            end = new.rfind(b"\n") + 1
            self._ticks.update(map(int, _TICK.findall(new, 0, end)))
            self._read_to[file] = begin + end
        return sorted(self._ticks)

    def first_arrivals(self):
        """Time stamp -> when the first line with it came, Unix time."""
        arrivals = {}
        for connection in self.connections():
            begin = 0
            for time_s, length in connection.arrivals:
                end = begin + length
                # Enough to be exact: a piece has lines of a few ticks.
                for line in connection.data[begin:end].split(b"\n")[1:-1]:
                    arrivals.setdefault(int(line.rpartition(b" ")[2]), time_s)
                begin = end
        return arrivals

    def _connection(self, file):
        times = file.with_suffix(".times").read_bytes()
        arrivals = tuple(struct.iter_unpack("<dQ", times[: len(times) // 16 * 16]))
        end = ""
        with contextlib.suppress(FileNotFoundError):
            end = file.with_suffix(".end").read_text()
        return Connection(file.read_bytes(), arrivals, end)

    def _end_by(self, number):
        if self._child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._child.pid, number)
            os.kill(self._child.pid, signal.SIGCONT)
        self._child.wait(timeout=PATIENCE_S)
        self._child.stdout.close()
        self._child = None
