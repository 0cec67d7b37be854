"""No CPU second is lost on the way into collectd either: what a storm of short commands used, by
its cgroup, is in the csv files."""

import contextlib
import json
import unittest
from decimal import Decimal
from pathlib import Path

from support import batches, collectd, collectd_catalogue, conservation, outcome, workloads

STORMS = ("storm, 100/s", "storm, 1000/s")


class CsvFiles:
    """The accounts as collectd's csv files tell them; asked as proctally-exec is."""

    def __init__(self, daemon, comms):
        """comms: group -> the name of its processes, by which the stock plugin finds them too."""
        self._daemon = daemon
        self._times = {
            group: f"{collectd_catalogue.of_group(group)}/ps_cputime" for group in comms
        }
        self._stock_times = [f"processes-{comm}/ps_cputime" for comm in comms.values()]
        self.stock_s = []  # What the stock plugin had counted in all, at each time of asking.

    def ask(self):
        """What a read says that has begun after this moment."""
        self._daemon.wait_for_reads(*self._times.values(), *self._stock_times)
        batch = batches.Batch(time_ns=0)
        for group, identifier in self._times.items():
            batch.groups[group] = {"cpu_time": self._seconds(identifier)}
        self.stock_s.append(sum(map(self._seconds, self._stock_times)))
        return batch

    def _seconds(self, identifier):
        return Decimal(sum(self._daemon.csv.last(identifier).values())) / 10**6


def books_of(workload):
    """The books of a workload by the plugin, which reads as often as its scans are due; and what
    the stock plugin counted in the same daemon."""
    asked = []

    @contextlib.contextmanager
    def collector(settings, _):
        rules = json.loads(Path(settings).read_text())["process_names"]
        comms = {rule["name"]: rule["comm"][0] for rule in rules}
        stock = "\n".join(f'Process "{comm}"' for comm in comms.values())
        daemon = collectd.Daemon(
            collectd.proctally(f'Config "{settings}"', workload.interval_s),
            collectd.plugin("processes", stock, workload.interval_s),
        )
        with daemon:
            files = CsvFiles(daemon, comms)
            yield files
            asked.extend(files.stock_s)

    books = conservation.run_with(collector, workload, "A, collectd")
    return books, float(asked[-1] - asked[0])


class CollectdConservationTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        outcome.need_root()
        collectd.need()
        print(conservation.COLUMNS)

    def test_every_second_of_a_storm_is_in_the_csv_files(self):
        chosen = [workload for workload in workloads.ALL if workload.name in STORMS]
        self.assertEqual(len(chosen), len(STORMS))
        for workload in chosen:
            with self.subTest(workload=workload.name):
                books, stock_s = books_of(workload)
                print(f"{books}; the stock plugin {stock_s / books.used:.2%}", flush=True)
                self.assertLessEqual(books.in_all, conservation.NEVER_MORE, books.by_group())
                self.assertGreaterEqual(books.in_all, workload.in_all, books.by_group())
                self.assertGreaterEqual(books.right, workload.right, books.by_group())


if __name__ == "__main__":
    outcome.main()
