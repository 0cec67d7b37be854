"""A reader of stdout that stops for a while neither stops the scans nor gets half a line: whole
batches are missing afterwards, and batches_dropped says how many."""

import signal
import time
import unittest

from support import batches, children, kernel, line_protocol, outcome, proctally

INTERVAL_NS = 200_000_000
PAUSE_S = 6
NAMES = [b"e2e-slow-%d" % i for i in range(400)]  # Their batch fills the pipe within a second.


def ticks_between(first, last):
    """How many intervals lie between two scans, by their own times."""
    return round((last.time_ns - first.time_ns) / INTERVAL_NS)


class SlowReaderTest(unittest.TestCase):
    def test_scans_go_on_and_whole_batches_are_missing(self):
        with (
            children.running(*children.named(NAMES)),
            proctally.Running("--interval", "200ms") as running,
        ):
            got = [running.next_batch() for _ in range(3)]
            used_ns = []
            for _ in range(PAUSE_S):
                before = kernel.cpu_clock_ns(running.pid)
                time.sleep(1)
                used_ns.append(kernel.cpu_clock_ns(running.pid) - before)
            # What waited in the pipe, and then some that come at the cadence.
            running.read_for(seconds=3)
            got += batches.split(line_protocol.read(running.finish()))
            log = running.log()

        # Each second of the pause saw about five scans of all processes.
        print(f"CPU time in each second of the pause: {[round(ns / 1e6, 1) for ns in used_ns]} ms")
        self.assertGreater(min(used_ns), 0)

        # The final batch is off the cadence. The last but one knows of everything before it.
        first, last = got[0], got[-2]
        skipped = last.own["ticks_skipped"] - first.own["ticks_skipped"]
        scans = ticks_between(first, last) - skipped
        missing = scans - (len(got) - 2)
        print(
            f"{scans} scans, {len(got) - 2} batches, {missing} missing, "
            f"batches_dropped {last.own['batches_dropped']}, ticks_skipped {skipped}"
        )
        self.assertGreater(missing, 5, "the pause was too short to lose anything")
        self.assertEqual(last.own["batches_dropped"], missing)
        self.assertEqual(first.own["batches_dropped"], 0)
        batches.check_counters(got)
        self.check_gap(got)
        self.check_log(log, missing)

    def check_gap(self, got):
        """All that is missing is missing in one place: what the pipe held came, and the newest."""
        gaps = [
            (before, after)
            for before, after in zip(got, got[1:-1])
            if after.own["batches_dropped"] > before.own["batches_dropped"]
        ]
        # A batch is written after its scan, so the one behind the gap counts all but the one whose
        # place it took.
        self.assertLessEqual(len(gaps), 2)
        before, after = gaps[0]
        self.assertGreater(ticks_between(before, after), 5)
        for name in NAMES:
            self.assertIn(name.decode(), after.groups)

    def check_log(self, log, missing):
        warnings = [line for line in log if line.startswith("W! ")]
        self.assertEqual(warnings, ["W! stdout is read too slowly: whole batches are dropped"])
        self.assertIn(f"I! stdout is read again; batches dropped so far: {missing}", log)
        self.assertEqual(len(log), 2, log)

    def test_a_stop_does_not_wait_for_a_reader_that_stands_still(self):
        with (
            children.running(*children.named(NAMES)),
            proctally.Running("--interval", "200ms") as running,
        ):
            running.next_batch()
            time.sleep(3)
            running.signal(signal.SIGTERM)
            running.wait(seconds=10)


if __name__ == "__main__":
    outcome.main()
