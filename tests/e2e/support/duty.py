"""Processes of a known duty that keep a diary of their own CPU clock."""

import bisect
import contextlib
import mmap
import os
import struct
import time

_ENTRY = struct.Struct("qq")  # Wall clock, CPU clock; ns.
_MOST_ENTRIES = 1 << 16
_PERIOD_NS = 10_000_000


class Diary:
    """Written by one child, read by the test: how much CPU time it had used at which time."""

    def __init__(self):
        self._memory = mmap.mmap(-1, _ENTRY.size * (_MOST_ENTRIES + 1))

    def write(self, count):
        times = time.time_ns(), time.process_time_ns()
        _ENTRY.pack_into(self._memory, _ENTRY.size * (count + 1), *times)
        _ENTRY.pack_into(self._memory, 0, count + 1, 0)

    def usage_percent(self, from_ns, to_ns):
        """Of one CPU, between two times of the wall clock."""
        count, _ = _ENTRY.unpack_from(self._memory, 0)
        entries = [_ENTRY.unpack_from(self._memory, _ENTRY.size * (i + 1)) for i in range(count)]
        used = _at(entries, to_ns) - _at(entries, from_ns)
        return 100 * used / (to_ns - from_ns)


def at_duty(diary, share):
    """A body that uses this share of a CPU, as well as it is given it."""

    def work():
        start = time.monotonic_ns()
        for count in range(_MOST_ENTRIES):
            diary.write(count)
            if count == 0:
                cpu_at_start = time.process_time_ns()
            wanted = cpu_at_start + share * (count + 1) * _PERIOD_NS
            while time.process_time_ns() < wanted:
                pass
            # Sleeps until its clocks are in proportion again; one that lags behind does not.
            used = time.process_time_ns() - cpu_at_start
            due = start + used / share
            time.sleep(max(0, due - time.monotonic_ns()) / 1e9)

    def body():
        if os.geteuid() == 0:
            _come_first()
        return work

    return body


def _come_first():
    """Others use this machine as well."""
    os.nice(-20)
    # The kernel may divide time among sessions first (autogroups), and by niceness within each.
    os.setsid()
    with contextlib.suppress(OSError), open("/proc/self/autogroup", "w") as file:
        file.write("-20")


def _at(entries, time_ns):
    """CPU time at a time between two entries."""
    after = bisect.bisect_left(entries, (time_ns, 0))
    (t0, c0), (t1, c1) = entries[after - 1], entries[after]
    return c0 + (c1 - c0) * (time_ns - t0) / (t1 - t0)
