"""Real receivers end, are back later, and have all that they confirmed before, but for what was in
their memory only: --confirm tells that a process has read a line, not that it has kept it."""

import contextlib
import functools
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from support import accounts, graphite_lines, graphite_pusher, outcome, small_host, waiting
from support.carbon_c_relay import CarbonCRelay
from support.carbon_cache import CarbonCache
from support.certificates import Certificates
from support.delivery_case import Case
from support.graphite_pusher import Pusher
from support.recorder import Recorder
from support.victoria_metrics import VictoriaMetrics

# Two cores are enough for so many at once.
_AT_ONCE = 6

# What a receiver may have in its memory only, in seconds before its end; None: nothing. carbon
# writes after a second or two, also when it is told to end. carbon-c-relay hands on what is in its
# queues when it is told to. VictoriaMetrics then writes all down, and otherwise each 5 seconds.
_IN_MEMORY_S = {
    ("carbon-cache", "TERM"): 5,
    ("carbon-cache", "KILL"): 5,
    ("carbon-c-relay", "TERM"): None,
    ("carbon-c-relay", "KILL"): 3,
    ("carbon-c-relay, TLS", "TERM"): None,
    ("carbon-c-relay, TLS", "KILL"): 3,
    ("VictoriaMetrics", "TERM"): None,
    ("VictoriaMetrics", "KILL"): 8,
}
_PAUSES_S = (0, 5)


# What has arrived of these lines, each as often as the receiver has it.


def stored_by_carbon(carbon, lines):
    stored = carbon.series()
    return [line for line in lines if _value_of(stored, line) is not None]


def _value_of(stored, line):
    """Of a path and a time, if it is the line's."""
    ((path, points),) = graphite_lines.read([line]).items()
    ((time_s, value),) = points.items()
    found = stored.get(path, {}).get(time_s)
    return found if found == float(value) else None


def handed_on(relay, _):
    return relay.lines()


