"""What `collectd -T` says of configurations: the real lexer, the real parser, and the plugin."""

import os
import re
import unittest
from pathlib import Path

from support import collectd, outcome, proctally

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "plugins/collectd/README.md"
SAMPLE = ROOT / "conf/collectd.conf"
SETTINGS = ROOT / "conf/proctally.json"

LINE = re.compile(r"^\[[^\]]*\] \[(error|warning)\] proctally plugin: (?:configuration: )?(.*)$")
PLUGIN = "<Plugin proctally>"

FAMILIES = "cpu, processes, states, memory, io, faults, context_switches, fds, start_time, pss"
TOGGLES = (
    "CollectFileDescriptor, CollectContextSwitch, CollectMemoryMaps, CollectDelayAccounting"
)
WORDS = "Config, Process, ProcessMatch, Collect, " + TOGGLES
ONE_PROGRAM = 'must be 1 string, the name of one program, as in Process "php-fpm"'
TWO_STRINGS = (
    "must be 2 strings in quotes, the group's name and the regular expression, as in "
    'ProcessMatch "shop" "java .*shop"'
)
PARTED = "; without quotes a sign such as - or . parts a word in two"
BACKSLASH = r'; in collectd.conf a backslash is written twice: "\\d", "\\."'
INTERVAL = (
    "belongs into the block that loads the plugin: <LoadPlugin proctally> Interval %s </LoadPlugin>"
)
NUMBER = (
    "the name of one program arrived as the number %s, which may have been spelled otherwise; must "
    'be a string in quotes, as in Process "php-fpm"'
)
BOOLEAN = (
    "the name of one program arrived as the boolean %s without quotes do; must be a string in "
    'quotes, as in Process "php-fpm"'
)
TWO_KINDS = (
    "; give one of them another name, or use Config with a settings file, which can put two kinds "
    "of processes into one group"
)
CONFIG_ALONE = (
    "; Config reads everything from its file: put the other statements into it, or leave Config out"
)

