"""Whatever bytes a process gives itself as a name, carbon gets lines that it takes, keeps the
connection, and makes no file where none belongs."""

import re
import unittest
from collections import Counter

from support import graphite_lines, graphite_pusher, hostile_names, outcome, proctally, waiting
from support.carbon_cache import CarbonCache
from support.graphite_pusher import Pusher
from support.recorder import Recorder

_PREFIX = f"proctally.{graphite_pusher.HOST}."


def form_of(label):
    """What its node is, but for the hash of a label that had to be changed."""
    return re.sub(rb"[^A-Za-z0-9_-]", b"_", label.encode()).decode()


class GraphiteHostileNamesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        settings = {**proctally.EVERY_GROUP, "collect": ["processes"]}
        with hostile_names.running(), proctally.settings_file(settings) as file:
            with CarbonCache() as carbon, Recorder() as truth:
                words = graphite_pusher.arguments(carbon, truth)
                with Pusher(*words, "--config", file) as pusher:
                    waiting.until(lambda: len(truth.ticks()) >= 4, "ticks")
                    cls.counters = pusher.finish()[carbon.url]
                cls.lines = truth.lines()
                cls.sent = graphite_lines.read(cls.lines)
                waiting.until(lambda: len(carbon.data_files()) >= len(cls.sent), "all series")
                waiting.until(lambda: cls.last_points(carbon.series()), "the last scan")
                # A probe that says that the stream as a whole is still read.
                carbon.send(b"probe.after.all 1 %d\n" % truth.ticks()[-1])
                waiting.until(lambda: "probe.after.all" in carbon.series(), "the probe")
                cls.stored = carbon.series()
                cls.files = carbon.data_files()
                cls.strangers = carbon.strangers()
                cls.log = carbon.log()

    @classmethod
    def last_points(cls, stored):
        return all(max(stored.get(path, [0])) == max(points) for path, points in cls.sent.items())

    def test_every_point_is_stored(self):
        del self.stored["probe.after.all"]
        expected = {path: {time_s: float(value) for time_s, value in points.items()}
                    for path, points in self.sent.items()}  # fmt: skip
        self.assertEqual(self.stored, expected)

    def test_carbon_keeps_the_connection(self):
        self.assertEqual(self.counters["connects"], 1)
        self.assertEqual(self.counters["lines_resent"], 0)
        bad = re.compile(r"invalid line|Error|Traceback|Unhandled|connection with .* lost")
        self.assertEqual([line for line in self.log if bad.search(line)], [])

    def test_no_file_is_outside_of_the_tree(self):
        self.assertEqual(self.strangers, [])
        for file in self.files:
            self.assertRegex(file, r"\A(?:[A-Za-z0-9_-]+/)+[A-Za-z0-9_-]+\.wsp\Z")

    def test_each_name_has_a_node_of_its_own(self):
        nodes = {path[len(_PREFIX):].split(".")[0] for path in self.sent}
        forms = Counter(re.sub(r"_[0-9a-f]{8}\Z", "", node) for node in nodes)
        expected = Counter(form_of(label) for label in hostile_names.EXPECTED.values())
        for form, count in expected.items():
            self.assertGreaterEqual(forms[form], count, form)
        print(f"{sum(expected.values())} names in {len(nodes)} nodes, {len(self.lines)} lines")


class GraphiteHostileTagsTest(unittest.TestCase):
    def test_with_tags_every_line_is_well_formed(self):
        """As carbon takes it with tags: names of groups keep more of their bytes there."""
        settings = {**proctally.EVERY_GROUP, "collect": ["processes"]}
        words = (*graphite_pusher.arguments(), "--tags", "--once", "--dry-run")
        with hostile_names.running(), proctally.settings_file(settings) as file:
            lines = graphite_pusher.run(*words, "--config", file)[0].encode().splitlines()
        names = {path for path in graphite_lines.read(lines) if ".num_procs;" in path}
        self.assertGreaterEqual(len(names), len(hostile_names.EXPECTED))


if __name__ == "__main__":
    outcome.main()