def stored_by_victoria_metrics(database, lines):
    samples = {}
    for series in database.series("proctally.*"):
        points = samples.setdefault(series["metric"]["__name__"], {})
        for time_ms, value in zip(series["timestamps"], series["values"]):
            points.setdefault(time_ms // 1000, []).append(value)
    arrived = []
    for line in lines:
        ((path, points),) = graphite_lines.read([line]).items()
        ((time_s, value),) = points.items()
        expected = float(value)
        # It keeps about 13 digits itself.
        arrived += [line for found in samples.get(path, {}).get(time_s, [])
                    if abs(found - expected) <= abs(expected) * 1e-12]  # fmt: skip
    return arrived


class Result:
    def __init__(self, row, lost, ended_s, log):
        self.row = row
        self.lost = lost  # The time stamps of what is missing.
        self.ended_s = ended_s
        self.log = log


def run(name, how, pause_s, receiver, url, arrived, options):
    """The receiver ends and starts again between two ticks, or in one."""
    with contextlib.ExitStack() as resources:
        procfs = resources.enter_context(small_host.small())
        spool = resources.enter_context(tempfile.TemporaryDirectory())
        truth = resources.enter_context(Recorder())
        words = [*graphite_pusher.arguments(url, truth), "--procfs", procfs, "--confirm",
                 "--spool", spool, *options]  # fmt: skip
        pusher = resources.enter_context(Pusher(*words))
        running = Case(f"{name}, {how} {pause_s} s", "spool", receiver, pusher, truth)
        running.wait_for_ticks(3)
        # carbon does not mend a file that it was killed over when it made it.
        ticks = truth.ticks()[:2]
        early = [line for line in truth.lines() if int(line.rpartition(b" ")[2]) in ticks]
        waiting.until(lambda: set(early) <= set(arrived(receiver, early)), f"{name}: all series")
        running.wait_for_ticks(1)
        receiver.terminate() if how == "TERM" else receiver.kill()
        ended_s = time.time()
        time.sleep(pause_s)
        receiver.start()
        running.wait_for_ticks(3)
        running.wait_for_delivery()
        counters = pusher.finish()[url]
        lines = truth.lines()
        last = lines[-1:]
        waiting.until(lambda: set(last) <= set(arrived(receiver, last)), f"{name}: the last line")
        had = arrived(receiver, lines)
        row = accounts.settle(running.name, lines, had, counters)
        late = accounts.missing_ticks(truth.ticks())
        assert not late, f"{running.name}: no scan at {late}: {pusher.log()}"
        lost = {int(line.rpartition(b" ")[2]) for line in set(lines) - set(had)}
        return Result(row, sorted(lost), ended_s, pusher.log())


def with_carbon(name, how, pause_s):
    with CarbonCache() as carbon:
        return run(name, how, pause_s, carbon, carbon.url, stored_by_carbon, ())


def with_relay(name, how, pause_s):
    with CarbonCRelay() as relay:
        return run(name, how, pause_s, relay, relay.url, handed_on, ())


def with_relay_tls(name, how, pause_s, certificates):
    with CarbonCRelay(pem=certificates.path("server.both.pem")) as relay:
        ca = ("--tls-ca", certificates.path("ca.pem"))
        return run(name, how, pause_s, relay, relay.tls_url, handed_on, ca)


def with_victoria_metrics(name, how, pause_s):
    with VictoriaMetrics() as database:
        url = database.graphite_url
        return run(name, how, pause_s, database, url, stored_by_victoria_metrics, ())


class RestartedReceiversTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        resources = contextlib.ExitStack()
        cls.addClassCleanup(resources.close)
        certificates = resources.enter_context(Certificates())
        pool = resources.enter_context(ThreadPoolExecutor(_AT_ONCE))
        receivers = {
            "carbon-cache": with_carbon,
            "carbon-c-relay": with_relay,
            "carbon-c-relay, TLS": functools.partial(with_relay_tls, certificates=certificates),
            "VictoriaMetrics": with_victoria_metrics,
        }
        cls.futures = {(name, how, pause_s): pool.submit(receivers[name], name, how, pause_s)
                       for name, how in _IN_MEMORY_S for pause_s in _PAUSES_S}  # fmt: skip

    @classmethod
    def tearDownClass(cls):
        done = [future.result() for future in cls.futures.values() if not future.exception()]
        print("\n" + accounts.table(result.row for result in done))
        for result in done:
            if result.lost:
                print(f"{result.row.case}: it ended at {result.ended_s:.1f} and lost of "
                      f"the scans of {result.lost}")  # fmt: skip

    def check(self, name, how):
        most_s = _IN_MEMORY_S[name, how]
        for pause_s in _PAUSES_S:
            with self.subTest(pause_s=pause_s):
                result = self.futures[name, how, pause_s].result()
                self.assertEqual((result.row.dropped, result.row.undelivered), ({}, 0))
                if most_s is None:
                    self.assertEqual(result.lost, [])
                for tick in result.lost:
                    self.assertLess(result.ended_s - most_s, tick)
                    self.assertLess(tick, result.ended_s)

    def test_carbon_cache_ended_by_term(self):
        self.check("carbon-cache", "TERM")

    def test_carbon_cache_killed(self):
        self.check("carbon-cache", "KILL")

    def test_carbon_c_relay_ended_by_term(self):
        self.check("carbon-c-relay", "TERM")

    def test_carbon_c_relay_killed(self):
        self.check("carbon-c-relay", "KILL")

    def test_carbon_c_relay_with_tls_ended_by_term(self):
        self.check("carbon-c-relay, TLS", "TERM")

    def test_carbon_c_relay_with_tls_killed(self):
        self.check("carbon-c-relay, TLS", "KILL")

    def test_victoria_metrics_ended_by_term(self):
        self.check("VictoriaMetrics", "TERM")

    def test_victoria_metrics_killed(self):
        self.check("VictoriaMetrics", "KILL")


if __name__ == "__main__":
    outcome.main()