# What stands in <Plugin proctally>, and what is said of it, each without the block's own path.
BROKEN = {
    "Process web-1":
        [' / Process "web": arrived as 2 values, "web" and -1: write it in quotes: '
         'Process "web-1"'],
    "Process web-1-2":
        [' / Process "web": arrived as 3 values, "web", -1 and -2: write it in quotes: '
         'Process "web-1-2"'],
    "Process foo.bar":
        [' / Process "foo": arrived as 2 values, "foo" and "bar"; ' + ONE_PROGRAM + PARTED],
    "Process nginx redis":
        [' / Process "nginx": arrived as 2 values, "nginx" and "redis"; ' + ONE_PROGRAM + PARTED],
    'Process ""':
        [' / Process "": is empty, must be a string of at least one character'],
    "Process 123": [" / Process 123: " + NUMBER % 123],
    "Process 010": [" / Process 10: " + NUMBER % 10],
    "Process 0x1f": [" / Process 31: " + NUMBER % 31],
    "Process yes": [" / Process true: " + BOOLEAN % "true, as true, yes and on"],
    "Process off": [" / Process false: " + BOOLEAN % "false, as false, no and off"],
    'Process "a"\nProcess "b"\nProcess "a"':
        [' / Process "a" (3rd Process): the group "a" stands already at ' + PLUGIN
         + ' / Process "a" (1st Process)' + TWO_KINDS],
    'ProcessMatch "a" "x"\nProcess "a"':
        [' / Process "a": the group "a" stands already at ' + PLUGIN + ' / ProcessMatch "a"'
         + TWO_KINDS],
    'ProcessMatch "web"':
        [' / ProcessMatch "web": arrived as 1 value, "web"; ' + TWO_STRINGS],
    "ProcessMatch shop java.*shop":
        [' / ProcessMatch "shop": arrived as 3 values, "shop", "java" and "shop"; ' + TWO_STRINGS
         + PARTED],
    'ProcessMatch web-1 "x"':
        [' / ProcessMatch "web": arrived as 3 values, "web", -1 and "x": write it in quotes: '
         'ProcessMatch "web-1" "x"'],
    'ProcessMatch "a" "(["':
        [' / ProcessMatch "a" / regular expression: missing ]: "(["' + BACKSLASH],
    'ProcessMatch "a" "*b"':
        [' / ProcessMatch "a" / regular expression: no argument for repetition operator: "*b"'
         + BACKSLASH],
    r'ProcessMatch "a" "(a)\\1"':
        [r' / ProcessMatch "a" / regular expression: invalid escape sequence: "(a)\\1"; RE2 has no '
         "look-around and no back-references"],
    'ProcessMatch "{{.Foo}}" "x"':
        [' / ProcessMatch "{{.Foo}}" / name: {{.Foo}} at byte 0 is unknown; allowed: {{.Comm}} '
         "{{.ExeBase}} {{.ExeFull}} {{.Username}} {{.PID}} {{.StartTime}} {{.Matches.NAME}} "
         "{{.Capture}} "
         "{{.Cgroups}} {{index .Cgroups N}} {{.Unit}} {{.Container}}"],
    r'ProcessMatch "a{{.Matches.n}}" "--n=(\\d+)"':
        [' / ProcessMatch "a{{.Matches.n}}" / name: {{.Matches.n}} at byte 1: no cmdline '
         "expression of this item captures (?P<n>...); it captures none"],
    'Group "web"': [' / Group "web": unknown statement; allowed: ' + WORDS],
    'ProcesMatch "a" "b"':
        [' / ProcesMatch "a": unknown statement; did you mean ProcessMatch?'],
    "Interval 5": [" / Interval 5: " + INTERVAL % 5],
    '<Process "a">\n  Interval 2.5\n</Process>':
        [' / <Process "a"> / Interval 2.5: ' + INTERVAL % 2.5],
    '<Process "a">\n  Collect "cpu"\n</Process>':
        [' / <Process "a"> / Collect: belongs directly into ' + PLUGIN + "; allowed here: "
         + TOGGLES],
    "CollectContextSwitch 1": [" / CollectContextSwitch: is 1, must be true or false"],
    "CollectFileDescriptor maybe":
        [' / CollectFileDescriptor: is "maybe", must be true or false'],
    "CollectMemoryMaps true false":
        [" / CollectMemoryMaps: arrived as 2 values, true and false; must be true or false"],
    "Collect cpus": [' / Collect: is "cpus"; did you mean cpu?'],
    'Collect "everything"': [' / Collect: is "everything"; allowed: ' + FAMILIES],
    "Collect context-switches":
        [f' / Collect: is "{word}"; allowed: {FAMILIES}' for word in ("context", "switches")],
    'Collect "cpu, memory"':
        [' / Collect: is "cpu, memory"; each family is a word of its own: Collect "cpu" "memory"'],
    "<Collect cpu>\n  x 1\n</Collect>":
        [' / <Collect>: is a block, must be a single line: Collect "cpu" "memory"'],
    "Collect fds\nCollectFileDescriptor false":
        [": nothing is left to collect: what Collect names is switched off here, by "
         "CollectFileDescriptor or CollectContextSwitch"],
    'Config "/none.json"': [' / Config "/none.json": cannot be read: No such file or directory'],
    'Config "proctally.json"':
        [' / Config "proctally.json": must be an absolute path, as collectd may be started from '
         "anywhere"],
    'Config "/etc/proctally.yml"':
        [' / Config "/etc/proctally.yml": this plugin reads JSON only; write the same settings as '
         "JSON"],
    "Config on":
        [" / Config true: the path of a settings file arrived as the boolean true, as true, yes "
         "and on without quotes do; must be a string in quotes, as in Config "
         '"/etc/proctally/proctally.json"'],
    f'Config "{SETTINGS}"\nCollect cpu':
        [f' / Config "{SETTINGS}": stands beside {PLUGIN} / Collect' + CONFIG_ALONE],
    'Process 5\nProcessMatch "a" "("\nColect cpu':
        [' / Colect "cpu": unknown statement; did you mean Collect?', " / Process 5: " + NUMBER % 5,
         ' / ProcessMatch "a" / regular expression: missing ): "("' + BACKSLASH],
}  # fmt: skip

# What is odd and yet taken.
ODD = {
    r'ProcessMatch "a" "id=\d+"':
        [r' / ProcessMatch "a" / regular expression: arrived as "id=d+", where a backslash seems '
         r'lost before d; in collectd.conf one is written twice: "\\d"; if the letter itself is '
         "meant, write [d]"],
    'Process "prometheus-node-exporter"':
        [' / Process "prometheus-node-exporter": the kernel cuts names at 15 bytes, so no program '
         'is called "prometheus-node-exporter"; write Process "prometheus-node" or use '
         "ProcessMatch"],
    'Process "a"\nCollectFileDescriptor false':
        [" / CollectFileDescriptor: counts for the matches after it, and there are none"],
    "CollectMemoryMaps true\nCollectDelayAccounting yes":
        [f" / {word}: proctally has no counterpart of it; nothing is collected"
         for word in ("CollectMemoryMaps", "CollectDelayAccounting")],
}  # fmt: skip

GOOD = [
    "",
    "Process nginx",
    "PROCESS NGINX",
    'Process "web-1"\nProcess "010"\nProcess "yes"\nProcess "foo.bar"',
    'ProcessMatch shop "java .*shop\\\\.jar"',
    '<ProcessMatch "shop {{.Matches.n}}" "--shard=(?P<n>\\\\d+)">\n'
    '  CollectFileDescriptor "yes"\n</ProcessMatch>',
    "Collect cpu memory\nCollect io",
    "CollectContextSwitch no\nCollectMemoryMaps false\nCollectDelayAccounting off",
]


