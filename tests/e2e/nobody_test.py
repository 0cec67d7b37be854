"""Without privileges: everything that may be read is reported, what may not be read is absent and
not 0, and the log says once what would help."""

import unittest

from support import catalogue, children, kernel, outcome, proctally, workers

NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}


class NobodyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        outcome.need_root()

    def test_reports_what_may_be_read_and_leaves_out_the_rest(self):
        kinds = (workers.user_cpu, workers.memory, workers.threads, workers.disk_writer)
        with (
            children.running(*kinds, workers.executed_as_nobody) as pids,
            proctally.settings_file(proctally.BY_PID) as settings,
            proctally.program_for_everybody() as program,
            proctally.Running("--config", settings, command=(program,), **NOBODY) as running,
        ):
            workers.wait_for_sleep(pids[-1])
            for pid in pids:
                children.stop(pid)
            running.ask()
            batch = running.ask_with_usage()
            *of_root, of_nobody = [(pid, batch.groups[str(pid)]) for pid in pids]
            for pid, row in of_root:
                # All but I/O; descriptors where this kernel tells their number to everybody.
                missing = set(catalogue.GROUP_FIELDS) - set(row)
                self.assertEqual(missing - {"num_fds", "fd_usage_max"}, catalogue.IO_FIELDS)
                self.check(pid, row)
            pid, row = of_nobody
            self.assertEqual(set(row), set(catalogue.GROUP_FIELDS))
            self.check(pid, row)
            for field, value in kernel.io(pid).items():
                self.assertEqual(row[field], value)
            # The kernel's threads are root's too.
            self.assertEqual(catalogue.IO_FIELDS & set(batch.groups["kernel"]), set())
            self.assertGreater(batch.own["denied"], 0)
            self.check_log(running.log(), program)

    def check(self, pid, row):
        self.assertEqual(row["cpu_time"] * 10**9, kernel.cpu_clock_ns(pid))
        self.assertEqual((row["memory_vms"], row["memory_rss"]), kernel.statm(pid))
        self.assertEqual(row["num_procs"], 1)
        self.assertEqual(row["num_threads"], int(kernel.stat(pid)[20]))
        self.assertEqual(row["minor_faults"], int(kernel.stat(pid)[10]))
        if "num_fds" in row:
            self.assertEqual(row["num_fds"], kernel.open_files(pid))

    def check_log(self, log, program):
        self.assertEqual(len(log), 1, log)
        self.assertTrue(log[0].startswith("W! "), log)
        self.assertIn("CAP_SYS_PTRACE", log[0])
        # The advice can be typed as it is.
        self.assertIn(f"setcap cap_sys_ptrace,cap_dac_read_search+ep {program}", log[0])
        print(log[0])


if __name__ == "__main__":
    outcome.main()
