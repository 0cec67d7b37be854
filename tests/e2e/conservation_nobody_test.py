"""No CPU second is lost without privileges either: the reaped are in the cutime of who reaped them,
which everybody may read (Route B). Which of several dead used it is not known then."""

import unittest

from support import conservation, outcome, workloads


class ConservationNobodyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        outcome.need_root()
        print(conservation.COLUMNS)

    def check(self, books):
        print(books, flush=True)
        self.assertLessEqual(books.in_all, conservation.NEVER_MORE, books.by_group())
        if books.workload.in_all_nobody is not None:
            self.assertGreaterEqual(books.in_all, books.workload.in_all_nobody, books.by_group())

    def test_every_second_is_on_an_account(self):
        for workload in workloads.ALL:
            with self.subTest(workload=workload.name):
                self.check(conservation.run(workload, "B, nobody", nobody=True))

    def test_also_in_a_pid_namespace_where_pids_wrap(self):
        """Exit messages come in the first pid namespace only."""
        self.check(conservation.run(workloads.PID_WRAP_INSIDE, "B, inside", inside=True))


if __name__ == "__main__":
    outcome.main()
