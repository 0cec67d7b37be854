"""What real receivers store is what was sent: every line, each with exactly its value."""

import contextlib
import subprocess
import unittest

from support import accounts, graphite_lines, graphite_pusher, outcome, small_host, waiting
from support.carbon_c_relay import CarbonCRelay
from support.carbon_cache import CarbonCache
from support.certificates import Certificates
from support.graphite_pusher import Pusher
from support.recorder import Recorder
from support.victoria_metrics import VictoriaMetrics

TICKS = 4
_OWN = f"proctally.{graphite_pusher.HOST}.proctally_self."


def read(lines):
    """{path: {time: value}}"""
    return {path: {time_s: float(value) for time_s, value in points.items()}
            for path, points in graphite_lines.read(lines).items()}  # fmt: skip


def count(series):
    return sum(map(len, series.values()))


class Sent:
    """What was sent to a receiver, known from a recorder beside it, after some ticks."""

    def __init__(self, url, *options, procfs):
        with Recorder() as truth:
            words = graphite_pusher.arguments(url, truth)
            with Pusher(*words, "--procfs", procfs, *options) as pusher:
                waiting.until(lambda: len(truth.ticks()) >= TICKS, "ticks")
                counters = pusher.finish()
                self.log = pusher.log()
            self.lines = truth.lines()
            self.ticks = truth.ticks()
        for name in (url, truth.url):
            counters[name].check()
            assert counters[name]["lines_acknowledged"] == len(self.lines), counters
        assert accounts.missing_ticks(self.ticks) == []


def dry_run(procfs, *options):
    """The lines of some scans of that host. It has the very first scan's, too."""
    with Pusher(*graphite_pusher.arguments(), "--dry-run", "--procfs", procfs, *options,
                stdout=subprocess.PIPE) as pusher:  # fmt: skip
        with open(pusher.stdout_fd(), "rb", closefd=False) as stream:
            lines = []
            ticks = set()
            while len(ticks) <= TICKS:
                line = stream.readline()
                assert line, pusher.log()
                ticks.add(int(line.rpartition(b" ")[2]))
                lines.append(line.rstrip(b"\n"))
    # The last tick may not be whole.
    return [line for line in lines if int(line.rpartition(b" ")[2]) != max(ticks)]


class CarbonTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        resources = contextlib.ExitStack()
        cls.addClassCleanup(resources.close)
        cls.procfs = resources.enter_context(small_host.small())

    def check_stored(self, stored, expected):
        """Exactly these points. `stored` is asked again until it has as many."""
        waiting.until(lambda: count(stored()) >= count(expected), "all points")
        found = stored()
        self.assertEqual(set(found), set(expected))
        for path, points in expected.items():
            self.assertEqual(found[path], points, path)
        print(f"{count(expected)} points of {len(expected)} series")

    def test_carbon_cache_stores_every_value(self):
        with CarbonCache() as carbon:
            sent = Sent(carbon.url, procfs=self.procfs)
            self.check_stored(carbon.series, read(sent.lines))
            self.assertEqual(carbon.strangers(), [])
            self.assertEqual([line for line in carbon.log() if "invalid" in line], [])

    def test_carbon_cache_stores_every_value_with_receipts(self):
        with CarbonCache() as carbon:
            sent = Sent(carbon.url, "--confirm", procfs=self.procfs)
            self.check_stored(carbon.series, read(sent.lines))

    def test_carbon_cache_stores_what_a_dry_run_prints(self):
        """The host never changes: a group's lines of any two scans differ in their time only."""
        with CarbonCache() as carbon:
            sent = Sent(carbon.url, procfs=self.procfs)
            self.check_stored(carbon.series, read(sent.lines))
            stored = carbon.series()
        printed = read(dry_run(self.procfs))
        groups = {path for path in printed if not path.startswith(_OWN)}
        self.assertEqual(groups, {path for path in stored if not path.startswith(_OWN)})
        self.assertGreater(len(groups), 100)
        for path in groups:
            self.assertEqual(set(stored[path].values()), set(printed[path].values()), path)
        # Of itself it tells the same, but for what it has measured, and of destinations.
        self.assertEqual(
            {path for path in printed if path.startswith(_OWN)},
            {path for path in stored if path.startswith(_OWN) and ".destination." not in path},
        )

    def test_a_lone_scan_is_stored_as_the_dry_run_prints_it(self):
        once = ("--once", "--procfs", self.procfs)
        printed = graphite_pusher.run(*graphite_pusher.arguments(), *once, "--dry-run")[0]
        with CarbonCache() as carbon:
            graphite_pusher.run(*graphite_pusher.arguments(carbon), *once)
            expected = read(printed.encode().splitlines())
            groups = {path for path in expected if not path.startswith(_OWN)}
            waiting.until(lambda: groups <= set(carbon.series()), "all series")
            stored = carbon.series()
        for path in groups:
            self.assertEqual(list(stored[path].values()), list(expected[path].values()), path)

    def test_victoria_metrics_stores_every_value(self):
        self.check_victoria_metrics(expected_labels=lambda path: {"__name__": path})

    def test_victoria_metrics_stores_every_value_with_tags(self):
        def labels(path):
            name, *tags = path.split(";")
            return {"__name__": name, **dict(tag.split("=", 1) for tag in tags)}

        self.check_victoria_metrics("--tags", expected_labels=labels)

    def check_victoria_metrics(self, *options, expected_labels):
        with VictoriaMetrics() as database:
            sent = Sent(database.graphite_url, *options, procfs=self.procfs)
            expected = {}
            for path, points in read(sent.lines).items():
                key = frozenset(expected_labels(path).items())
                expected[key] = {time_s * 1000: value for time_s, value in points.items()}

            def stored():
                return {frozenset(series["metric"].items()):
                        dict(zip(series["timestamps"], series["values"]))
                        for series in database.series("proctally.*")}  # fmt: skip

            waiting.until(lambda: count(stored()) >= count(expected), "all points")
            found = stored()
            self.assertEqual(set(found), set(expected))
            for key, points in expected.items():
                self.assertEqual(set(found[key]), set(points), key)
                for time_ms, value in points.items():
                    # The database itself keeps about 13 digits.
                    self.assertAlmostEqual(found[key][time_ms], value, delta=abs(value) * 1e-12)
            self.assertEqual(set(database.counters("vm_rows_invalid_total").values()), {0})
            self.assertEqual(database.log(), [])
            print(f"{count(expected)} points of {len(expected)} series")

    def check_relayed(self, relay, sent):
        expected = sorted(sent.lines)
        waiting.until(lambda: len(relay.lines()) >= len(expected), "all lines")
        self.assertEqual(sorted(relay.lines()), expected)
        print(f"{len(expected)} lines, unchanged")

    def test_carbon_c_relay_hands_every_line_on_unchanged(self):
        with CarbonCRelay() as relay:
            self.check_relayed(relay, Sent(relay.url, procfs=self.procfs))

    def test_carbon_c_relay_takes_every_line_with_tls(self):
        for options in ((), ("--confirm",)):
            with self.subTest(options=options), Certificates() as certificates:
                with CarbonCRelay(pem=certificates.path("server.both.pem")) as relay:
                    ca = ("--tls-ca", certificates.path("ca.pem"))
                    sent = Sent(relay.tls_url, *ca, *options, procfs=self.procfs)
                    self.check_relayed(relay, sent)


if __name__ == "__main__":
    outcome.main()
