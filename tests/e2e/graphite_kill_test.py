"""A pusher that is killed while its receiver is away: what it had spooled is there for the next."""

import contextlib
import random
import tempfile
import time
import unittest
from collections import Counter
from pathlib import Path

from support import accounts, graphite_pusher, outcome, small_host, waiting
from support.graphite_pusher import Pusher
from support.recorder import Recorder

KILLS = 8


class Spooled:
    """A receiver that can be away, one that is well, and pushers one after the other."""

    def __init__(self, resources):
        self.procfs = resources.enter_context(small_host.small())
        self.spool = resources.enter_context(tempfile.TemporaryDirectory())
        self.truth = resources.enter_context(Recorder())
        self.receiver = resources.enter_context(Recorder())

    def words(self):
        return [*graphite_pusher.arguments(self.receiver, self.truth), "--procfs", self.procfs,
                "--confirm", "--spool", self.spool]  # fmt: skip

    def segments(self):
        """Of the receiver's spool, the newest last."""
        (folder,) = Path(self.spool).glob(f"*_{self.receiver.port}_*")
        return sorted(folder.glob("*.spool"))

    def wait_for_ticks(self, count):
        enough = len(self.truth.ticks()) + count
        waiting.until(lambda: len(self.truth.ticks()) >= enough, "ticks")

    def wait_for_delivery(self, pusher):
        def delivered():
            time.sleep(0.2)
            return pusher.counters()[self.receiver.url].waiting() == 0

        waiting.until(delivered, f"delivery: {pusher.log()}")

    def missing(self):
        """Lines that the receiver that was well has, and the other one has not."""
        return sorted(set(self.truth.lines()) - set(self.receiver.lines()))


class GraphiteKillTest(unittest.TestCase):
    def setUp(self):
        resources = contextlib.ExitStack()
        self.addCleanup(resources.close)
        self.parts = Spooled(resources)

    def test_nothing_that_was_spooled_is_lost(self):
        """Every scan is in the spool of the first destination before it is in that of the second,
        and there before it is sent."""
        parts = self.parts
        parts.receiver.kill()
        seed = random.randrange(1 << 32)
        moments = random.Random(seed)
        for _ in range(KILLS):
            with Pusher(*parts.words()) as pusher:
                waiting.until(parts.truth.lines, "lines")
                time.sleep(moments.uniform(0.7, 2.2))
                # What is on its way to the one that is well may well be read twice.
                pusher.kill()
        parts.receiver.start()
        with Pusher(*parts.words()) as pusher:
            parts.wait_for_ticks(2)
            parts.wait_for_delivery(pusher)
            self.assertTrue(pusher.said("still in the spool"), pusher.log())
            counters = pusher.finish()[parts.receiver.url]
        counters.check()

        missing = Counter(int(line.rpartition(b" ")[2]) for line in parts.missing())
        self.assertEqual(missing, {}, f"seed {seed}")
        arrived = Counter(parts.receiver.lines())
        print(f"{KILLS} kills, seed {seed}: {len(set(parts.truth.lines()))} lines, "
              f"{len(arrived)} arrived, {sum(arrived.values()) - len(arrived)} twice")  # fmt: skip

    def test_killed_while_it_replays(self):
        """What a receiver had already is not known to the next pusher, and comes again; no line is
        missing."""
        parts = self.parts
        parts.receiver.kill()
        with Pusher(*parts.words()) as pusher:
            parts.wait_for_ticks(6)
            pusher.kill()
        parts.receiver.start("--manner", "slowly", "--rate", "40000", "--receive-buffer", "4096")
        for _ in range(3):
            before = len(parts.receiver.lines())
            with Pusher(*parts.words()) as pusher:
                waiting.until(lambda: len(parts.receiver.lines()) > before, "lines of the spool")
                pusher.kill()
        parts.receiver.kill()
        parts.receiver.start("--manner", "read")
        with Pusher(*parts.words()) as pusher:
            parts.wait_for_ticks(2)
            parts.wait_for_delivery(pusher)
            pusher.finish()[parts.receiver.url].check()
        self.assertEqual(parts.missing(), [])

    def test_torn_record_is_told_and_costs_nothing_else(self):
        parts = self.parts
        parts.receiver.kill()
        with Pusher(*parts.words()) as pusher:
            parts.wait_for_ticks(3)
            pusher.kill()
        newest = parts.segments()[-1]
        # The beginning of a record: what a power cut leaves of one.
        record = newest.read_bytes()[:60]
        with open(newest, "ab") as segment:
            segment.write(record)
        parts.receiver.start()
        with Pusher(*parts.words()) as pusher:
            line = pusher.wait_for_log("W! ", newest.name)
            self.assertIn(str(len(record)), line)
            parts.wait_for_ticks(2)
            parts.wait_for_delivery(pusher)
            counters = pusher.finish()[parts.receiver.url]
        counters.check()
        self.assertEqual(parts.missing(), [])
        print(line)

    def test_damaged_record_is_told_and_counted(self):
        parts = self.parts
        parts.receiver.kill()
        with Pusher(*parts.words()) as pusher:
            parts.wait_for_ticks(3)
            pusher.kill()
        newest = parts.segments()[-1]
        data = bytearray(newest.read_bytes())
        place = data.index(b"proctally.")
        data[place] ^= 1
        newest.write_bytes(data)
        parts.receiver.start()
        with Pusher(*parts.words()) as pusher:
            parts.wait_for_ticks(2)
            parts.wait_for_delivery(pusher)
            counters = pusher.finish()[parts.receiver.url]
            self.assertTrue(pusher.said("W! "), pusher.log())
            print(pusher.said("W! ")[-1])
        counters.check()
        self.assertEqual(counters["lines_dropped_damaged"], len(parts.missing()))
        self.assertGreater(len(parts.missing()), 0)
        self.assertEqual(len({line.rpartition(b" ")[2] for line in parts.missing()}), 1)

    def test_two_pushers_cannot_have_one_spool(self):
        parts = self.parts
        with Pusher(*parts.words()):
            waiting.until(parts.truth.lines, "lines")
            message = graphite_pusher.run(*parts.words(), expected=78)[1]
        self.assertIn(parts.spool, message)
        self.assertEqual(accounts.missing_ticks(parts.truth.ticks()), [])


if __name__ == "__main__":
    outcome.main()
