"""What the README of proctally-graphite says to paste into a shell, pasted: with /etc in a
temporary folder, sudo and systemctl replaced, and a receiver of the test's own."""

import configparser
import os
import pathlib
import re
import shlex
import socket
import subprocess
import tempfile
import threading
import unittest

import fake_host
from graphite_command_lines import service_options, try_out
from program import blocks

README = "plugins/graphite/README.md"

# As Debian's graphite-carbon has them.
SCHEMAS = r"""
[carbon]
pattern = ^carbon\.
retentions = 60:90d

[default]
pattern = .*
retentions = 60s:1d,5m:30d,1h:3y
"""
CARBON = "[cache]\nUSER = _graphite\nMAX_CREATES_PER_MINUTE = 50\nMAX_CACHE_SIZE = inf\n"


def block_with(words):
    """The one of them that has these words."""
    (found,) = [text for text in blocks(README, "sh") if words in text]
    return found


def first_match(path, series):
    """The section that decides about a series, as carbon looks for it."""
    rules = configparser.ConfigParser(interpolation=None)
    with open(path, encoding="utf-8") as file:
        rules.read_file(file)
    for name in rules.sections():
        if re.search(rules[name]["pattern"], series):
            return dict(rules[name])
    return None


class Shell:
    """A host of one's own to paste on."""

    def __init__(self, folder):
        self.root = pathlib.Path(folder)
        (self.root / "bin").mkdir()
        (self.root / "etc/default").mkdir(parents=True)
        (self.root / "etc/carbon").mkdir()
        (self.root / "proc").mkdir()
        fake_host.make(self.root / "proc")
        program = shlex.quote(os.environ["PROCTALLY_GRAPHITE"])
        self.add_program("proctally-graphite",
                         f'exec {program} "$@" --procfs {self.root}/proc --host web01')
        self.add_program("sudo", 'exec "$@"')
        self.add_program("systemctl", f'echo "$@" >>{self.root}/systemctl')

    def add_program(self, name, text):
        path = self.root / "bin" / name
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)

    def paste(self, text):
        here = text.replace("/etc/", f"{self.root}/etc/")
        environment = dict(os.environ, PATH=f"{self.root}/bin:{os.environ['PATH']}")
        environment.pop("HOST_PROC", None)
        return subprocess.run(["sh", "-e", "-c", here], env=environment, capture_output=True,
                              stdin=subprocess.DEVNULL, encoding="utf-8", timeout=60, check=False)

    def asked_of_systemd(self):
        return (self.root / "systemctl").read_text(encoding="utf-8").splitlines()


class Receiver:
    """Takes lines on one connection until its end."""

    def __init__(self):
        self.lines = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.receive, daemon=True)
        self.thread.start()

    def receive(self):
        connection, _ = self.socket.accept()
        with connection, connection.makefile(encoding="ascii", newline="\n") as lines:
            self.lines = list(lines)

    def end(self):
        self.thread.join(timeout=30)
        self.socket.close()
        return self.lines


class Pasted(unittest.TestCase):
    def setUp(self):
        # pylint: disable-next=consider-using-with
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.shell = Shell(folder.name)

    def paste(self, text):
        done = self.shell.paste(text)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def test_the_look_at_the_lines_shows_lines(self):
        for words in ("--dry-run --once\n", "--dry-run --once --interval 1s | wc"):
            done = self.paste(block_with(words))
            self.assertEqual(done.stderr, "")
            self.assertTrue(done.stdout)

    def test_carbon_is_told_before_its_own_rules(self):
        carbon = self.shell.root / "etc/carbon"
        (carbon / "storage-schemas.conf").write_text(SCHEMAS, encoding="utf-8")
        (carbon / "carbon.conf").write_text(CARBON, encoding="utf-8")
        self.paste(block_with("MAX_CREATES_PER_MINUTE"))
        for series, retentions in (("proctally.web01.nginx.cpu_time", "10s:6h,1m:7d,10m:1y"),
                                   ("carbon.agents.a.cpuUsage", "60:90d"),
                                   ("anything.else", "60s:1d,5m:30d,1h:3y")):
            self.assertEqual(first_match(carbon / "storage-schemas.conf", series)["retentions"],
                             retentions)
        for metric, method in (("nginx.cpu_time", "last"), ("nginx.fd_usage_max", "max"),
                               ("nginx.memory_rss", "average"),
                               ("proctally_self.destination.c_1_00000000.lines_pushed", "last")):
            rule = first_match(carbon / "storage-aggregation.conf", f"proctally.web01.{metric}")
            self.assertEqual(rule["aggregationmethod"], method)
        changed = CARBON.replace("MINUTE = 50", "MINUTE = 2000")
        self.assertEqual((carbon / "carbon.conf").read_text(encoding="utf-8"), changed)
        self.assertEqual(self.shell.asked_of_systemd(), ["restart carbon-cache"])

    def test_rules_that_carbon_has_already_stay_behind_ours(self):
        carbon = self.shell.root / "etc/carbon"
        (carbon / "storage-schemas.conf").write_text(SCHEMAS, encoding="utf-8")
        (carbon / "carbon.conf").write_text(CARBON, encoding="utf-8")
        own = "[all]\npattern = .*\nxFilesFactor = 0.5\naggregationMethod = sum\n"
        (carbon / "storage-aggregation.conf").write_text(own, encoding="utf-8")
        self.paste(block_with("MAX_CREATES_PER_MINUTE"))
        path = carbon / "storage-aggregation.conf"
        self.assertEqual(first_match(path, "anything")["aggregationmethod"], "sum")
        self.assertEqual(first_match(path, "proctally.a.b.exited")["aggregationmethod"], "last")

    def test_one_push_arrives(self):
        receiver = Receiver()
        text = block_with("--once --confirm --to tcp://carbon.example:2003")
        done = self.paste(text.replace("carbon.example:2003", f"127.0.0.1:{receiver.port}"))
        self.assertIn("all is delivered", done.stderr)
        lines = receiver.end()
        self.assertGreater(len(lines), 100)
        for line in lines:
            self.assertRegex(line, r"^proctally\.web01(\.[\w-]+)+ -?\d+(\.\d+)?(e[+-]?\d+)? \d+\n$")

    def test_the_service_has_its_options(self):
        self.paste(block_with("systemctl enable"))
        text = (self.shell.root / "etc/default/proctally-graphite").read_text(encoding="utf-8")
        (arguments,) = service_options(text)
        done = try_out(arguments, self.shell.root / "proc")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("enable --now proctally-graphite", self.shell.asked_of_systemd())


if __name__ == "__main__":
    unittest.main()
