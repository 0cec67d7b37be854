"""Hostile names of processes pass a real Telegraf: none missing, none forged, none noticed."""

import signal
import unittest

from support import batches, hostile_names, outcome, proctally, telegraf


class TelegrafHostileNamesTest(unittest.TestCase):
    def test_signal_stdin(self):
        self.check("STDIN")

    def test_signal_none(self):
        self.check("none")

    def check(self, signal_mode):
        with (
            hostile_names.running(),
            proctally.settings_file(proctally.EVERY_GROUP) as settings,
            telegraf.Telegraf(
                signal_mode, ["--interval", "200ms", "--config", settings]
            ) as host,
        ):
            host.wait_for_batches(3)
            host.signal(signal.SIGTERM)
            host.wait_for_end()
            # Reading them refuses every line, group and measurement that is not proctally's.
            got, errors = host.batches(), host.errors()
        self.assertEqual(errors, [])
        batches.check_types(got)
        for batch in got:
            for comm, group in hostile_names.EXPECTED.items():
                self.assertGreaterEqual(batch.groups[group]["num_procs"], 1, f"{comm!r}")
        print(f"signal={signal_mode}: {len(got)} batches of {len(got[-1].groups)} groups")


if __name__ == "__main__":
    outcome.main()
