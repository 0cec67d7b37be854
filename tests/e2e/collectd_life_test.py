"""A collectd with proctally.so that goes into the background, that has nothing to read, and that
runs without privileges."""

import os
import unittest
from unittest import mock

from support import children, collectd, outcome, waiting

NOBODY = 65534
BLOCK = 'Process "collectd"'


class Life(unittest.TestCase):
    def test_a_daemon_in_the_background_reads_as_well(self):
        with collectd.in_background(collectd.proctally(BLOCK)) as (_, csv):
            cpu_time = "proctally-collectd/ps_cputime"
            waiting.until(lambda: len(csv.rows(cpu_time)) >= 3, "three reads")
            self.assertGreaterEqual(csv.last("proctally-collectd/ps_count")["processes"], 1)

    def test_a_host_that_cannot_be_read_is_told_and_fails_the_test_run(self):
        with mock.patch.dict(os.environ, {"HOST_PROC": "/none"}):
            checked = collectd.check(collectd.proctally(BLOCK))
        self.assertEqual(checked.code, 1, checked.output)
        self.assertIn("proctally plugin: start: /none: No such file or directory", checked.output)


class Nobody(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        outcome.need_root()

    def test_what_may_not_be_read_is_absent_and_one_warning_says_what_gives_it(self):
        with (
            children.running(*children.named([b"of_root"])),
            collectd.plugin_for_everybody() as folder,
            collectd.Daemon(
                collectd.proctally(f'{BLOCK}\nProcess "of_root"', folder=folder), user=NOBODY
            ) as daemon,
        ):
            daemon.wait_for_reads("proctally-of_root/ps_count", "proctally-collectd/ps_count")
            have = daemon.csv.identifiers()
            (warning,) = [line for line in daemon.complaints() if "setcap" in line]
        self.assertIn("proctally-collectd/io_octets", have)
        self.assertIn("proctally-of_root/ps_cputime", have)
        for absent in ("io_octets", "io_ops", "disk_octets", "contextswitch-voluntary"):
            self.assertNotIn(f"proctally-of_root/{absent}", have)
        self.assertRegex(warning, r"\[warning\] proctally plugin: .*setcap cap_sys_ptrace,"
                                  r"cap_dac_read_search(,cap_net_admin)?\+ep /\S+/collectd$")  # fmt: skip


if __name__ == "__main__":
    outcome.main()
