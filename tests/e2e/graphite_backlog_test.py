"""A hundred thousand points that waited are sent while scans go on as if nothing were."""

import re
import time
import unittest

from support import accounts, graphite_pusher, outcome, small_host, waiting
from support.graphite_pusher import Pusher
from support.recorder import Recorder

POINTS = 100_000
GROUPS = 400
QUEUE_BYTES = 32 << 20
# What a scan may begin late beside a replay.
MOST_LATE_MS = 50
_SCAN = re.compile(r"D! tick ([0-9]+): the scan began ([0-9.]+) ms after it")


def lateness(pusher):
    """Tick -> how many ms after it its scan began, by the pusher's log."""
    found = (_SCAN.match(line) for line in pusher.log())
    return {int(scan[1]): float(scan[2]) for scan in found if scan}


def describe(what, late_ms):
    late_ms = sorted(late_ms)
    return (f"{what}: {len(late_ms)} times, median {late_ms[len(late_ms) // 2]:.1f} ms, "
            f"at most {late_ms[-1]:.1f} ms")  # fmt: skip


class GraphiteBacklogTest(unittest.TestCase):
    def test_replay_disturbs_no_scan(self):
        for options in ((), ("--confirm",)):
            with self.subTest(options=options):
                self.replay(*options)

    def replay(self, *options):
        with small_host.of_groups(GROUPS) as procfs, Recorder() as truth, Recorder() as receiver:
            receiver.kill()
            words = [*graphite_pusher.arguments(receiver, truth), "--procfs", procfs, *options,
                     "--queue-bytes", str(QUEUE_BYTES), "--log-level", "debug"]  # fmt: skip
            with Pusher(*words) as pusher:
                waiting.until(lambda: len(truth.ticks()) >= 3, "ticks")
                start_kb = pusher.rss_kb()

                def queued():
                    time.sleep(0.5)
                    return pusher.counters()[receiver.url]["lines_queued"] >= POINTS

                waiting.until(queued, "the backlog")
                queued_kb = pusher.rss_kb()
                backlog = pusher.counters()[receiver.url]
                quiet = truth.ticks()[1:]
                receiver.start()

                def replayed():
                    time.sleep(0.5)
                    return pusher.counters()[receiver.url].waiting() == 0

                waiting.until(replayed, "the replay")
                busy = [tick for tick in truth.ticks() if tick > quiet[-1]]
                end_kb = pusher.rss_kb()
                counters = pusher.finish()[receiver.url]
                late = lateness(pusher)
            name = f"backlog {' '.join(options)}"
            row = accounts.settle(name, truth.lines(), receiver.lines(), counters)
            print(accounts.table([row]))
            print(f"{backlog['lines_queued']} lines, {backlog['bytes_queued']} bytes, waited; RSS "
                  f"{start_kb} kB before, {queued_kb} kB then, {end_kb} kB afterwards")  # fmt: skip
            self.assertEqual(row.unconfirmed, 0)
            self.assertEqual(row.dropped, {})
            self.assertEqual(accounts.missing_ticks(truth.ticks()), [])
            self.assertLess(queued_kb - start_kb, QUEUE_BYTES // 1024)
            self.assertLessEqual(backlog["bytes_queued"], QUEUE_BYTES)
            self.assertGreater(len(busy), 3, "there was no scan beside the replay")
            self.assertEqual(set(busy) - set(late), set())
            print(describe("scan begins after its tick, before", [late[tick] for tick in quiet]))
            print(describe("the same beside the replay", [late[tick] for tick in busy]))
            # Only to be seen, as it is the receiver's time as well.
            arrivals = truth.first_arrivals()
            came = [(arrivals[tick] - tick) * 1000 for tick in busy if tick in arrivals]
            print(describe("its first line arrives after its tick, beside the replay", came))
            self.assertLess(max(late[tick] for tick in busy), MOST_LATE_MS)

    def test_queue_keeps_to_its_limits(self):
        """The oldest whole scans go, counted, and what is kept is delivered."""
        host = small_host.of_groups(GROUPS // 4)
        with host as procfs, Recorder() as truth, Recorder() as receiver:
            receiver.kill()
            words = [*graphite_pusher.arguments(receiver, truth), "--procfs", procfs,
                     "--queue-batches", "3"]  # fmt: skip
            with Pusher(*words) as pusher:
                waiting.until(lambda: len(truth.ticks()) >= 8, "ticks")
                receiver.start()

                def delivered():
                    time.sleep(0.2)
                    return pusher.counters()[receiver.url].waiting() == 0

                waiting.until(delivered, "the rest")
                counters = pusher.finish()[receiver.url]
            row = accounts.settle("--queue-batches 3", truth.lines(), receiver.lines(), counters)
            print(accounts.table([row]))
            self.assertEqual(set(row.dropped), {"too_many"})
            self.assertEqual(row.unconfirmed, 0)
            self.check_whole(truth, receiver)

    def check_whole(self, truth, receiver):
        """No scan arrived in part."""
        arrived = set(receiver.lines())
        ticks = set(receiver.ticks())
        whole = {line for line in truth.lines() if int(line.rpartition(b" ")[2]) in ticks}
        self.assertEqual(arrived, whole)


if __name__ == "__main__":
    outcome.main()
