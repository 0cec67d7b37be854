"""What proctally says of a process is what the kernel says of it, to the last unit.

Processes of many kinds are stopped, so that their values stand still, each is a group of its own,
and every field is held against clocks and files that this test reads itself."""

import contextlib
import unittest

from support import children, kernel, outcome, proctally, waiting, workers


def stand_still(kind, pid):
    """Nothing of the process changes after this."""
    if kind is workers.zombie:
        waiting.until(lambda: kernel.state(pid) == "Z", "a zombie")
    elif kind is workers.ended_leader:
        waiting.until(lambda: kernel.state(pid) == "Z", "a leader that has ended")
        children.stop(pid)
    elif kind is workers.executed:
        workers.wait_for_sleep(pid)
        children.stop(pid)
    else:
        children.stop(pid)


class KernelAgreementTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.resources = contextlib.ExitStack()
        cls.addClassCleanup(cls.resources.close)
        pids = cls.resources.enter_context(children.running(*workers.ALL))
        settings = cls.resources.enter_context(proctally.settings_file(proctally.BY_PID))
        for kind, pid in zip(workers.ALL, pids):
            stand_still(kind, pid)
        cls.processes = dict(zip((kind.__name__ for kind in workers.ALL), pids))
        # A long-running one: its second batch is of processes that it knows already.
        with proctally.Running("--config", settings) as running:
            running.ask()
            cls.batch = running.ask_with_usage()
        missing = [kind for kind, pid in cls.processes.items() if str(pid) not in cls.batch.groups]
        assert not missing, missing

    def for_each(self, check):
        for kind, pid in self.processes.items():
            with self.subTest(kind=kind):
                check(kind, pid, self.batch.groups[str(pid)])

    def test_cpu_time_is_the_process_clock_to_the_nanosecond(self):
        def check(kind, pid, row):
            self.assertEqual(row["cpu_time"] * 10**9, kernel.cpu_clock_ns(pid))
            self.assertEqual(row["cpu_time_user"] + row["cpu_time_system"], row["cpu_time"])

        self.for_each(check)

    def test_user_and_system_are_those_of_stat_to_two_ticks(self):
        def check(kind, pid, row):
            stat = kernel.stat(pid)
            for field, number in (("cpu_time_user", 14), ("cpu_time_system", 15)):
                ticks = row[field] * 10**9 / kernel.NS_PER_TICK
                self.assertLessEqual(abs(ticks - int(stat[number])), 2, field)

        self.for_each(check)

    def test_stopped_processes_use_no_cpu(self):
        def check(kind, pid, row):
            for field in ("cpu_usage", "cpu_usage_user", "cpu_usage_system", "cpu_usage_host"):
                self.assertEqual(row[field], 0, field)

        self.for_each(check)

    def test_memory_is_that_of_statm(self):
        def check(kind, pid, row):
            path = self.living(kind, pid)
            size, resident = kernel.statm(path)
            self.assertEqual(row["memory_vms"], size)
            self.assertEqual(row["memory_rss"], resident)
            share = 100 * resident / kernel.memory_total()
            self.assertAlmostEqual(float(row["memory_usage"]), share, places=9)
            self.assertEqual(row["memory_swap"], kernel.swapped(path))

        self.for_each(check)

    def test_threads_and_faults_are_those_of_stat(self):
        def check(kind, pid, row):
            stat = kernel.stat(pid)
            self.assertEqual(row["num_threads"], int(stat[20]))
            self.assertEqual(row["minor_faults"], int(stat[10]))
            self.assertEqual(row["major_faults"], int(stat[12]))

        self.for_each(check)

    def test_io_is_that_of_the_io_file(self):
        def check(kind, pid, row):
            for field, value in kernel.io(pid).items():
                self.assertEqual(row[field], value, field)

        self.for_each(check)

    def test_open_files_are_those_of_the_fd_folder(self):
        def check(kind, pid, row):
            if kind == "zombie":
                self.assertEqual(row["num_fds"], 0)
                return
            path = self.living(kind, pid)
            count = kernel.open_files(path)
            self.assertEqual(row["num_fds"], count)
            share = 100 * count / kernel.open_files_soft_limit(pid)
            self.assertAlmostEqual(float(row["fd_usage_max"]), share, places=9)

        self.for_each(check)

    def test_start_is_that_of_stat(self):
        def check(kind, pid, row):
            # The wall clock is steered while it runs, and a second begins somewhere.
            seconds = kernel.start_time_ns(pid) / 10**9
            self.assertGreater(row["oldest_start_time"], seconds - 1.05)
            self.assertLess(row["oldest_start_time"], seconds + 0.05)

        self.for_each(check)

    def test_each_process_is_counted_once_in_its_state(self):
        def check(kind, pid, row):
            self.assertEqual(row["num_procs"], 1)
            states = {name: row[name] for name in row if name.startswith("procs_")}
            self.assertEqual(sum(states.values()), 1, states)
            expected = "procs_zombie" if kind == "zombie" else "procs_other"
            self.assertEqual(states[expected], 1, states)

        self.for_each(check)

    def test_the_kinds_are_what_they_claim(self):
        """Otherwise the agreement above would be one of zeros."""
        rows = {kind: self.batch.groups[str(pid)] for kind, pid in self.processes.items()}
        self.assertGreater(rows["user_cpu"]["cpu_time_user"], 0.2)
        self.assertGreater(rows["system_cpu"]["cpu_time_system"], 0.1)
        self.assertEqual(rows["threads"]["num_threads"], 9)
        self.assertEqual(rows["ended_threads"]["num_threads"], 1)
        self.assertGreater(rows["ended_threads"]["cpu_time"], 0.16)
        self.assertGreater(rows["memory"]["memory_rss"], 64 << 20)
        self.assertGreater(rows["disk_writer"]["disk_write_bytes"], 16 << 20)
        self.assertGreater(rows["pipe_user"]["read_count"], 4999)
        self.assertGreater(rows["page_faults"]["minor_faults"], 20_000)
        self.assertGreater(rows["many_files"]["num_fds"], 200)
        self.assertGreater(rows["zombie"]["cpu_time"], 0.2)
        for kind, row in rows.items():
            print(
                f"{kind:18} cpu {row['cpu_time']:>12} s, rss {row['memory_rss']:>9}, "
                f"threads {row['num_threads']}, fds {row['num_fds']}, "
                f"faults {row['minor_faults']}, written {row['disk_write_bytes']}"
            )

    def living(self, kind, pid):
        """Of a leader that has ended, a thread that lives tells what the process has."""
        if kind != "ended_leader":
            return str(pid)
        return f"{pid}/task/{next(tid for tid in kernel.threads(pid) if tid != pid)}"


if __name__ == "__main__":
    outcome.main()
