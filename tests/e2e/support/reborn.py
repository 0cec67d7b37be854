"""Processes that get the pid of one that is gone, at once and not after thousands of others."""

import contextlib
import os
import signal
import time
import unittest
from pathlib import Path

from support import children
from support.waiting import PATIENCE_S

_LAST_PID = Path("/proc/sys/kernel/ns_last_pid")


@contextlib.contextmanager
def running(old_pid, body):
    """Ends and reaps a child, and forks another for the body with the same pid. Yields the pid.
    Skips where the kernel does not let anybody choose."""
    os.kill(old_pid, signal.SIGKILL)
    os.waitpid(old_pid, 0)
    deadline = time.monotonic() + PATIENCE_S
    while True:
        assert time.monotonic() < deadline, f"others always get the pid {old_pid}, or it is taken"
        try:
            _LAST_PID.write_text(str(old_pid - 1))
        except OSError as error:
            raise unittest.SkipTest(f"{_LAST_PID}: {error}") from None
        with children.running(lambda: _only_as(old_pid, body)) as (pid,):
            if pid == old_pid:
                yield pid
                return


def _only_as(pid, body):
    """One with another pid does nothing, and is ended again."""
    return body() if os.getpid() == pid else None
