"""Without privileges: everything that may be read is reported, what may not be read is absent and
not 0, and the log says once what would help."""

import re
import subprocess
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
            expected = set(catalogue.GROUP_FIELDS) - catalogue.SWITCH_FIELDS
            *of_root, of_nobody = [(pid, batch.groups[str(pid)]) for pid in pids]
            for pid, row in of_root:
                # All but I/O; descriptors where this kernel tells their number to everybody.
                missing = expected - set(row)
                self.assertEqual(missing - {"num_fds", "fd_usage_max"}, catalogue.IO_FIELDS)
                self.check(pid, row)
            pid, row = of_nobody
            self.assertEqual(set(row), expected)
            self.check(pid, row)
            for field, value in kernel.io(pid).items():
                self.assertEqual(row[field], value)
            # The kernel's threads are root's too.
            self.assertEqual(catalogue.IO_FIELDS & set(batch.groups["kernel"]), set())
            self.assertGreater(batch.own["denied"], 0)
            self.check_log(running.log(), program)

    def test_what_the_log_says_to_type_gives_all_that_is_missing(self):
        with proctally.program_for_everybody() as program:
            advice = proctally.once(command=(program,), **NOBODY)[1].decode()
            outcome.need_debian_peer("setcap", "libcap2-bin")
            typed = re.search(r"setcap \S+ \S+$", advice)[0]
            subprocess.run(typed, shell=True, check=True)
            out, log = proctally.once(command=(program,), **NOBODY)
        self.assertEqual(log, b"")
        batch = proctally.read_batch(out)
        self.assertLessEqual(catalogue.IO_FIELDS, set(batch.groups["kernel"]))
        absent = proctally.absent_fields()
        expected = catalogue.SWITCH_FIELDS | catalogue.EXIT_FIELDS
        self.assertEqual(expected - set(batch.groups["kernel"]) - set(batch.own), absent)

    def test_explain_says_which_privilege_would_help(self):
        if not kernel.in_first_namespaces():
            self.skipTest("none would, in a namespace of one's own")
        with proctally.program_for_everybody() as program:
            routes = proctally.run("--explain", command=(program,), **NOBODY)[0].decode()
        for what in ("processes that end: their parents' cutime alone", "context switches: absent"):
            self.assertIn(f"{what} (taskstats: needs CAP_NET_ADMIN)", routes.splitlines()[0])
        self.assertIn("needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH", routes.splitlines()[0])

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
        capabilities = "cap_sys_ptrace,cap_dac_read_search"
        if kernel.in_first_namespaces():
            self.assertIn("CAP_NET_ADMIN", log[0])
            capabilities += ",cap_net_admin"
        self.assertTrue(log[0].endswith(f": setcap {capabilities}+ep {program}"), log)
        print(log[0])


if __name__ == "__main__":
    outcome.main()
