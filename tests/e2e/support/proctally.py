"""The program under test: where it is, and running it."""

import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from support import batches, catalogue, line_protocol
from support.waiting import PATIENCE_S

PROGRAM = os.environ["PROCTALLY_EXEC"]

# Whatever else runs on this host, no group is folded into _other.
EVERY_GROUP = {"max_groups": 100_000}

# Each process a group of its own, with all that it did in its life.
BY_PID = {
    **EVERY_GROUP,
    "process_names": [
        {"name": "kernel", "kernel_thread": True},
        {"name": "{{.PID}}", "kernel_thread": False},
    ],
    "baseline": "lifetime",
}


@contextlib.contextmanager
def settings_file(settings):
    """A file with these settings, readable by everybody."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(settings, file)
        file.flush()
        os.chmod(file.name, 0o644)
        yield file.name


@contextlib.contextmanager
def program_for_everybody():
    """The program at a path that any user may use; the build tree may be in a private home."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield shutil.copy(PROGRAM, Path(folder) / "proctally-exec")


def run(*arguments, command=(PROGRAM,), **how):
    """stdout and stderr of the program, which has to succeed."""
    done = subprocess.run(
        [*command, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
        timeout=PATIENCE_S, check=False, **how,
    )  # fmt: skip
    assert done.returncode == 0, f"exit code {done.returncode}: {done.stderr!r}"
    return done.stdout, done.stderr


def once(*arguments, **how):
    return run("--once", *arguments, **how)


def absent_fields(**how):
    """What the kernel does not tell the program here, by what --explain says of it."""
    routes = run("--explain", **how)[0].decode().splitlines()[0]
    absent = set()
    if "context switches: taskstats" not in routes:
        absent |= catalogue.SWITCH_FIELDS
    if "processes that end: exit messages" not in routes:
        absent |= catalogue.EXIT_FIELDS
    return absent


def read_batch(data):
    """The one batch that these bytes are."""
    (batch,) = batches.split(line_protocol.read(data))
    return batch


class Running:
    """A proctally-exec that runs as it does under Telegraf: its stdin, stdout and stderr are pipes.
    Use it in `with`."""

    def __init__(self, *arguments, command=(PROGRAM,), **how):
        self._stderr = tempfile.TemporaryFile()
        self._child = subprocess.Popen(
            [*command, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self._stderr, bufsize=0, **how,
        )  # fmt: skip
        self._bytes = b""

    @property
    def pid(self):
        return self._child.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._child.kill()
        self._child.wait()
        self._child.stdin.close()
        self._child.stdout.close()
        self._stderr.close()

    def next_batch(self):
        """Waits for one whole batch. Of the next one, what has come already is kept."""
        return read_batch(self._bytes_of_batch())

    def read_batches(self, count):
        """The bytes of the next batches."""
        return b"".join(self._bytes_of_batch() for _ in range(count))

    def read_for(self, seconds):
        """Reads whatever comes, and keeps it for finish()."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self._child.stdout], [], [], left)[0]:
                more = os.read(self._child.stdout.fileno(), 1 << 20)
                assert more, f"it ended; log: {self.log()}"
                self._bytes += more

    def tick(self):
        self._child.stdin.write(b"\n")

    def ask(self):
        """A tick, and the batch that answers it."""
        self.tick()
        return self.next_batch()

    def ask_with_usage(self):
        """The same, so long after the scan before that percentages can be told."""
        time.sleep(0.2)
        return self.ask()

    def finish(self):
        """Closes stdin, reads to the end and gives what was left; the exit code has to be 0."""
        self._child.stdin.close()
        rest = self._bytes + self._child.stdout.read()
        code = self._child.wait(timeout=PATIENCE_S)
        assert code == 0, f"exit code {code}; log: {self.log()}"
        return rest

    def wait(self, seconds=PATIENCE_S):
        """Waits for its end while nobody reads; gives the exit code."""
        return self._child.wait(timeout=seconds)

    def kill(self):
        """kill -9; gives the whole lines that it had written and nobody had read."""
        self._child.kill()
        data = self._bytes + self._child.stdout.read()
        self._bytes = b""
        return data[: data.rfind(b"\n") + 1]

    def signal(self, number):
        self._child.send_signal(number)

    def log(self):
        """The lines on stderr so far."""
        size = os.fstat(self._stderr.fileno()).st_size
        return os.pread(self._stderr.fileno(), size, 0).decode().splitlines()

    def _bytes_of_batch(self):
        deadline = time.monotonic() + PATIENCE_S
        while True:
            end = self._end_of_batch()
            if end is not None:
                data, self._bytes = self._bytes[:end], self._bytes[end:]
                return data
            left = deadline - time.monotonic()
            assert left > 0, f"no batch; log: {self.log()}"
            if select.select([self._child.stdout], [], [], left)[0]:
                more = os.read(self._child.stdout.fileno(), 1 << 20)
                assert more, f"it ended; log: {self.log()}"
                self._bytes += more

    def _end_of_batch(self):
        start = 0 if self._bytes.startswith(b"proctally_self ") else None
        if start is None:
            found = self._bytes.find(b"\nproctally_self ")
            if found < 0:
                return None
            start = found + 1
        newline = self._bytes.find(b"\n", start)
        return None if newline < 0 else newline + 1
