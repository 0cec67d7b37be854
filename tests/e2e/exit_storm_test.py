"""More exits a second than a host ever has: no exit message is lost, or what was lost is counted
and the CPU time is accounted for all the same, by who reaped them."""

import unittest

from support import conservation, outcome, workloads


class ExitStormTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        outcome.need_root()

    def check(self, workload, group, deaths):
        books = conservation.run(workload, "A")
        seen, lost = (books.own.get(name) for name in ("exits_seen", "exits_lost"))
        print(conservation.COLUMNS)
        print(books)
        print(f"{deaths / books.spawning_s:.0f} exits a second; exits_seen {seen}, _lost {lost}")
        self.assertGreaterEqual(books.in_all, workload.in_all, books.by_group())
        self.assertLessEqual(books.in_all, conservation.NEVER_MORE, books.by_group())
        self.assertIsNotNone(seen, "no exit listener")
        self.assertGreaterEqual(seen + lost, deaths)
        if lost == 0:
            self.assertEqual(books.grown[group]["exited"], deaths)
            # One that a scan saw between fork and exec began under its parent's name.
            started = sum(counters["started"] for counters in books.grown.values())
            self.assertGreaterEqual(started, deaths)

    def test_of_processes_that_end_at_once(self):
        self.check(workloads.FORKS, "storm", 3 * 8334 + 3 + 1)

    def test_of_commands(self):
        self.check(workloads.EXECS, "true", 4000)


if __name__ == "__main__":
    outcome.main()
