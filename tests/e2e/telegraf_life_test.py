"""Start, stop, reload and loss of the plugin under a real Telegraf."""

import os
import select
import signal
import time
import unittest

from support import batches, children, outcome, proctally, telegraf

MODES = ("STDIN", "none")

# A large batch takes Telegraf a while to read, which is when it can be lost.
MANY = [b"e2e-%d" % i for i in range(400)]


def wait_for_exit(pid_fd):
    """Waits for the end of a process; gives the time when it was seen."""
    ended = select.select([pid_fd], [], [], proctally.PATIENCE_S)[0]
    assert ended, "the plugin does not end"
    return time.monotonic()


class EachMode(unittest.TestCase):
    def for_each_mode(self, check):
        for mode in MODES:
            with self.subTest(signal=mode):
                check(mode)


class StopTest(EachMode):
    def test_ends_within_a_second_and_loses_nothing(self):
        with children.running(*children.named(MANY)):
            self.for_each_mode(self.check_stop)

    def test_the_plugin_does_not_outlive_a_telegraf_that_is_killed(self):
        self.for_each_mode(self.check_orphan)

    def check_orphan(self, mode):
        with telegraf.Telegraf(mode) as host:
            host.wait_for_batches(1)
            plugin = os.pidfd_open(host.wait_for_plugin())
            host.signal(signal.SIGKILL)
            wait_for_exit(plugin)
            os.close(plugin)

    def check_stop(self, mode):
        with telegraf.Telegraf(mode) as host:
            host.wait_for_batches(3)
            plugin = os.pidfd_open(host.wait_for_plugin())
            stopped_ns, stopped = time.time_ns(), time.monotonic()
            host.signal(signal.SIGTERM)
            took = wait_for_exit(plugin) - stopped
            os.close(plugin)
            host.wait_for_end()
            # Every batch is whole, the last one too: batches() checks it.
            got = host.batches()
            errors = host.errors()
        print(f"signal={mode}: the plugin ended {took * 1000:.0f} ms after SIGTERM to Telegraf")
        self.assertLess(took, 1)
        self.assertEqual(errors, [])
        self.assertGreater(len(got[-1].groups), len(MANY))
        if mode == "none":
            # What was done since the last tick is reported at the stop.
            self.assertGreater(got[-1].time_ns, stopped_ns)


class ReloadTest(EachMode):
    def test_a_new_plugin_takes_over_from_the_old(self):
        self.for_each_mode(self.check_reload)

    def check_reload(self, mode):
        with telegraf.Telegraf(mode) as host:
            host.wait_for_batches(2)
            old = host.wait_for_plugin()
            old_fd = os.pidfd_open(old)
            reloaded_ns = time.time_ns()
            host.signal(signal.SIGHUP)
            wait_for_exit(old_fd)
            os.close(old_fd)
            host.wait_for_plugin(other_than=old)
            host.wait_for_batches(3)
            host.signal(signal.SIGTERM)
            host.wait_for_end()
            got, errors = host.batches(), host.errors()
        self.assertEqual(errors, [])
        batches.check_types(got)
        after = [batch for batch in got if batch.time_ns > reloaded_ns]
        self.assertGreaterEqual(len(after), 3)


class LossTest(EachMode):
    def test_a_killed_plugin_is_started_again(self):
        self.for_each_mode(self.check_kill)

    def check_kill(self, mode):
        with telegraf.Telegraf(mode) as host:
            host.wait_for_batches(2)
            old = host.wait_for_plugin()
            killed_ns = time.time_ns()
            os.kill(old, signal.SIGKILL)
            host.wait_for_plugin(other_than=old)
            host.wait_for_batches(3)
            host.signal(signal.SIGTERM)
            host.wait_for_end()
            # Killed between two batches or not: no half line came through.
            points, log = host.points(), host.log()
        self.assertTrue(any("exited: signal: killed" in line for line in log), log)
        self.assertFalse(any("parse error" in line for line in log), log)
        after = [point for point in points if point.time_ns > killed_ns]
        ends = [point for point in after if point.measurement == "proctally_self"]
        self.assertGreaterEqual(len(ends), 3)


class OneGatherTest(EachMode):
    def test_test_prints_data(self):
        self.for_each_mode(self.check_test)

    def check_test(self, mode):
        with telegraf.Telegraf(mode, options=["--test"]) as host:
            printed = host.wait_for_end()
            self.assertEqual(host.errors(), [])
        lines = printed.decode().splitlines()
        own = [line for line in lines if line.startswith("> proctally_self ")]
        groups = [line for line in lines if line.startswith("> proctally,groupname=")]
        self.assertGreaterEqual(len(own), 1, lines)
        counts = sum(int(line.partition("groups=")[2].partition("i")[0]) for line in own)
        self.assertEqual(len(groups), counts)

    def test_once_writes_data(self):
        self.for_each_mode(self.check_once)

    def check_once(self, mode):
        with telegraf.Telegraf(mode, options=["--once"]) as host:
            host.wait_for_end()
            got, errors = host.batches(), host.errors()
        self.assertEqual(errors, [])
        self.assertGreaterEqual(len(got), 1)
        batches.check_types(got)


class BadSettingsTest(EachMode):
    def test_every_problem_is_an_error_in_telegrafs_log(self):
        self.for_each_mode(self.check_problems)

    def check_problems(self, mode):
        bad = {"process_names": [{"cmdlin": ["x"]}, {"cmdline": ["(["]}], "max_groups": 0}
        problems = (
            "process_names[0].cmdlin: unknown setting; did you mean cmdline?",
            "process_names[1].cmdline[0]: missing ]",
            "max_groups: is 0, must be",
        )
        with (
            proctally.settings_file(bad) as file,
            telegraf.Telegraf(mode, arguments=["--config", file]) as host,
        ):
            for problem in problems:
                self.assertIn(" E! [inputs.execd] ", host.wait_for_log(problem))
            host.wait_for_log("exited: exit status 78")
            self.assertEqual(host.points(), [])


if __name__ == "__main__":
    outcome.main()
