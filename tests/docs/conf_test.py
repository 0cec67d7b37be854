"""What the comments of the example settings promise is what the rules do."""

import tempfile
import unittest

import fake_host
from program import ROOT, proctally_exec


class ExampleRules(unittest.TestCase):
    def test_name_the_groups_that_their_comments_promise(self):
        with tempfile.TemporaryDirectory() as procfs:
            fake_host.make(procfs)
            done = proctally_exec("--explain", "--procfs", procfs, "--config",
                                  ROOT / "conf/proctally.json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = done.stdout.splitlines()[2:]
        begin, end = lines[0].index("GROUP"), lines[0].index("WHY")
        groups = {int(line.split()[0]): line[begin:end].rstrip() for line in lines[1:]}
        self.assertEqual(groups, {
            1: "systemd",
            2: "kernel",
            17: "kernel",
            410: "cron",
            612: "nginx",
            613: "nginx",
            700: "postgres",
            704: "postgres",
            731: "postgres shop",
            732: "postgres stock",
            801: "java orders",
            820: "shop",
            900: "backup",
            950: "container " + fake_host.CONTAINER_ID,
            960: "dbus.service",
            1000: "bash",
            1001: "-",
        })


if __name__ == "__main__":
    unittest.main()