def load(*more):
    """The part that loads the plugin, without a block of it."""
    folder = Path(os.environ["PROCTALLY_COLLECTD_SO"]).resolve().parent
    return "\n".join((f'PluginDir "{folder}"', *more))


def said(checked, level):
    """What the plugin says at that level, in order, but for what this host withholds from it."""
    found = (LINE.match(line) for line in checked.output.splitlines())
    return [each[2] for each in found if each and each[1] == level and "setcap" not in each[2]]


def uncommented(sample):
    """The sample with all of its statements in effect. Prose has two of #, a statement one."""
    lines = sample.splitlines()
    # The block is in place of the line.
    lines.remove("LoadPlugin proctally")
    return [re.sub(r"^(\s*)# ", r"\1", line) for line in lines]


class CollectdConfigTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        collectd.need()

    def check_good(self, *parts):
        checked = collectd.check(*parts)
        self.assertEqual((checked.code, said(checked, "error")), (0, []), checked.output)
        return said(checked, "warning")

    def test_the_sample_is_right_as_it_is(self):
        self.assertEqual(self.check_good(load(SAMPLE.read_text())), [])

    def test_the_sample_is_right_with_every_statement_in_effect(self):
        lines = uncommented(SAMPLE.read_text())
        (config,) = [line for line in lines if "Config " in line]
        without_config = "\n".join(line for line in lines if line != config)
        # Collect leaves out what a switch gives to another match.
        self.assertEqual(self.check_good(load(without_config)), [
            f'{PLUGIN} / ProcessMatch "shard {{{{.Matches.n}}}}" (2nd ProcessMatch): its name has '
            "variables, so that what any match collects is sent for it",
        ])  # fmt: skip

    def test_config_takes_the_settings_of_the_example(self):
        self.assertEqual(
            self.check_good(collectd.proctally(f'Config "{SETTINGS}"')),
            ['process_names: "threads": collectd has no place for threads, so they are not read'],
        )

    def test_no_block_is_right(self):
        self.assertEqual(self.check_good(load("LoadPlugin proctally")), [])

    def test_several_blocks_are_right(self):
        blocks = [f"{PLUGIN}\nProcess {name}\n</Plugin>" for name in ("a", "b", "c")]
        self.assertEqual(self.check_good(load("LoadPlugin proctally", *blocks)), [])

    def test_what_is_right_is_taken_without_a_word(self):
        for block in GOOD:
            with self.subTest(block):
                self.assertEqual(self.check_good(collectd.proctally(block)), [])

    def test_what_is_odd_is_taken_with_a_warning(self):
        for block, warnings in ODD.items():
            with self.subTest(block):
                self.assertEqual(self.check_good(collectd.proctally(block)),
                                 [PLUGIN + each for each in warnings])  # fmt: skip

    def test_what_is_wrong_stops_the_daemon_with_every_problem(self):
        for block, problems in BROKEN.items():
            with self.subTest(block):
                self.check_broken(collectd.proctally(block), [PLUGIN + each for each in problems])
        print(f"{len(BROKEN)} broken configurations")

    def test_the_readme_has_one_of_these_problems(self):
        (problem,) = BROKEN["Process web-1"]
        self.assertIn(f"\n```\n{PLUGIN}{problem}\n```\n", README.read_text())

    def test_what_is_wrong_with_a_settings_file_has_the_path_of_its_config(self):
        with proctally.settings_file({"collct": [], "process_names": [{"comm": [5]}]}) as file:
            path = f'{PLUGIN} / Config "{file}": '
            self.check_broken(collectd.proctally(f'Config "{file}"'), [
                path + "collct: unknown setting; did you mean collect?",
                path + "process_names[0].comm[0]: is 5, must be a string",
            ])  # fmt: skip

    def test_a_second_block_is_told_from_the_first(self):
        blocks = f"{PLUGIN}\nProcess a\n</Plugin>\n" * 2
        self.check_broken(load("LoadPlugin proctally", blocks), [
            f'{PLUGIN} (2nd block) / Process "a": the group "a" stands already at {PLUGIN} / '
            'Process "a"' + TWO_KINDS,
        ])  # fmt: skip

    def test_a_block_with_a_name_of_its_own_is_wrong(self):
        block = '<Plugin proctally "web">\nProcess a\n</Plugin>'
        self.check_broken(load("LoadPlugin proctally", block), [
            f'{PLUGIN}: is followed by "web", must be {PLUGIN}; every setting is a statement in '
            "the block",
        ])  # fmt: skip

    def check_broken(self, part, problems):
        checked = collectd.check(part)
        self.assertEqual(said(checked, "error"), problems, checked.output)
        self.assertEqual(checked.code, 1)
        self.assertIn("Parsing the config file failed!", checked.output)


if __name__ == "__main__":
    outcome.main()
