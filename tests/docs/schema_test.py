"""The JSON schema of the settings says what the parser says."""

import json
import re
import unittest

import jsonschema

from program import check, read, without_comments

SCHEMA = json.loads(read("conf/proctally.schema.json"))
EXAMPLE = without_comments(read("conf/proctally.json"))
RULE = {"comm": ["nginx"]}


def rules(*items):
    return {"process_names": list(items)}


GOOD = [
    {},
    rules(RULE),
    rules({"comm": ["a", "b"], "exe": ["/usr/bin/a"], "cmdline": ["x", "y"], "user": ["root", "0"],
           "cgroup": ["/a*"], "exe_path": ["a"], "kernel_thread": False, "name": "all"}),
    rules({"kernel_thread": True}),
    rules({"exclude": True, **RULE}),
    rules({"exclude": False, "name": "n", **RULE}),
    rules({"name": "{{.Comm}} {{.ExeBase}} {{.ExeFull}}", **RULE}),
    rules({"name": "{{.Username}} {{.PID}} {{.StartTime}}", **RULE}),
    rules({"name": "{{.Cgroups}}{{index .Cgroups 0}}{{.Unit}}{{.Container}}", **RULE}),
    rules({"name": "{{ .Comm }} {{  index  .Cgroups  12 }}", **RULE}),
    rules({"name": "{a} }} {{.Comm}}} {", **RULE}),
    rules({"name": "{{.Matches.a}} and {{.Matches.b_2}}", "cmdline": ["(?P<a>x)", "(?P<b_2>.)"]}),
    rules({"comm": ["longer than the kernel keeps"]}),  # A warning, no mistake.
    rules({"comm": ["a", "a"]}),  # As well.
    rules({"name": "{{.Capture}}", "cmdline": ["(x)"], "names": ["a", "b"]}),
    rules({"name": '{{index .Matches "a"}}{{ index  .Matches  `a` }}', "cmdline": ["(?P<a>x)"]}),
    {"children": False},
    {"collect": ["cpu"]},
    {"collect": ["start_time", "fds", "io"]},
    {"baseline": "lifetime"},
    {"max_groups": 1},
    {"max_groups": 100000},
    {"group_ttl": "0s"},
    {"group_ttl": "90"},
    {"group_ttl": "1h30m"},
    {"group_ttl": "1.5h250ms7us3ns"},
    {"group_ttl": "5.s"},
    {"measurement": "procstat", "group_tag": "process_name"},
    {"measurement": "A-b_c.9" + 57 * "x"},
]

BAD = [
    None,
    [],
    "text",
    {"proces_names": [RULE]},
    {"$schema": "proctally.schema.json"},
    {"process_names": None},
    {"process_names": []},
    {"process_names": RULE},
    rules(1),
    rules({}),
    rules({"name": "no selector"}),
    rules({"exclude": True}),
    rules({"exclude": True, "name": "n", **RULE}),
    rules({"exclude": "yes", **RULE}),
    rules({"com": ["nginx"], **RULE}),
    rules({"comm": "nginx"}),
    rules({"comm": []}),
    rules({"comm": [""]}),
    rules({"cmdline": [1]}),
    rules({"user": [0]}),
    rules({"kernel_thread": "no"}),
    rules({"name": "", **RULE}),
    rules({"name": 5, **RULE}),
    rules({"name": "{{.Com}}", **RULE}),
    rules({"name": "{{index .Matches a}}", "cmdline": ["(?P<a>x)"]}),
    rules({"names": "a", **RULE}),
    rules({"names": [], **RULE}),
    rules({"exclude": True, "names": ["n"], **RULE}),
    rules({"name": "{{.Comm", **RULE}),
    rules({"name": "{{{.Comm}}", **RULE}),
    rules({"name": "{{-.Comm}}", **RULE}),
    rules({"name": "{{}}", **RULE}),
    rules({"name": "{{.Matches.}}", **RULE}),
    rules({"name": "{{index .Cgroups}}", **RULE}),
    rules({"name": "{{index .Cgroups -1}}", **RULE}),
    rules({"name": "{{printf \"%s\" .Comm}}", **RULE}),
    {"children": 1},
    {"children": None},
    {"collect": []},
    {"collect": "cpu"},
    {"collect": ["cpu", "cpu"]},
    {"collect": ["CPU"]},
    {"collect": [True]},
    {"baseline": "never"},
    {"max_groups": 0},
    {"max_groups": -1},
    {"max_groups": 100001},
    {"max_groups": 2.5},
    {"max_groups": "1000"},
    {"group_ttl": 3600},
    {"group_ttl": ""},
    {"group_ttl": "1 h"},
    {"group_ttl": "-1s"},
    {"group_ttl": "1d"},
    {"group_ttl": ".5s"},
    {"group_ttl": "1h30"},
    {"measurement": ""},
    {"measurement": "two words"},
    {"measurement": 65 * "x"},
    {"group_tag": "host"},
    {"group_tag": "time"},
    {"group_tag": "_field"},
    {"group_tag": "_measurement"},
    {"group_tag": "größe"},
]

