"""The first things that a new user does: --help, --version, --once, --check, --explain."""

import json
import unittest

from support import batches, catalogue, children, outcome, proctally


def ask(*arguments):
    return proctally.run(*arguments)[0].decode()


class OnceTest(unittest.TestCase):
    def test_prints_one_whole_batch_of_line_protocol(self):
        with children.running(*children.named([b"e2e-once"])):
            batch = proctally.read_batch(proctally.once()[0])
        batches.check_types([batch])
        absent = proctally.absent_fields()
        # Without a second scan there are no percentages of CPU; everything else is there.
        self.assertEqual(
            set(catalogue.GROUP_FIELDS) - set(batch.groups["e2e-once"]),
            catalogue.USAGE_FIELDS | (absent & catalogue.SWITCH_FIELDS),
        )
        self.assertEqual(set(batch.own), set(catalogue.SELF_FIELDS) - absent)

    def test_has_percentages_after_an_interval(self):
        with children.running(*children.named([b"e2e-once"])):
            batch = proctally.read_batch(proctally.once("--interval", "200ms")[0])
        expected = set(catalogue.GROUP_FIELDS) - proctally.absent_fields()
        self.assertEqual(set(batch.groups["e2e-once"]), expected)

    def test_prints_a_table_for_eyes(self):
        with children.running(*children.named([b"e2e-once"])):
            table = proctally.once("--format", "table")[0].decode()
        lines = table.splitlines()
        self.assertRegex(lines[0], r"^GROUP +PROCS .*CPU%.*RSS")
        self.assertTrue(any(line.startswith("e2e-once ") for line in lines), table)
        self.assertNotIn("\x1b", table, "colours belong on a terminal only")

    def test_prints_the_same_names_and_fields_as_json(self):
        with children.running(*children.named([b"e2e-once"])):
            document = json.loads(proctally.once("--format", "json")[0])
        (group,) = [group for group in document["groups"] if group["name"] == "e2e-once"]
        self.assertLessEqual(set(group) - {"name"}, set(catalogue.GROUP_FIELDS))
        self.assertEqual(group["num_procs"], 1)

    def test_says_nothing_on_stderr(self):
        self.assertEqual(proctally.once()[1], b"")


class AskingTest(unittest.TestCase):
    def test_help_names_every_option(self):
        text = ask("--help")
        for option in ("config", "interval", "procfs", "format", "once", "check", "explain",
                       "log-level", "help", "version"):  # fmt: skip
            self.assertIn(f"--{option}", text)

    def test_version_is_one_line(self):
        self.assertRegex(ask("--version"), r"^proctally-exec [0-9]+\.[0-9]+\.[0-9]+\n$")

    def test_check_prints_settings_that_can_be_read_again(self):
        effective = json.loads(ask("--check"))
        with proctally.settings_file(effective) as file:
            self.assertEqual(json.loads(ask("--check", "--config", file)), effective)

    def test_explain_tells_why_a_process_is_in_its_group(self):
        with children.running(*children.named([b"e2e-explain"])) as (pid,):
            lines = ask("--explain").splitlines()
        (line,) = [line for line in lines if line.split()[:1] == [str(pid)]]
        self.assertEqual(line.split()[1:], ["e2e-explain", "e2e-explain", "process_names[1]"])


if __name__ == "__main__":
    outcome.main()
