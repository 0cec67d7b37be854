"""What processes do while proctally runs is counted once and wholly: the growth of every counter
from batch to batch is the growth that the kernel has."""

import contextlib
import os
import signal
import time
import unittest

from support import catalogue, children, kernel, outcome, proctally, workers

KINDS = (workers.going_on, workers.changing_threads, workers.sleeper)
SETTINGS = {**proctally.BY_PID, "baseline": "start"}
ROUNDS = 5


def kernel_counters(pid):
    stat = kernel.stat(pid)
    return {
        "cpu_ns": kernel.cpu_clock_ns(pid),
        "minor_faults": int(stat[10]),
        "major_faults": int(stat[12]),
        **kernel.io(pid),
    }


def own_counters(row):
    counters = {name: row[name] for name in ("minor_faults", "major_faults", *catalogue.IO_FIELDS)}
    return {"cpu_ns": row["cpu_time"] * 10**9, **counters}


def difference(after, before):
    return {name: after[name] - before[name] for name in after}


class KernelGrowthTest(unittest.TestCase):
    def test_counters_grow_as_the_kernels_do(self):
        with contextlib.ExitStack() as resources:
            pids = resources.enter_context(children.running(*KINDS))
            settings = resources.enter_context(proctally.settings_file(SETTINGS))
            for pid in pids:
                children.stop(pid)
            first = {pid: kernel_counters(pid) for pid in pids}
            running = resources.enter_context(proctally.Running("--config", settings))
            rows = running.ask().groups
            for pid in pids:
                # They lived before: that is history, and not counted.
                self.assertEqual(set(own_counters(rows[str(pid)]).values()), {0})
            for _ in range(ROUNDS):
                for pid in pids:
                    os.kill(pid, signal.SIGCONT)
                time.sleep(0.3)
                for pid in pids:
                    children.stop(pid)
                rows = running.ask().groups
                for kind, pid in zip(KINDS, pids):
                    with self.subTest(kind=kind.__name__):
                        grown = difference(kernel_counters(pid), first[pid])
                        self.assertEqual(own_counters(rows[str(pid)]), grown)
            for kind, pid in zip(KINDS, pids):
                print(kind.__name__, difference(kernel_counters(pid), first[pid]))


if __name__ == "__main__":
    outcome.main()
