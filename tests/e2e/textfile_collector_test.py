"""node_exporter's textfile collector takes what proctally-exec --output writes."""

import contextlib
import subprocess
import tempfile
import unittest

from support import exposition, loopback, metrics_page, outcome, proctally, waiting


class TextfileCollectorTest(unittest.TestCase):
    def setUp(self):
        self.program = outcome.need_debian_peer(
            "prometheus-node-exporter", "prometheus-node-exporter")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.address = f"127.0.0.1:{loopback.free_port()}"

    def test_every_group_is_on_its_page(self):
        own = subprocess.Popen(
            [proctally.PROGRAM, "--output", f"{self.folder}/proctally.prom", "--format",
             "prometheus", "--interval", "100ms"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.addCleanup(own.communicate)
        self.addCleanup(own.kill)
        exporter = subprocess.Popen(
            [self.program, "--collector.disable-defaults", "--collector.textfile",
             f"--collector.textfile.directory={self.folder}",
             f"--web.listen-address={self.address}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.addCleanup(exporter.communicate)
        self.addCleanup(exporter.kill)
        page = waiting.until(self._page_with_groups, "the page of node_exporter")
        self.assertEqual(page["node_textfile_scrape_error", ()], 0)
        names = {name for name, _ in page}
        self.assertIn("namedprocess_namegroup_cpu_seconds_total", names)
        self.assertIn("proctally_scan_seconds", names)

    def _page_with_groups(self):
        with contextlib.suppress(OSError):
            page = exposition.read(metrics_page.get(self.address))
            return page if exposition.groups_of(page) else None


if __name__ == "__main__":
    outcome.main()
