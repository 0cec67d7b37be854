"""No CPU second is lost: what a workload used, by its cgroup, is on the accounts of its groups once
the workload is dead. With all privileges (Route A names the dead, Route B says how much)."""

import unittest

from support import conservation, outcome, workloads


class ConservationTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        outcome.need_root()
        print(conservation.COLUMNS)

    def test_every_second_is_on_the_right_account(self):
        for workload in workloads.ALL:
            with self.subTest(workload=workload.name):
                books = conservation.run(workload, "A")
                print(books, flush=True)
                self.assertLessEqual(books.in_all, conservation.NEVER_MORE, books.by_group())
                self.assertGreaterEqual(books.in_all, workload.in_all, books.by_group())
                if workload.right is not None:
                    self.assertGreaterEqual(books.right, workload.right, books.by_group())


if __name__ == "__main__":
    outcome.main()
