"""A Telegraf that is told to read Prometheus' format from proctally-exec has every series of it."""

import signal
import subprocess
import unittest

from support import children, exposition, outcome, proctally, telegraf, waiting

NAMES = [b"e2e-one", b"e2e two", b'e2e"three']

SETTINGS = {
    **proctally.EVERY_GROUP,
    "process_names": [{"name": "{{.Comm}}", "comm": ["e2e-one"], "threads": True},
                      {"name": "{{.Comm}}", "cmdline": ["."]}],
}  # fmt: skip


def series_of_a_page(settings):
    """(name, labels) of those of our groups and of proctally itself, after two scans."""
    page = subprocess.run(
        [proctally.PROGRAM, "--once", "--interval", "200ms", "--format", "prometheus",
         "--config", settings],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=waiting.PATIENCE_S, check=True,
    ).stdout  # fmt: skip
    ours = {name.decode() for name in NAMES} | {None}
    return {series for series in exposition.read(page) if dict(series[1]).get("groupname") in ours}


class TelegrafPrometheusTest(unittest.TestCase):
    def test_every_series_of_a_page_arrives(self):
        with (
            children.running(*children.named(NAMES)),
            proctally.settings_file(SETTINGS) as settings,
        ):
            expected = series_of_a_page(settings)
            arguments = ("--format", "prometheus", "--interval", "200ms", "--config", settings)
            with telegraf.Telegraf("none", arguments, reads="prometheus") as host:
                # Two whole pages: the second has percentages in any case.
                host.wait_for_output(b"proctally_scan_seconds=", 3)
                host.signal(signal.SIGTERM)
                host.wait_for_end()
                points, errors = host.points(), host.errors()
        self.assertEqual(errors, [])
        self.assertEqual({point.measurement for point in points}, {"prometheus"})
        arrived = {
            (name, tuple(sorted(point.tags.items()))) for point in points for name in point.fields
        }
        self.assertEqual(expected - arrived, set())
        groups = {dict(labels).get("groupname") for _, labels in expected}
        self.assertEqual(groups, {name.decode() for name in NAMES} | {None})
        print(f"{len(expected)} series")


if __name__ == "__main__":
    outcome.main()
