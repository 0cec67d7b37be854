"""A collectd with proctally in it under valgrind, which makes its exit code of what it finds."""

import unittest
from pathlib import Path

from support import collectd, outcome

SUPPRESSIONS = Path(__file__).resolve().parents[1] / "support" / "valgrind.supp"
BLOCK = """
  Process "collectd"
  ProcessMatch "of {{.Matches.user}}" "^(?P<user>[a-z]+)"
"""


class Valgrind(unittest.TestCase):
    def test_neither_a_leak_nor_a_wrong_access_in_a_daemon_with_it(self):
        # glibc's freeing of everything unloads libraries before valgrind looks at what they hold.
        valgrind = (
            outcome.need_debian_peer("valgrind", "valgrind"), "--leak-check=full",
            "--errors-for-leak-kinds=definite", "--error-exitcode=9", "--run-libc-freeres=no",
            f"--suppressions={SUPPRESSIONS}",
        )  # fmt: skip
        with collectd.Daemon(collectd.proctally(BLOCK), wrapper=valgrind) as daemon:
            daemon.wait_for_reads("proctally-collectd/ps_cputime", count=5)


if __name__ == "__main__":
    outcome.main()
