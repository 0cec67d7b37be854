"""Where /proc is that of another pid namespace, process CPU clocks would be those of strangers:
CPU time comes from /proc/PID/stat then, right to a tick, and never falls."""

import contextlib
import os
import signal
import subprocess
import time
import unittest

from support import batches, catalogue, children, kernel, namespaces, outcome, proctally
from support import waiting, workers

STAT_ROUTE = "CPU time from: /proc/PID/stat; new processes from: listing of /proc;"
ROUNDS = 5


class PidNamespaceTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        outcome.need_root()
        namespaces.need()

    def check_cpu(self, row, stat):
        """To a tick; the row is of a process that stands still, so it is exact."""
        self.assertEqual(row["cpu_time_user"] * 10**9, int(stat[14]) * kernel.NS_PER_TICK)
        self.assertEqual(row["cpu_time_system"] * 10**9, int(stat[15]) * kernel.NS_PER_TICK)
        self.assertEqual(row["cpu_time"], row["cpu_time_user"] + row["cpu_time_system"])

    def test_from_inside_with_the_proc_of_the_outside(self):
        kinds = (workers.going_on, workers.changing_threads, workers.memory)
        command = namespaces.inside(proctally.PROGRAM)
        with contextlib.ExitStack() as resources:
            settings = resources.enter_context(proctally.settings_file(proctally.BY_PID))
            pids = resources.enter_context(children.running(*kinds))
            for pid in pids:
                children.stop(pid)
            running = proctally.Running(
                "--config", settings, "--log-level", "debug", command=command
            )
            resources.enter_context(running)
            got = []
            for _ in range(ROUNDS):
                for pid in pids:
                    os.kill(pid, signal.SIGCONT)
                running.ask()
                time.sleep(0.2)
                for pid in pids:
                    children.stop(pid)
                got.append(running.ask())
                for kind, pid in zip(kinds, pids):
                    with self.subTest(kind=kind.__name__):
                        row = got[-1].groups[str(pid)]
                        self.check_cpu(row, kernel.stat(pid))
                        self.assertEqual((row["memory_vms"], row["memory_rss"]), kernel.statm(pid))
                        self.assertEqual(row["num_fds"], kernel.open_files(pid))
                        fields = set(catalogue.GROUP_FIELDS)
                        self.assertEqual(set(row), fields - catalogue.SWITCH_FIELDS)
            batches.check_counters(got)
            routes, *others = running.log()
            print(routes)
            self.assertIn(f"D! {STAT_ROUTE}", routes)
            self.assertEqual(others, [])

    def test_from_outside_with_the_proc_of_the_inside(self):
        for how in ("--procfs", "HOST_PROC"):
            with self.subTest(how=how), self.inner_processes() as (procfs, pids):
                self.check_inner(how, procfs, pids)

    def check_inner(self, how, procfs, pids):
        arguments = ["--procfs", procfs] if how == "--procfs" else []
        environment = {**os.environ, **({"HOST_PROC": procfs} if how == "HOST_PROC" else {})}
        with proctally.settings_file(proctally.BY_PID) as settings:
            arguments += ["--config", settings]
            batch = proctally.read_batch(proctally.once(*arguments, env=environment)[0])
            routes = proctally.run("--explain", *arguments, env=environment)[0].decode()
        self.assertTrue(routes.startswith(STAT_ROUTE), routes)
        self.assertEqual(set(batch.groups), {"kernel", *map(str, pids)})
        for pid in pids:
            self.check_cpu(batch.groups[str(pid)], kernel.stat(pid, procfs))
        print(f"{how}: {len(pids)} processes of the inner namespace, and no other")

    @contextlib.contextmanager
    def inner_processes(self):
        """Some in a pid namespace of their own; yields its /proc and their pids there."""
        script = "sleep 600 & (i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 600) & wait"
        command = namespaces.inside_with_own_proc("sh", "-c", script)
        with subprocess.Popen(command, stdin=subprocess.DEVNULL) as outer:
            try:
                (first,) = waiting.until(lambda: kernel.children(outer.pid), "the inner init")
                procfs = f"/proc/{first}/root/proc"

                def sleep_both():
                    with contextlib.suppress(FileNotFoundError):
                        inner = kernel.processes(procfs)
                        return [kernel.comm(pid, procfs) for pid in inner].count(b"sleep") == 2

                waiting.until(sleep_both, "the inner processes")
                yield procfs, kernel.processes(procfs)
            finally:
                outer.kill()


if __name__ == "__main__":
    outcome.main()
