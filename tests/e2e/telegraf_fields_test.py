"""Every group and every field of the catalogue reaches an output of a real Telegraf, with its type,
whichever way Telegraf asks for it."""

import signal
import unittest

from support import batches, catalogue, children, outcome, proctally, telegraf

NAMES = [b"e2e-one", b"e2e two", b"e2e,three=3"]


class TelegrafFieldsTest(unittest.TestCase):
    def test_signal_stdin(self):
        self.assertEqual(self.errors_with("STDIN"), [])

    def test_signal_none(self):
        self.assertEqual(self.errors_with("none"), [])

    # The first of Telegraf's signals may come before any program can listen, and end it; Telegraf
    # starts it again, and says so as errors.
    def test_signal_sigusr1(self):
        self.errors_with("SIGUSR1")

    def test_signal_sigusr2(self):
        self.errors_with("SIGUSR2")

    def errors_with(self, signal_mode):
        """Checks all that arrives; gives the errors in Telegraf's log."""
        with children.running(*children.named(NAMES)), telegraf.Telegraf(signal_mode) as host:
            host.wait_for_batches(4)
            host.signal(signal.SIGTERM)
            host.wait_for_end()
            got, errors = host.batches(), host.errors()
        self.assertGreaterEqual(len(got), 4)
        batches.check_types(got)
        batches.check_counters(got)
        absent = proctally.absent_fields()
        expected = set(catalogue.GROUP_FIELDS) - absent
        for batch in got:
            self.assertEqual(set(batch.own), set(catalogue.SELF_FIELDS) - absent)
            for name in NAMES:
                missing = expected - set(batch.groups[name.decode()])
                # Telegraf may ask twice in a moment, and does at the start.
                self.assertIn(missing, (set(), catalogue.USAGE_FIELDS))
        for before, after in zip(got, got[1:]):
            if after.time_ns - before.time_ns > 150_000_000:
                fields = set(after.groups[NAMES[0].decode()])
                self.assertEqual(fields, expected)
        return errors


if __name__ == "__main__":
    outcome.main()
