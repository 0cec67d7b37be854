"""Every group and every field of the catalogue reaches an output of a real Telegraf, with its type,
whichever way Telegraf asks for it."""

import signal
import unittest

from support import batches, catalogue, children, outcome, telegraf

NAMES = [b"e2e-one", b"e2e two", b"e2e,three=3"]


class TelegrafFieldsTest(unittest.TestCase):
    def test_signal_stdin(self):
        self.check("STDIN")

    def test_signal_none(self):
        self.check("none")

    def check(self, signal_mode):
        with children.running(*children.named(NAMES)), telegraf.Telegraf(signal_mode) as host:
            host.wait_for_batches(4)
            host.signal(signal.SIGTERM)
            host.wait_for_end()
            got = host.batches()
            errors = host.errors()
        self.assertGreaterEqual(len(got), 4)
        batches.check_types(got)
        batches.check_counters(got)
        for batch in got:
            self.assertEqual(set(batch.own), set(catalogue.SELF_FIELDS))
            for name in NAMES:
                # The scan that it began with is the first of two: percentages from the start.
                self.assertEqual(set(batch.groups[name.decode()]), set(catalogue.GROUP_FIELDS))
        self.assertEqual(errors, [])


if __name__ == "__main__":
    outcome.main()
