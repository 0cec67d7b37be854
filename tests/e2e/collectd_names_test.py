"""The tables of names in the plugin's README are what a real collectd with real writers calls the
values of a group "web"; PROCTALLY_UPDATE_GOLDEN=1 writes them again."""

import difflib
import json
import os
import re
import unittest
import urllib.request
from pathlib import Path

from support import catalogue, children, collectd, collectd_catalogue, loopback, outcome
from support import proctally, prometheus_text, waiting, workers
from support.collectd_names import DataSource
from support.graphite_receiver import GraphiteReceiver
from support.http_receiver import HttpReceiver

README = Path(__file__).resolve().parents[2] / "plugins/collectd/README.md"
GROUP = "web"


class Written:
    """The names that each writer had in one run of the daemon, with the writers' defaults."""

    def __init__(self):
        port = loopback.free_port()
        with GraphiteReceiver() as graphite, HttpReceiver() as http:
            parts = (
                collectd.plugin("write_graphite", f"""
                    <Node "test">
                      Host "127.0.0.1"
                      Port "{graphite.port}"
                    </Node>"""),
                collectd.plugin("write_http", f"""
                    <Node "test">
                      URL "{http.url('/')}"
                      Format "JSON"
                    </Node>"""),
                collectd.plugin("write_prometheus", f'Host "127.0.0.1"\nPort {port}'),
                collectd.proctally(f'Process "{GROUP}"', interval=0.5),
            )  # fmt: skip
            with collectd.Daemon(*parts) as daemon:
                daemon.wait_for_reads(f"proctally-{GROUP}/percent-cpu")
                samples, _ = self._scrape(port)
                with daemon.ask() as socket:
                    self.listed = {line.decode() for line in socket.list_values()}
                daemon.stop()
                self.csv = {(name, source) for name, rows in daemon.csv.series().items()
                            for source in rows[-1].values}  # fmt: skip
            self.graphite = {line.path for line in graphite.lines()}
            puts = [put for body in http.bodies("/") for put in json.loads(body)]
        keys = ("plugin", "plugin_instance", "type", "type_instance")
        self.json = {DataSource(*(put[key] for key in keys), name)
                     for put in puts for name in put["dsnames"]}  # fmt: skip
        self.prometheus = {(sample.name, sample.labels) for sample in samples}

    @staticmethod
    def _scrape(port):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{port}/metrics", timeout=waiting.PATIENCE_S) as answer:
            return prometheus_text.read(answer.read())


def fields_of(plugin, lists):
    """Field of the catalogue -> its data source."""
    return {
        field: DataSource.of(f"{plugin}/{name}", source)
        for name, sources in lists.items() for source, field in sources.items()
    }  # fmt: skip


def row(field, source):
    if source is None:
        return f"| `{field}` | - | - | - | - |"
    told = {label: text for label, text in source.prometheus_labels().items() if text != GROUP}
    labels = ",".join(f'{label}="{text}"' for label, text in told.items())
    json_names = " / ".join((source.type, source.type_instance or '""', source.name))
    cells = (
        field,
        source.identifier + ("" if source.name == "value" else f" {source.name}"),
        source.graphite_path(),
        source.prometheus_name() + (f"{{{labels}}}" if labels else ""),
        json_names,
    )
    return "| " + " | ".join(f"`{cell}`" for cell in cells) + " |"


def table(fields, sources):
    head = "| metric | identifier | Graphite | Prometheus | JSON |\n|---|---|---|---|---|\n"
    return head + "".join(row(field, sources.get(field)) + "\n" for field in fields)


class CollectdNamesTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        collectd.need("write_graphite", "write_http", "write_prometheus")
        outcome.need_root()
        absent = proctally.absent_fields()
        if absent:
            raise unittest.SkipTest(f"this host has not all values: {sorted(absent)}")
        cls.of_group = fields_of(f"proctally-{GROUP}", collectd_catalogue.GROUP_LISTS)
        cls.of_self = {
            field: source
            for field, source in fields_of("proctally_self", collectd_catalogue.SELF_LISTS).items()
            if field not in collectd_catalogue.NOT_OF_A_PLUGIN
        }
        with children.running(children.bearing(GROUP, workers.going_on)):
            cls.written = Written()
        cls.sources = {*cls.of_group.values(), *cls.of_self.values()}

    def test_csv_has_these_names(self):
        expected = {(source.identifier, source.name) for source in self.sources}
        self.assertEqual(self.written.csv, expected)

    def test_unixsock_has_these_names(self):
        expected = {f"{collectd.HOST}/{source.identifier}" for source in self.sources}
        self.assertEqual(self.written.listed, expected)

    def test_graphite_has_these_names(self):
        expected = {f"{collectd.HOST}.{source.graphite_path()}" for source in self.sources}
        self.assertEqual(self.written.graphite, expected)

    def test_json_has_these_names(self):
        self.assertEqual(self.written.json, self.sources)

    def test_prometheus_has_these_names(self):
        expected = set()
        for source in self.sources:
            labels = {"instance": collectd.HOST, **source.prometheus_labels()}
            expected.add((source.prometheus_name(), tuple(sorted(labels.items()))))
        self.assertEqual(self.written.prometheus, expected)

    def test_the_readme_has_these_names(self):
        for name, fields, sources in (
            ("names", catalogue.GROUP_FIELDS, self.of_group),
            ("self names", catalogue.SELF_FIELDS, self.of_self),
        ):
            with self.subTest(name):
                self.check_readme(name, table(fields, sources))

    def test_the_readme_has_the_name_of_a_group_that_has_to_be_changed(self):
        told = re.findall(r"`([^`]+)` is\s`([^`~]+~[0-9a-f]+)`", README.read_text(encoding="utf-8"))
        ((group, instance),) = told
        with collectd.Daemon(collectd.proctally(f'ProcessMatch "{group}" "none"', 0.5)) as daemon:
            daemon.wait_for_reads(f"proctally-{instance}/ps_count")

    def check_readme(self, name, expected):
        text = README.read_text(encoding="utf-8")
        pattern = f"(?<=<!-- {name} begin -->\n).*?(?=<!-- {name} end -->)"
        found = re.search(pattern, text, re.DOTALL)
        self.assertIsNotNone(found, f"{README} has no markers of {name}")
        if found[0] == expected:
            return
        if os.environ.get("PROCTALLY_UPDATE_GOLDEN"):
            updated = text[: found.start()] + expected + text[found.end() :]
            README.write_text(updated, encoding="utf-8")
            return
        difference = difflib.unified_diff(found[0].splitlines(), expected.splitlines(), str(README),
                                          "collectd", lineterm="")  # fmt: skip
        self.fail("\n".join([f"{name} is out of date; PROCTALLY_UPDATE_GOLDEN=1 writes it again",
                             *difference]))  # fmt: skip


if __name__ == "__main__":
    outcome.main()
