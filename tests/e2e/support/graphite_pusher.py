"""The pusher under test: where it is, running it, and what it says of itself."""

import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path

from support import waiting
from support.waiting import PATIENCE_S

PROGRAM = os.environ["PROCTALLY_GRAPHITE"]

# So that paths are the same on every host, and on one that is called localhost.
HOST = "e2e"

_COUNTERS = re.compile(
    r"[ID]! (?P<url>[a-z]+://\S+|failover): (?P<counters>\w+=\S+(?: \w+=\S+)+)"
)
_DROPPED = "lines_dropped_"


def environment():
    """Of a build with AddressSanitizer: what was freed is not kept, or memory seems to grow."""
    options = os.environ.get("ASAN_OPTIONS", "")
    return {**os.environ, "ASAN_OPTIONS": f"quarantine_size_mb=1:{options}"}


def arguments(*destinations, interval="1s"):
    """What every run has in common. A destination is a URL or has one."""
    words = ["--host", HOST, "--interval", interval]
    for destination in destinations:
        words += ["--to", getattr(destination, "url", destination)]
    return words


def run(*words, expected=0, command=(PROGRAM,)):
    """stdout and stderr, as text, of a run that ends by itself."""
    done = subprocess.run(
        [*command, *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S,
        check=False, env=environment(),
    )  # fmt: skip
    stdout, stderr = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == expected, f"{words}: exit code {done.returncode}: {stderr}"
    return stdout, stderr


class Counters(dict):
    """Of one destination: name -> number, or the text of what is none."""

    def dropped(self):
        """Reason -> lines."""
        return {name[len(_DROPPED):]: count for name, count in self.items()
                if name.startswith(_DROPPED)}  # fmt: skip

    def waiting(self):
        return self["lines_queued"] + self["lines_in_flight"]

    def check(self):
        """The sum that is always right. What a spool had is pushed too."""
        came_in = self["lines_pushed"]
        went = self["lines_acknowledged"] + sum(self.dropped().values()) + self.waiting()
        assert came_in == went, f"{came_in} came in, but {went} are accounted for: {self}"


class Pusher:
    """A pusher that runs. Use it in `with`."""

    def __init__(self, *words, command=(PROGRAM,), **how):
        self.urls = [url for option, url in zip(words, words[1:]) if option == "--to"]
        # What has counters of its own.
        self._names = ["failover"] if "--failover" in words else self.urls
        self._log = tempfile.TemporaryFile()
        how.setdefault("env", environment())
        how.setdefault("stdout", subprocess.DEVNULL)
        self._child = subprocess.Popen(
            [*command, *words], stdin=subprocess.DEVNULL, stderr=self._log, **how
        )

    @property
    def pid(self):
        return self._child.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        if self._child.stdout is not None:
            self._child.stdout.close()
        self._log.close()

    def stdout_fd(self):
        """Where stdout was asked to be a pipe."""
        return self._child.stdout.fileno()

    def kill(self):
        self._child.kill()
        self._child.wait()

    def signal(self, number):
        assert self._child.poll() is None, f"it has ended: {self.log()}"
        self._child.send_signal(number)

    def finish(self):
        """SIGTERM, and the counters at the end: URL -> Counters. The exit code has to be 0."""
        before = len(self._counter_lines())
        self.signal(signal.SIGTERM)
        code = self._child.wait(timeout=PATIENCE_S)
        assert code == 0, f"exit code {code}: {self.log()}"
        return self.counters_at_end(before)

    def counters_at_end(self, asked=0):
        """After its end: URL -> Counters. `asked`: so many lines of counters came before."""
        lines = self._counter_lines()[asked:]
        assert len(lines) >= len(self._names), f"no counters at the end: {self.log()}"
        return self._read(lines)

    def wait(self):
        """Its exit code, once it has ended by itself."""
        return self._child.wait(timeout=PATIENCE_S)

    def has_ended(self):
        return self._child.poll() is not None

    def counters(self):
        """As of now: URL -> Counters."""
        before = len(self._counter_lines())
        # Before that the signal would end it.
        waiting.until(lambda: self._catches(signal.SIGUSR1), "the program to have begun")
        self.signal(signal.SIGUSR1)

        def told():
            assert self._child.poll() is None, f"it has ended: {self.log()}"
            return len(self._counter_lines()) >= before + len(self._names)

        waiting.until(told, "the counters")
        return self._read(self._counter_lines()[before:])

    def log(self):
        """The lines on stderr so far."""
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size, 0).decode().splitlines()

    def said(self, text):
        """The lines of the log with this text."""
        return [line for line in self.log() if text in line]

    def wait_for_log(self, *texts):
        """The first line with all these texts."""

        def found():
            return [line for line in self.log() if all(text in line for text in texts)]

        try:
            return waiting.until(found, f"{texts} in the log")[0]
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.log()}") from None

    def rss_kb(self):
        return int(re.search(r"VmRSS:\s+(\d+) kB", self._status()).group(1))

    def _catches(self, number):
        caught = re.search(r"SigCgt:\s+([0-9a-f]+)", self._status())
        assert caught and self._child.poll() is None, f"it has ended: {self.log()}"
        return int(caught.group(1), 16) >> (number - 1) & 1

    def _status(self):
        return Path(f"/proc/{self.pid}/status").read_text()

    def _counter_lines(self):
        return [found for line in self.log() if (found := _COUNTERS.fullmatch(line))]

    @staticmethod
    def _read(lines):
        counters = {}
        for line in lines:
            pairs = (pair.split("=", 1) for pair in line["counters"].split(" "))
            counters[line["url"]] = Counters(
                (name, int(value) if re.fullmatch("-?[0-9]+", value) else value)
                for name, value in pairs
            )
        return counters
