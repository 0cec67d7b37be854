"""--output FILE: whoever reads it, whenever, finds one whole scan and no half of another."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from support import exposition, outcome, proctally, waiting

INTERVAL = "100ms"
ENOUGH_SCANS = 30


@contextlib.contextmanager
def writing(folder, *arguments):
    """Yields the file and the process that keeps replacing it."""
    file = Path(folder) / "proctally.prom"
    child = subprocess.Popen(
        [proctally.PROGRAM, "--output", file, "--interval", INTERVAL, *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        waiting.until(file.exists, "the first scan")
        yield file, child
    finally:
        if child.poll() is None:
            child.kill()
        child.communicate()


class TextfileTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_a_reader_never_finds_half_a_scan(self):
        with writing(self.folder, "--format", "prometheus") as (file, child):
            pages, times = set(), 0
            deadline = time.monotonic() + waiting.PATIENCE_S
            while len(pages) < ENOUGH_SCANS and time.monotonic() < deadline:
                data = file.read_bytes()
                times += 1
                if data not in pages:
                    page = exposition.read(data)
                    self.assertIn(("proctally_scan_seconds", ()), page)
                    self.assertIn(("namedprocess_scrape_procread_errors", ()), page)
                    pages.add(data)
                self.assertIsNone(child.poll())
                # What a textfile collector would take for another page.
                self.assertEqual(list(Path(self.folder).glob("*.prom")), [file])
            print(f"{len(pages)} scans in {times} readings")
            self.assertGreaterEqual(len(pages), ENOUGH_SCANS)

    def test_a_reader_that_holds_it_open_keeps_what_it_opened(self):
        with writing(self.folder, "--format", "prometheus") as (file, _):
            with open(file, "rb") as opened:
                first = opened.read(100)
                inode = os.fstat(opened.fileno()).st_ino
                waiting.until(lambda: file.stat().st_ino != inode, "another scan")
                exposition.read(first + opened.read())

    def test_everybody_may_read_it_and_nothing_else_is_left(self):
        with writing(self.folder, "--format", "prometheus") as (file, child):
            self.assertEqual(file.stat().st_mode & 0o777, 0o644)
            child.send_signal(signal.SIGTERM)
            said, _ = child.communicate(timeout=waiting.PATIENCE_S)
            self.assertEqual(child.returncode, 0, said)
            self.assertEqual(list(Path(self.folder).iterdir()), [file])
            exposition.read(file.read_bytes())

    def test_any_format(self):
        with writing(self.folder, "--format", "influx") as (file, _):
            proctally.read_batch(file.read_bytes())

    def test_a_folder_that_is_not_there_is_refused(self):
        done = subprocess.run(
            [proctally.PROGRAM, "--output", f"{self.folder}/none/x.prom"],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=waiting.PATIENCE_S, check=False,
        )  # fmt: skip
        self.assertEqual(done.returncode, 78)
        self.assertIn(f"{self.folder}/none", done.stderr.decode())


if __name__ == "__main__":
    outcome.main()
