"""The files in conf/ of proctally-graphite: what systemd runs, and what carbon is told."""

import collections
import os
import pathlib
import re
import shutil
import tempfile
import unittest

import fake_host
from graphite_command_lines import service_options, try_out
from program import ROOT, blocks, proctally_graphite, read, run

README = "plugins/graphite/README.md"
UNIT = "conf/proctally-graphite.service"
DEFAULTS = "conf/proctally-graphite.default"
PROGRAM = "/usr/bin/proctally-graphite"
SIZES = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def settings(text):
    """The assignments of a unit by key, in their order."""
    found = collections.defaultdict(list)
    for key, value in re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE):
        found[key].append(value)
    return found


def default_of(option):
    """What --help has in parentheses behind it."""
    text = re.sub(r"\n {10,}", " ", proctally_graphite("--help").stdout)
    return re.search(f"^  --{option} .*\\((\\d+)(\\w+)\\)", text, re.MULTILINE).groups()


class Schemas(unittest.TestCase):
    def test_are_what_the_program_prints(self):
        done = proctally_graphite("--print-schema")
        files = [read(f"conf/carbon/{name}.conf")
                 for name in ("storage-schemas", "storage-aggregation")]
        self.assertEqual("\n".join(files), done.stdout)

    def test_what_the_readme_says_of_a_file_is_what_they_say(self):
        (size,) = re.findall(r"One series takes (\d+ kB)", read("conf/carbon/storage-schemas.conf"))
        self.assertIn(f"Each takes {size} ", read(README))


class DefaultFile(unittest.TestCase):
    def test_each_of_its_lines_is_right(self):
        lines = service_options(read(DEFAULTS))
        self.assertGreater(len(lines), 4)
        with tempfile.TemporaryDirectory() as procfs:
            fake_host.make(procfs)
            for arguments in lines:
                with self.subTest(arguments):
                    done = try_out(arguments, procfs)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_nothing_is_in_effect(self):
        self.assertEqual([line for line in read(DEFAULTS).splitlines()
                          if line and not line.startswith("#")], [])


class Unit(unittest.TestCase):
    def setUp(self):
        self.unit = settings(read(UNIT))

    def one(self, key):
        (value,) = self.unit[key]
        return value

    def test_runs_the_program_with_the_options_of_the_default_file(self):
        self.assertEqual(self.one("ExecStart"), f"{PROGRAM} $PROCTALLY_GRAPHITE_OPTIONS")
        self.assertEqual(self.one("EnvironmentFile"), "-/etc/default/proctally-graphite")
        self.assertIn("HUP", self.one("ExecReload"))

    def test_is_told_of_start_and_life(self):
        self.assertEqual(self.one("Type"), "notify")
        self.assertGreater(int(self.one("WatchdogSec")), 0)

    def test_does_not_try_again_what_is_configured_wrong(self):
        self.assertEqual(self.one("Restart"), "on-failure")
        for code, arguments in zip(self.one("RestartPreventExitStatus").split(),
                                   ((), ("--config", "/nonexistent", "--dry-run")), strict=True):
            self.assertEqual(proctally_graphite(*arguments).returncode, int(code))

    def test_waits_longer_for_the_end_than_the_program_does(self):
        number, unit = default_of("stop-timeout")
        self.assertEqual(unit, "s")
        self.assertGreater(int(self.one("TimeoutStopSec")), int(number))

    def test_allows_more_memory_than_a_queue_takes(self):
        # The program says so in its own way: "and bytes (32MiB); ...".
        text = re.sub(r"\n {10,}", " ", proctally_graphite("--help").stdout)
        (queue,) = re.findall(r"--queue-bytes SIZE .*?\((\d+)MiB\)", text)
        limit = self.one("MemoryMax")
        self.assertGreaterEqual(int(limit[:-1]) * SIZES[limit[-1]], 4 * int(queue) * SIZES["M"])

    def test_keeps_the_spool_where_all_say_that_it_is(self):
        folder = "/var/lib/" + self.one("StateDirectory")
        self.assertEqual(self.one("DynamicUser"), "yes")
        for path in (DEFAULTS, README, "plugins/graphite/proctally-graphite.8"):
            self.assertIn(folder, read(path))

    def test_bounds_the_capabilities_by_those_it_gives(self):
        self.assertEqual(self.unit["AmbientCapabilities"],
                         self.one("CapabilityBoundingSet").split())
        for name in self.unit["AmbientCapabilities"]:
            self.assertIn(f"`{name}`", read(README))

    def test_hides_nothing_of_the_host(self):
        self.assertNotIn(self.unit.get("ProtectProc", ["default"]), (["invisible"], ["noaccess"]))
        for key in ("ProcSubset", "PrivateUsers", "PrivateNetwork", "PrivatePIDs"):
            self.assertNotIn(key, self.unit)
        self.assertIn("AF_NETLINK", self.one("RestrictAddressFamilies"))

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    def test_systemd_understands_it_and_the_drop_ins_of_the_readme(self):
        with tempfile.TemporaryDirectory() as folder:
            unit = pathlib.Path(folder, "proctally-graphite.service")
            unit.write_text(read(UNIT).replace(PROGRAM, os.environ["PROCTALLY_GRAPHITE"]),
                            encoding="utf-8")
            drop_ins = pathlib.Path(folder, unit.name + ".d")
            drop_ins.mkdir()
            self.assertTrue(blocks(README, "ini"))
            for number, text in enumerate(blocks(README, "ini")):
                (drop_ins / f"{number}.conf").write_text(text, encoding="utf-8")
            self.assertEqual(self.complaints(unit), [])
            # And so that one that is wrong would be seen:
            (drop_ins / "wrong.conf").write_text("[Service]\nMemoryMax=much\n", encoding="utf-8")
            self.assertEqual(len(self.complaints(unit)), 1)

    def complaints(self, unit):
        """What it says of these files; of others on this host it may say more."""
        done = run(["systemd-analyze", "verify", "--man=no", unit])
        return [line for line in done.stderr.splitlines() if unit.name in line]


class Installed(unittest.TestCase):
    def test_is_all_of_it(self):
        text = read("plugins/graphite/CMakeLists.txt")
        self.assertTrue((ROOT / UNIT).exists())
        self.assertIn("proctally_install_unit(proctally-graphite)", text)
        for path in (DEFAULTS, "conf/carbon/storage-schemas.conf",
                     "conf/carbon/storage-aggregation.conf"):
            self.assertTrue((ROOT / path).exists())
            self.assertIn(pathlib.Path(path).name, text)


if __name__ == "__main__":
    unittest.main()
