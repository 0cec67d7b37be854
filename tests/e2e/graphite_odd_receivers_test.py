"""Receivers that end connections as they like, or never, say something, or throw away what they
got: what is delivered comes once, what is wrong is told, and nobody is flooded."""

import contextlib
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

from support import accounts, graphite_pusher, outcome, small_host
from support.delivery_case import Case
from support.graphite_pusher import Pusher
from support.recorder import Recorder

# So that one that connects each second would be seen; and of a back-off whose ceiling doubles from
# a second on, by chance, these are far more than there should be.
_TICKS = 20
_MOST_CONNECTIONS = 12
# A receiver that never ends its side may keep lines from flowing for so long.
_LONGEST_GAP_S = 10
# Halfway between two ticks, when nothing is on its way.
# What comes to a foreign peer comes in the first 100 ms; more is given for a busy machine.
_FIRST_MOMENT_S = 1


@contextlib.contextmanager
def scene(name, manner, *options):
    """A receiver with this manner and a pusher with these options, running."""
    with contextlib.ExitStack() as resources:
        procfs = resources.enter_context(small_host.small())
        spool = resources.enter_context(tempfile.TemporaryDirectory())
        truth = resources.enter_context(Recorder())
        receiver = resources.enter_context(Recorder(*manner))
        words = [*graphite_pusher.arguments(receiver, truth), "--procfs", procfs]
        words += [option.format(spool=spool) for option in options]
        pusher = resources.enter_context(Pusher(*words))
        mode = " ".join(options).replace(" {spool}", "") or "plain"
        yield Case(name, mode, receiver, pusher, truth)


class Result:
    """After the end."""

    def __init__(self, running, row, counters):
        self.row = row
        self.counters = counters
        self.url = running.receiver.url
        self.log = running.pusher.log()
        self.connections = running.receiver.connections()

    def warnings(self):
        return [line for line in self.log if line.startswith(f"W! {self.url}: ")]


def settle(running):
    """Ends it as it is, what waits still waiting."""
    counters = running.pusher.finish()[running.receiver.url]
    lines = running.receiver.lines()
    return Result(running, accounts.settle(running.name, running.truth.lines(), lines, counters),
                  counters)  # fmt: skip


def left_alone(name, manner, *options, ticks=_TICKS):
    with scene(name, manner, *options) as running:
        running.wait_for_ticks(ticks)
        return settle(running)


def told(name, manner, *options):
    """Until the log names the receiver, and for some more time."""
    with scene(name, manner, *options, "--stop-timeout", "1s") as running:
        running.pusher.wait_for_log(f"W! {running.receiver.url}: ")
        running.wait_for_ticks(_TICKS)
        counters = running.pusher.finish()[running.receiver.url]
        counters.check()
        return Result(running, None, counters)


def told_of_no_end():
    """Of a receipt that never comes nothing is known before some time."""
    with scene("never ends", ("--manner", "never-end"), "--confirm", "--stop-timeout", "1s") as run:
        line = run.pusher.wait_for_log(f"W! {run.receiver.url}: ", "--confirm")
        counters = run.pusher.finish()[run.receiver.url]
        counters.check()
        return line, counters


def well_at_last(name, manner, *options):
    """The receiver comes to its senses: then all is there."""
    with scene(name, manner, *options) as running:
        running.wait_for_ticks(_TICKS)
        running.receiver.kill()
        at_that_time = len(running.receiver.connections())
        running.receiver.start("--manner", "read")
        row, counters = running.finish(running.receiver)
        result = Result(running, row, counters)
        result.connections = result.connections[:at_that_time]
        return result


_KEEP_SAFE = ("--keep-safe", "30s")
_OLD = ("--manner", "end-when-old", "--seconds", "2.5")
_RESETS = ("--manner", "reset-unread", "--seconds", "0.3")
_GREETS = ("--manner", "greet")
_NEVER_ENDS = ("--manner", "never-end")
_CASES = {
    "ends after 2 s": (left_alone, "ends after 2 s", _OLD, *_KEEP_SAFE),
    "ends when idle": (left_alone, "ends when idle", ("--manner", "close-when-idle"), *_KEEP_SAFE),
    "never ends": (left_alone, "never ends", _NEVER_ENDS, "--max-connection-age", "2s"),
    "never ends, confirm": (told_of_no_end,),
    "greets": (told, "greets", _GREETS),
    "greets, confirm": (told, "greets", _GREETS, "--confirm"),
    "resets": (well_at_last, "resets", _RESETS),
    "resets, confirm": (well_at_last, "resets", _RESETS, "--confirm"),
    "resets, spool": (well_at_last, "resets", _RESETS, "--spool", "{spool}", "--confirm"),
}


class OddReceiversTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        pool = ThreadPoolExecutor(len(_CASES))
        cls.addClassCleanup(pool.shutdown)
        cls.futures = {name: pool.submit(*call) for name, call in _CASES.items()}

    @classmethod
    def tearDownClass(cls):
        done = [future.result() for future in cls.futures.values() if not future.exception()]
        rows = [result.row for result in done if isinstance(result, Result) and result.row]
        print("\n" + accounts.table(rows))

    def result(self, name):
        return self.futures[name].result()

    def check_each_came_once(self, result):
        row = result.row
        self.assertEqual((row.arrived, row.twice), (row.written, 0))
        self.assertEqual((row.dropped, row.undelivered, row.resent), ({}, 0, 0))

    def test_kept_safe_is_delivered_to_one_that_ends_each_connection_soon(self):
        """Long before the time is over for which lines are kept; it has read all."""
        result = self.result("ends after 2 s")
        self.check_each_came_once(result)
        self.assertGreater(len(result.connections), 3)

    def test_kept_safe_is_delivered_to_one_that_ends_idle_connections(self):
        result = self.result("ends when idle")
        self.check_each_came_once(result)
        self.assertGreater(len(result.connections), 3)

    def test_one_that_never_ends_its_side_gets_lines_all_the_time(self):
        result = self.result("never ends")
        self.check_each_came_once(result)
        self.assertGreater(len(result.connections), 2)
        times = sorted(time_s for connection in result.connections
                       for time_s, _ in connection.arrivals)  # fmt: skip
        longest_s = max(later - earlier for earlier, later in zip(times, times[1:]))
        print(f"{len(result.connections)} connections, longest gap {longest_s:.1f} s")
        self.assertLess(longest_s, _LONGEST_GAP_S)

    def test_one_that_never_ends_its_side_cannot_confirm(self):
        line, counters = self.result("never ends, confirm")
        print(line)
        self.assertRegex(line, "end")
        self.assertEqual(counters["lines_acknowledged"], 0)

    def test_one_that_greets_is_no_receiver(self):
        for name in ("greets", "greets, confirm"):
            with self.subTest(name):
                result = self.result(name)
                (line,) = [line for line in result.warnings() if "220 mail" in line]
                print(line)
                self.assertIn("ESMTP", line)
                self.assertTrue(line.isprintable(), ascii(line))
                self.assertLess(len(result.connections), _MOST_CONNECTIONS)
                self.check_foreign(result, may_acknowledge=name == "greets")

    def check_foreign(self, result, may_acknowledge):
        """It got lines in the first moment only, and nothing more counts as delivered."""
        soon = 0
        for connection in result.connections:
            begin_s = connection.arrivals[0][0] if connection.arrivals else None
            for time_s, _ in connection.arrivals:
                self.assertLess(time_s - begin_s, _FIRST_MOMENT_S)
            soon += len(connection.lines())
        most = soon if may_acknowledge else 0
        self.assertLessEqual(result.counters["lines_acknowledged"], most)

    def test_one_that_resets_what_it_accepted_is_told_and_not_flooded(self):
        for name in ("resets", "resets, confirm", "resets, spool"):
            with self.subTest(name):
                result = self.result(name)
                said = [line for line in result.warnings() if "reset" in line.lower()]
                self.assertGreater(len(said), 0, result.log)
                print(f"{len(result.connections)} connections: {said[0]}")
                self.assertLess(len(result.connections), _MOST_CONNECTIONS)
                self.assertEqual((result.row.dropped, result.row.undelivered), ({}, 0))
                if name != "resets":
                    self.assertEqual(result.row.unconfirmed, 0)


if __name__ == "__main__":
    outcome.main()
