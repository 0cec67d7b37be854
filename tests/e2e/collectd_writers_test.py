"""What collectd's writers make of proctally's value lists: files, lines and labels are well formed,
of hostile names too, and all of them say the same."""

import contextlib
import json
import math
import os
import re
import unittest
import urllib.request
from collections import Counter

from support import children, collectd, collectd_catalogue, hostile_names, loopback
from support import outcome, prometheus_text, proctally, putval, types_db, workers
from support.graphite_receiver import GraphiteReceiver
from support.http_receiver import HttpReceiver

INTERVAL_S = 0.5

# All but what stays in an instance as it is.
_CHANGED = re.compile(r"[^A-Za-z0-9_\-.:@+() ]")
_HASH = re.compile(r"~[0-9a-f]{16}\Z")


def form_of(label):
    """What is left of it, each byte by itself."""
    return _CHANGED.sub("_", label.encode().decode("latin-1"))


def graphite_part(receiver):
    return collectd.plugin("write_graphite", f"""
<Node "test">
  Host "127.0.0.1"
  Port "{receiver.port}"
  Protocol "tcp"
  StoreRates false
</Node>""")  # fmt: skip


def http_part(receiver):
    nodes = "".join(f"""
<Node "{format_name}">
  URL "{receiver.url(f'/{format_name}')}"
  Format "{format_name}"
</Node>""" for format_name in ("JSON", "Command"))  # fmt: skip
    return collectd.plugin("write_http", nodes)


def prometheus_part(port):
    return collectd.plugin("write_prometheus", f'Host "127.0.0.1"\nPort {port}')


def scrape(port):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}/metrics", timeout=proctally.PATIENCE_S) as answer:
        return prometheus_text.read(answer.read())


class Written:
    """What each writer had of one run of the daemon."""

    def __init__(self, settings, reads):
        port = loopback.free_port()
        with GraphiteReceiver() as graphite, HttpReceiver() as http:
            daemon = collectd.Daemon(
                graphite_part(graphite), http_part(http), prometheus_part(port),
                collectd.proctally(f'Config "{settings}"', INTERVAL_S),
            )  # fmt: skip
            with daemon:
                daemon.wait_for_reads("proctally_self/gauge-groups", count=reads)
                self.samples, self.kinds = scrape(port)
                with daemon.ask() as socket:
                    self.listed = socket.list_values()
                daemon.stop()
                # The end flushes all: csv, Graphite and HTTP have the same reads now.
                self.csv = daemon.csv.series()
                self.complaints = daemon.complaints()
                self.graphite = graphite.lines()
                self.json = [put for body in http.bodies("/JSON") for put in json.loads(body)]
                puts = [putval.read(body) for body in http.bodies("/Command")]
                self.puts = [put for some in puts for put in some]

    def values(self):
        """All that is in the csv files: (identifier, time in ms, its values)."""
        for identifier, rows in self.csv.items():
            for row in rows:
                yield identifier, row.time_ms, tuple(row.values.values())


def need_writers():
    collectd.need("write_graphite", "write_http", "write_prometheus")


def same(text, value):
    """The csv plugin writes six digits after the point."""
    return abs(float(text) - value) <= 0.500001e-6 + 1e-14 * abs(value)


def parts(identifier):
    """Plugin, plugin instance, type and type instance."""
    plugin, _, name = identifier.partition("/")
    plugin, _, instance = plugin.partition("-")
    type_name, _, type_instance = name.partition("-")
    return plugin, instance, type_name, type_instance


class CollectdWritersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        need_writers()
        kinds = (workers.going_on, workers.memory)
        names = [f"{os.getpid():x}_{place}" for place, _ in enumerate(kinds)]

        rules = [{"name": name, "comm": [name]} for name in names]
        settings = proctally.settings_file({"process_names": rules, "children": False})
        bodies = (children.bearing(name, kind) for name, kind in zip(names, kinds))
        with children.running(*bodies), settings as file:
            cls.written = Written(file, reads=4)
        cls.plugins = {collectd_catalogue.of_group(name) for name in names}
        lists = collectd_catalogue.without(
            collectd_catalogue.GROUP_LISTS, proctally.absent_fields()
        )
        cls.of_groups = {f"{plugin}/{name}" for plugin in cls.plugins for name in lists}

    def test_all_value_lists_are_in_the_csv_files(self):
        found = {name for name in self.written.csv if name.partition("/")[0] in self.plugins}
        self.assertEqual(found, self.of_groups)
        self.assertEqual(self.written.complaints, [])

    def test_json_has_the_values_of_the_csv_files(self):
        types = types_db.read()
        found = {}
        for put in self.written.json:
            self.assertEqual(put["host"], collectd.HOST)
            self.assertEqual(put["interval"], INTERVAL_S)
            sources = types[put["type"]]
            self.assertEqual(put["dsnames"], [source.name for source in sources])
            self.assertEqual(put["dstypes"], [source.kind.lower() for source in sources])
            names = ("plugin", "plugin_instance", "type", "type_instance")
            key = (*(put[name] for name in names), round(put["time"] * 1000))
            self.assertNotIn(key, found)
            found[key] = put["values"]
        self.check_same({(*parts(name), ms): told for name, ms, told in self.written.values()},
                        found)  # fmt: skip

    def test_putval_has_the_values_of_the_csv_files(self):
        found = {}
        for put in self.written.puts:
            self.assertEqual(put.interval_s, INTERVAL_S)
            key = (put.identifier, put.time_ms)
            self.assertNotIn(key, found)
            found[key] = put.values
        self.check_same({(f"{collectd.HOST}/{name}", ms): told
                         for name, ms, told in self.written.values()}, found)  # fmt: skip

    def test_graphite_has_the_values_of_the_csv_files(self):
        expected = {}
        for identifier, rows in self.written.csv.items():
            for source in rows[0].values:
                path = f"{collectd.HOST}.{identifier.replace('/', '.')}"
                path += f".{source}" if len(rows[0].values) > 1 else ""
                expected[path] = [(row.time_ms, row.values[source]) for row in rows]
        found = {}
        for line in self.written.graphite:
            found.setdefault(line.path, []).append(line)
        self.assertEqual(set(found), set(expected))
        for path, values in expected.items():
            for line, (time_ms, value) in zip(found[path], values, strict=True):
                self.assertTrue(same(line.value, value), f"{line} is not {value}")
                self.assertLessEqual(abs(line.time_s * 1000 - time_ms), 501, "it is rounded")
        print(f"Graphite: {len(self.written.graphite)} lines")

    def test_prometheus_has_each_data_source_with_a_value_of_the_csv_files(self):
        expected = self.expected_samples()
        found = {(sample.name, sample.labels): sample for sample in self.written.samples}
        self.assertEqual(set(found), set(expected))
        for key, (rows, source, is_counter) in expected.items():
            sample = found[key]
            self.assertEqual(self.written.kinds[sample.name], "counter" if is_counter else "gauge")
            (value,) = [row.values[source] for row in rows if row.time_ms == sample.time_ms]
            self.assertTrue(same(sample.value, value), f"{sample} is not {value}")
        print(f"Prometheus: {len(found)} samples")

    def expected_samples(self):
        """(Name, labels) -> rows, data source, is it a counter."""
        expected = {}
        types = types_db.read()
        for identifier, rows in self.written.csv.items():
            plugin, instance, type_name, type_instance = parts(identifier)
            labels = {"instance": collectd.HOST}
            if instance:
                labels[plugin] = instance
                if type_instance:
                    labels["type"] = type_instance
            elif type_instance:
                labels[plugin] = type_instance
            for source in types[type_name]:
                is_counter = source.kind == "DERIVE"
                name = f"collectd_{plugin}_{type_name}"
                name += "" if source.name == "value" else f"_{source.name}"
                name += "_total" if is_counter else ""
                key = (name, tuple(sorted(labels.items())))
                expected[key] = (rows, source.name, is_counter)
        return expected

    def check_same(self, expected, found):
        self.assertEqual(set(found), set(expected))
        for key, values in expected.items():
            for text, value in zip(found[key], values, strict=True):
                self.assertTrue(math.isfinite(value), key)
                self.assertTrue(same(text, value), f"{key}: {text} is not {value}")
        print(f"{len(expected)} value lists")


class CollectdHostileNamesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        need_writers()
        settings = proctally.settings_file({**proctally.EVERY_GROUP, "collect": ["processes"]})
        with hostile_names.running(), settings as file:
            cls.written = Written(file, reads=2)
        cls.labels = hostile_names.EXPECTED.values()

    def check(self, processes):
        """Instance -> number of processes. Each name has an instance of its own: so many of a form
        there have to be as there are names that take this form, and more where others on this host
        have such names."""
        forms = Counter(map(form_of, self.labels))
        changed = Counter(form_of(label) for label in self.labels if _CHANGED.search(label))
        found = Counter()
        for instance, count in processes.items():
            form = _HASH.sub("", instance)
            self.assertIsNone(_CHANGED.search(form), f"{instance!r} has a character too many")
            found[form] += 1
            if form in forms:
                self.assertGreaterEqual(count, 1, instance)
        for form, count in forms.items():
            self.assertGreaterEqual(found[form], count, form)
        # A name that had to be changed shows that, and one that had not is as it is.
        for label in self.labels:
            if not _CHANGED.search(label):
                self.assertIn(label, processes)
        hashed = Counter(_HASH.sub("", name) for name in processes if _HASH.search(name))
        for form, count in changed.items():
            self.assertGreaterEqual(hashed[form], count, form)
        print(f"{sum(forms.values())} names in {len(processes)} series")

    def check_identifiers(self, identifiers):
        """Each is well formed, and each that is a ps_count has a process, by the csv files."""
        counts = {}
        for identifier in identifiers:
            self.assertRegex(identifier, r"\A[^/\x00-\x1f\x7f]+/[^/\x00-\x1f\x7f]+\Z")
            plugin, instance, type_name, _ = parts(identifier)
            if (plugin, type_name) == ("proctally", "ps_count"):
                self.assertNotIn(instance, counts)
                counts[instance] = self.written.csv[identifier][0].values["processes"]
        self.check(counts)

    def test_each_has_its_own_csv_file(self):
        self.check_identifiers(self.written.csv)
        self.assertEqual(self.written.complaints, [])

    def test_each_has_its_own_line_of_listval(self):
        lines = [line.decode("utf-8").partition("/") for line in self.written.listed]
        self.assertEqual({host for host, _, _ in lines}, {collectd.HOST})
        self.check_identifiers([identifier for _, _, identifier in lines])

    def test_each_has_its_own_putval(self):
        """The reader takes well formed ones only."""
        self.check_identifiers({put.identifier.partition("/")[2] for put in self.written.puts})

    def test_each_has_its_own_label_of_prometheus(self):
        """The reader takes well formed ones only."""
        samples = [
            sample for sample in self.written.samples
            if sample.name == "collectd_proctally_ps_count_processes"
        ]  # fmt: skip
        self.check({dict(each.labels)["proctally"]: float(each.value) for each in samples})

    def test_each_has_its_own_json(self):
        expected = Counter(
            (parts(identifier)[1], time_ms)
            for identifier, time_ms, _ in self.written.values()
            if identifier.endswith("/ps_count")
        )
        found = Counter(
            (put["plugin_instance"], round(put["time"] * 1000))
            for put in self.written.json if put["type"] == "ps_count"
        )  # fmt: skip
        self.assertGreaterEqual(len(found), len(self.labels))
        self.assertEqual(found, expected)

    def test_each_value_has_a_well_formed_line_of_graphite(self):
        """The reader takes well formed ones only. write_graphite itself puts an underscore where an
        instance has a dot, colon, parenthesis or blank, so paths can be the same."""
        values = sum(len(told) for _, _, told in self.written.values())
        self.assertEqual(len(self.written.graphite), values)


if __name__ == "__main__":
    outcome.main()
