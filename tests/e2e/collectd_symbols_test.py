"""What proctally.so asks of the daemon that loads it, and what it shows."""

import os
import re
import subprocess
import unittest

from support import outcome

PLUGIN = os.environ["PROCTALLY_COLLECTD_SO"]


def symbols(file, which):
    """Names without versions."""
    told = subprocess.run(("nm", "-D", which, file), capture_output=True, check=True, text=True)
    lines = [line.split() for line in told.stdout.splitlines()]
    return {kind_and_name[-1].split("@")[0] for kind_and_name in lines}


def weak(file):
    told = subprocess.run(("nm", "-D", "--undefined-only", file), capture_output=True, check=True,
                          text=True)  # fmt: skip
    return {line.split()[-1].split("@")[0] for line in told.stdout.splitlines()
            if line.split()[0] in "wv"}  # fmt: skip


def libraries(file):
    """Those that are loaded with it, the linker itself too."""
    told = subprocess.run(("ldd", file), capture_output=True, check=True, text=True).stdout
    assert "not found" not in told, told
    return set(re.findall(r"(/\S+)", told))


class Symbols(unittest.TestCase):
    def test_it_shows_nothing_but_module_register(self):
        self.assertEqual(symbols(PLUGIN, "--defined-only"), {"module_register"})

    def test_the_daemon_and_the_libraries_have_all_that_it_asks_for(self):
        daemon = outcome.need_debian_peer("collectd", "collectd-core")
        have = set()
        for file in {daemon} | libraries(daemon) | libraries(PLUGIN):
            have |= symbols(file, "--defined-only")
        asked = symbols(PLUGIN, "--undefined-only")
        self.assertIn("plugin_dispatch_values", asked)
        self.assertEqual(asked - have - weak(PLUGIN), set())

    def test_it_brings_no_library_that_the_daemon_would_have_to_bear(self):
        names = " ".join(libraries(PLUGIN))
        self.assertIn("libstdc++", names)
        for unwanted in ("boost", "yaml"):
            self.assertNotIn(unwanted, names)


if __name__ == "__main__":
    outcome.main()