# What only the parser knows, as JSON text. The schema accepts all of it.
BEYOND_THE_SCHEMA = {
    "whether an expression is RE2's": '{"process_names": [{"cmdline": ["(["]}]}',
    "what RE2 leaves out": '{"process_names": [{"cmdline": ["(?=x)"]}]}',
    "which names an expression captures":
        '{"process_names": [{"name": "{{.Matches.b}}", "cmdline": ["(?P<a>.)"]}]}',
    "whether an expression has a group":
        '{"process_names": [{"name": "{{.Capture}}", "cmdline": ["a"]}]}',
    "whether an item can give one of its names":
        '{"process_names": [{"name": "a", "names": ["b"], "comm": ["a"]}]}',
    "that 1000.0 is not how a count is written": '{"max_groups": 1000.0}',
    "which durations are too long": '{"group_ttl": "9999999h"}',
    "the names of fields": '{"group_tag": "num_procs"}',
    "that a key is given twice": '{"children": true, "children": true}',
}


def schema_accepts(text):
    return jsonschema.Draft7Validator(SCHEMA).is_valid(json.loads(text))


def parser_accepts(text):
    """--check exits with 0, or with 78 and at least one error on stderr."""
    done = check(text)
    assert done.returncode in (0, 78), done
    assert ("E! " in done.stderr) == (done.returncode == 78), done
    return done.returncode == 0


def allowed(settings, path):
    """The words that the parser offers in place of one that is like none of them."""
    errors = check(json.dumps(settings)).stderr
    found = re.search("^E! " + re.escape(path) + ": .*; allowed: (.*)$", errors, re.MULTILINE)
    return found[1].split(", ")


class Schema(unittest.TestCase):
    def test_is_a_schema(self):
        jsonschema.Draft7Validator.check_schema(SCHEMA)

    def test_accepts_and_refuses_what_the_parser_does(self):
        for expected, documents in ((True, GOOD), (False, BAD)):
            for document in documents:
                with self.subTest(document=document):
                    text = json.dumps(document)
                    self.assertEqual(parser_accepts(text), expected, "the parser")
                    self.assertEqual(schema_accepts(text), expected, "the schema")

    def test_leaves_to_the_parser_what_it_cannot_know(self):
        for what, text in BEYOND_THE_SCHEMA.items():
            with self.subTest(what):
                self.assertTrue(schema_accepts(text), "the schema")
                self.assertFalse(parser_accepts(text), "the parser")

    def test_has_the_keys_and_words_that_the_parser_has(self):
        far = "qqqqqqqqqqqq"  # Too far from every word for a suggestion, so all are listed.
        properties = SCHEMA["properties"]
        rule_keys = SCHEMA["definitions"]["rule"]["properties"]
        for path, settings, known in (
            (far, {far: 1}, properties),
            (f"process_names[0].{far}", rules({far: 1, **RULE}), rule_keys),
            ("collect[0]", {"collect": [far]}, properties["collect"]["items"]["enum"]),
            ("baseline", {"baseline": far}, properties["baseline"]["enum"]),
        ):
            with self.subTest(path):
                self.assertEqual(sorted(allowed(settings, path)), sorted(known))

    def test_counts_every_key_but_four_as_a_selector(self):
        rule = SCHEMA["definitions"]["rule"]
        selectors = {choice["required"][0] for choice in rule["anyOf"]}
        self.assertEqual(selectors | {"name", "names", "exclude", "threads"}, set(rule["properties"]))

    def test_has_the_defaults_that_are_in_effect(self):
        defaults = {key: value["default"] for key, value in SCHEMA["properties"].items()
                    if key != "top"}  # None: all groups.
        self.assertEqual(defaults, json.loads(check("{}").stdout))
        filled_in = json.loads(check(json.dumps(rules(RULE))).stdout)["process_names"][0]
        name = SCHEMA["definitions"]["rule"]["properties"]["name"]
        self.assertEqual(name["default"], filled_in["name"])

    def test_describes_every_setting(self):
        for part in (SCHEMA, SCHEMA["definitions"]["rule"]):
            for key, value in part["properties"].items():
                self.assertTrue(value.get("description"), key)


class Example(unittest.TestCase):
    def test_is_valid_for_both(self):
        self.assertTrue(schema_accepts(EXAMPLE))
        self.assertTrue(parser_accepts(read("conf/proctally.json")))
        self.assertEqual(check(read("conf/proctally.json")).stderr, "", "warnings")

    def test_shows_every_setting_with_its_default(self):
        example = json.loads(EXAMPLE)
        defaults = json.loads(check("{}").stdout)
        self.assertEqual(list(example), list(defaults))
        for key in defaults.keys() - {"process_names"}:
            self.assertEqual(example[key], defaults[key], key)

    def test_shows_every_key_of_a_rule(self):
        shown = {key for rule in json.loads(EXAMPLE)["process_names"] for key in rule}
        self.assertEqual(shown, set(SCHEMA["definitions"]["rule"]["properties"]))


if __name__ == "__main__":
    unittest.main()
