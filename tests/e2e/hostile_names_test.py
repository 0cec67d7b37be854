"""Whatever bytes a process gives itself as a name, it is one group, and no other process's lines,
no terminal and no reader of JSON are touched by it."""

import contextlib
import json
import re
import unittest

from support import batches, hostile_names, line_protocol, outcome, proctally

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


class HostileNamesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        resources = contextlib.ExitStack()
        cls.addClassCleanup(resources.close)
        cls.groups = resources.enter_context(hostile_names.running())
        settings = proctally.settings_file(proctally.EVERY_GROUP)
        cls.settings = resources.enter_context(settings)

    def run_once(self, *arguments):
        output, log = proctally.once("--config", self.settings, *arguments)
        self.assertEqual(log, b"")
        return output

    def check(self, counts):
        """Group -> number of processes, as some format has them. Others may bear such names too."""
        for comm, group in hostile_names.EXPECTED.items():
            self.assertGreaterEqual(counts.get(group, 0), 1, f"{comm!r} should be in {group!r}")

    def test_line_protocol_has_one_line_for_each(self):
        output = self.run_once()
        batch = proctally.read_batch(output)
        batches.check_types([batch])
        self.check({name: fields["num_procs"] for name, fields in batch.groups.items()})
        # Not one line too many: the reader takes each, and none has another measurement.
        points = line_protocol.read(output)
        self.assertEqual(len(points), len(batch.groups) + 1)
        self.assertEqual({p.measurement for p in points}, {"proctally", "proctally_self"})
        self.assertGreaterEqual(batch.own["processes"], len(hostile_names.EXPECTED))
        print(f"{len(hostile_names.EXPECTED)} names in {len(points)} lines")

    def test_json_has_one_object_for_each(self):
        output = self.run_once("--format", "json")
        text = output.decode("utf-8")
        self.assertIsNone(CONTROL.search(text))
        groups = json.loads(text)["groups"]
        names = [group["name"] for group in groups]
        self.assertEqual(len(names), len(set(names)))
        self.check({group["name"]: group["num_procs"] for group in groups})

    def test_table_has_one_row_for_each_and_no_control_character(self):
        output = self.run_once("--format", "table")
        text = output.decode("utf-8")
        self.assertIsNone(CONTROL.search(text))
        for group in hostile_names.EXPECTED.values():
            rows = [row for row in text.split("\n") if row.startswith(group + " ")]
            self.assertGreaterEqual(len(rows), 1, f"{group!r} is not in the table")

    def test_explain_has_one_line_for_each_and_no_control_character(self):
        text = proctally.run("--explain", "--config", self.settings)[0].decode("utf-8")
        self.assertIsNone(CONTROL.search(text))
        lines = text.split("\n")
        for pid, group in self.groups.items():
            found = [line for line in lines if line.lstrip().startswith(f"{pid} ")]
            self.assertEqual(len(found), 1, f"{pid} in {group!r}")
            self.assertIn(f" {group} ", found[0])


if __name__ == "__main__":
    outcome.main()
