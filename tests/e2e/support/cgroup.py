"""A cgroup of a test's own: what ran in it has used exactly what its cpu.stat says."""

import contextlib
import os
import signal
import tempfile
import unittest
from pathlib import Path

from support import waiting


def root():
    """Where cgroup v2 is mounted: alone, or beside v1. Skips where it is not, or not writable."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mount, _, filesystem = line.partition(" - ")
        path = mount.split()[4]
        if filesystem.startswith("cgroup2 ") and os.access(path, os.W_OK):
            return Path(path)
    raise unittest.SkipTest("no cgroup v2 that can be written to")


class Cgroup:
    """Use it in `with`; whatever is left in it at the end is killed."""

    def __enter__(self):
        self.path = Path(tempfile.mkdtemp(prefix="proctally_test_", dir=root()))
        return self

    def __exit__(self, *_):
        waiting.until(self._killed_all, "the processes of a cgroup to be gone")
        waiting.until(self._removed, "a cgroup to be removed")

    @property
    def entrance(self):
        """The file that a process writes "0" to, and is in."""
        return self.path / "cgroup.procs"

    def enter(self):
        """For a child before exec."""
        self.entrance.write_text("0")

    def pids(self):
        """Those in it, without zombies."""
        return {int(pid) for pid in self.entrance.read_text().split()}

    def usage_ns(self):
        for line in (self.path / "cpu.stat").read_text().splitlines():
            name, value = line.split()
            if name == "usage_usec":
                return int(value) * 1000
        raise AssertionError("no usage_usec")

    def _killed_all(self):
        with contextlib.suppress(OSError):
            (self.path / "cgroup.kill").write_text("1")
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not self.pids()

    def _removed(self):
        with contextlib.suppress(OSError):
            self.path.rmdir()
        return not self.path.exists()
