"""collectd with proctally.so: every value of the catalogue comes at every read, with the type that
collectd's own types.db gives it, and says what proctally-exec says."""

import contextlib
import math
import os
import unittest
from collections import Counter

from support import catalogue, children, collectd, collectd_catalogue, kernel, namespaces, outcome
from support import proctally, types_db, waiting, workers
from support.puppet import Puppet

# Of the CPU time that two collectors tell of the same work.
SHARE = 0.01
READS = 5

EMPTY = "nobody here"


def name_of(role):
    """A comm of this test's own."""
    return f"{os.getpid():x}_{role}"


def value_lists(group, but_for=frozenset()):
    """Those of the group; but_for: what is not there because of what its processes are."""
    names = collectd_catalogue.without(collectd_catalogue.GROUP_LISTS, proctally.absent_fields())
    return {f"{collectd_catalogue.of_group(group)}/{name}" for name in names - but_for}


def own_lists():
    absent = proctally.absent_fields() | collectd_catalogue.NOT_OF_A_PLUGIN
    names = collectd_catalogue.without(collectd_catalogue.SELF_LISTS, absent)
    return {f"proctally_self/{name}" for name in names}


def by_time(series):
    """Time -> identifiers."""
    reads = {}
    for identifier, rows in series.items():
        for row in rows:
            reads.setdefault(row.time_ms, []).append(identifier)
    return dict(sorted(reads.items()))


class CollectdValuesTest(unittest.TestCase):
    """Looks at what one daemon did with workers of several kinds."""

    @classmethod
    def setUpClass(cls):
        outcome.need_root()
        collectd.need()
        resources = contextlib.ExitStack()
        cls.addClassCleanup(resources.close)
        kinds = (workers.going_on, workers.changing_threads, workers.many_files, workers.zombie)
        groups = [kind.__name__ for kind in kinds]
        comms = [name_of(place) for place, _ in enumerate(kinds)]
        rules = [
            {"name": group, "comm": [comm]}
            for group, comm in zip((*groups, EMPTY), (*comms, name_of("x")))
        ]
        settings = resources.enter_context(
            proctally.settings_file({"process_names": rules, "children": False})
        )
        bodies = (children.bearing(comm, kind) for comm, kind in zip(comms, kinds))
        *_, zombie = resources.enter_context(children.running(*bodies))
        waiting.until(lambda: kernel.state(zombie) == "Z", "the zombie")
        but_for = {EMPTY: collectd_catalogue.OF_PROCESSES, "zombie": collectd_catalogue.OF_LIVING}
        cls.expected = own_lists().union(
            *(value_lists(group, but_for.get(group, set())) for group in (*groups, EMPTY))
        )
        part = collectd.proctally(f'Config "{settings}"', interval=0.5)
        daemon = resources.enter_context(collectd.Daemon(part))
        daemon.wait_for_reads("proctally_self/gauge-groups", count=READS)
        with daemon.ask() as socket:
            cls.listed = [line.decode() for line in socket.list_values()]
            cls.cached = {name: socket.get_value(name) for name in cls.listed}
        daemon.stop()
        cls.series = daemon.csv.series()
        cls.complaints = daemon.complaints()
        cls.groups = groups

    def test_each_value_list_comes_at_each_read(self):
        reads = by_time(self.series)
        # What was read last may still have been on its way when the daemon was stopped.
        (first, *others), last = list(reads.values())[:-1], list(reads.values())[-1]
        self.assertGreaterEqual(len(others), READS - 1)
        usage = {name for name in self.expected if self.is_usage(name)}
        self.assertEqual(sorted(first), sorted(self.expected - usage))
        for identifiers in others:
            self.assertEqual(sorted(identifiers), sorted(self.expected))
        self.assertLessEqual(set(last), self.expected)
        print(f"{len(reads)} reads of {len(self.expected)} value lists, each with one time")

    def test_has_the_data_sources_of_the_types_db_within_their_limits(self):
        types = types_db.read()
        for identifier, rows in self.series.items():
            sources = types[types_db.type_of(identifier)]
            for row in rows:
                self.assertEqual(list(row.values), [source.name for source in sources], identifier)
                for source, value in zip(sources, row.values.values()):
                    # The csv plugin writes counters without a point, gauges with one.
                    self.assertEqual(isinstance(value, int), source.kind == "DERIVE", identifier)
                    self.assertGreaterEqual(value, source.least, identifier)
                    self.assertLessEqual(value, source.most, identifier)

    def test_fields_have_the_kind_of_the_catalogue(self):
        types = types_db.read()
        for name, fields in collectd_catalogue.GROUP_LISTS.items():
            for source in types[types_db.type_of(f"/{name}")]:
                is_counter = fields[source.name] in catalogue.GROUP_COUNTERS
                self.assertEqual(source.kind, "DERIVE" if is_counter else "GAUGE", name)
        for name, fields in collectd_catalogue.SELF_LISTS.items():
            sources = {source.name for source in types[types_db.type_of(f"/{name}")]}
            self.assertEqual(set(fields), sources, name)

    def test_no_counter_falls(self):
        for identifier, rows in self.series.items():
            for before, after in zip(rows, rows[1:]):
                for source, value in before.values.items():
                    if isinstance(value, int):
                        self.assertGreaterEqual(after.values[source], value, identifier)

    def test_listval_lists_exactly_the_catalogue_and_getval_gives_each(self):
        expected = sorted(f"{collectd.HOST}/{name}" for name in self.expected)
        self.assertEqual(sorted(self.listed), expected)
        for listed, values in self.cached.items():
            # The daemon turns into NaN what is outside of its type's limits, and rates of counters
            # that fell.
            for source, value in values.items():
                self.assertTrue(math.isfinite(value), f"{listed} {source}={value}")
            rows = self.series[listed.partition("/")[2]]
            self.assertEqual(list(values), list(rows[0].values))
            for source in values:
                told = [row.values[source] for row in rows]
                if isinstance(told[0], float) and len(set(told)) == 1:
                    # GETVAL has seven digits, the csv plugin six after the point.
                    delta = 1e-6 * (1 + abs(told[0]))
                    self.assertAlmostEqual(values[source], told[0], delta=delta)

    def test_an_empty_group_is_there_with_zeros(self):
        for identifier in value_lists(EMPTY, collectd_catalogue.OF_PROCESSES):
            for row in self.series[identifier]:
                self.assertEqual(set(row.values.values()), {0}, identifier)

    def test_the_others_are_there_with_their_processes(self):
        for group in self.groups:
            for row in self.series[f"{collectd_catalogue.of_group(group)}/ps_count"]:
                self.assertEqual(row.values["processes"], 1, group)
        (zombies,) = {
            row.values["value"] for row in self.series["proctally-zombie/ps_state-zombies"]
        }
        self.assertEqual(zombies, 1)
        busy = self.series["proctally-going_on/ps_cputime"]
        self.assertGreater(sum(busy[-1].values.values()), 0)

    def test_nothing_is_complained_about(self):
        self.assertEqual(self.complaints, [])

    def is_usage(self, identifier):
        return identifier.rpartition("/")[2] in collectd_catalogue.USAGE_LISTS


class CollectdBesideExecTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        collectd.need()

    def test_tells_the_cpu_seconds_that_proctally_exec_tells(self):
        names = [name_of(role) for role in "abc"]
        rules = [{"name": name, "comm": [name]} for name in names]
        with contextlib.ExitStack() as resources:
            puppets = [resources.enter_context(Puppet(name)) for name in names]
            pids = resources.enter_context(children.running(*(each.body for each in puppets)))
            settings = resources.enter_context(
                proctally.settings_file({"process_names": rules, "children": False})
            )
            running = resources.enter_context(proctally.Running("--config", settings))
            part = collectd.proctally(f'Config "{settings}"', interval=0.25)
            daemon = resources.enter_context(collectd.Daemon(part))
            times = [f"{collectd_catalogue.of_group(name)}/ps_cputime" for name in names]

            def moment():
                """What both tell of the puppets, which are idle, and what is true."""
                daemon.wait_for_reads(*times)
                groups = running.ask().groups
                by_plugin = [sum(daemon.csv.last(name).values()) / 1e6 for name in times]
                by_exec = [float(groups[name]["cpu_time"]) for name in names]
                return by_plugin, by_exec, [kernel.cpu_clock_ns(pid) / 1e9 for pid in pids]

            before = moment()
            for seconds, puppet in zip((0.3, 0.6, 0.9), puppets):
                puppet.work(seconds)
            after = moment()
        for name, *told in zip(names, *before, *after):
            by_plugin, by_exec, truth = (told[i + 3] - told[i] for i in range(3))
            print(f"{name}: plugin {by_plugin:.6f} s, proctally-exec {by_exec:.6f} s, "
                  f"its own clock {truth:.6f} s")  # fmt: skip
            self.assertLess(abs(by_plugin - by_exec), SHARE * by_exec)
            self.assertLess(abs(by_plugin - truth), SHARE * truth)

    def test_collects_only_what_collect_names(self):
        name = name_of("c")
        families = ("cpu", "memory")
        words = " ".join(f'"{family}"' for family in families)
        part = collectd.proctally(f'Process "{name}"\nCollect {words}', interval=0.25)
        with (
            children.running(lambda: children.set_comm(name.encode())),
            collectd.Daemon(part) as daemon,
        ):
            daemon.wait_for_reads(f"proctally-{name}/percent-cpu")
            with daemon.ask() as socket:
                listed = {line.decode() for line in socket.list_values()}
        prefix = f"{collectd.HOST}/proctally-{name}/"
        of_group = {line[len(prefix) :] for line in listed if line.startswith(prefix)}
        wanted = set().union(*(collectd_catalogue.FAMILIES[family] for family in families))
        self.assertEqual(of_group, wanted)
        self.assertEqual(
            {line for line in listed if not line.startswith(prefix)},
            {f"{collectd.HOST}/{identifier}" for identifier in own_lists()},
        )


class CollectdHostProcTest(unittest.TestCase):
    """Where HOST_PROC is another /proc, as in a container, the processes are those of that one."""

    @classmethod
    def setUpClass(cls):
        outcome.need_root()
        collectd.need()

    def test_host_proc_is_honoured(self):
        with namespaces.entered() as (_, _, init, *_):
            procfs = f"/proc/{init}/root/proc"
            environment = {"HOST_PROC": procfs}
            with collectd.Daemon(collectd.proctally(interval=0.25), environment=environment) as run:
                run.wait_for_reads("proctally_self/gauge-groups")
                comms = [kernel.comm(pid, procfs).decode() for pid in kernel.processes(procfs)]
                run.wait_for_reads("proctally_self/gauge-groups")
                run.stop()
                counts = {
                    identifier: run.csv.last(identifier)["processes"]
                    for identifier in run.csv.identifiers() if identifier.endswith("/ps_count")
                }  # fmt: skip
        expected = Counter(f"{collectd_catalogue.of_group(comm)}/ps_count" for comm in comms)
        self.assertGreaterEqual(len(expected), 2)
        self.assertEqual({name: count for name, count in counts.items() if count}, expected)
        print(f"of the inner namespace: {comms}")


if __name__ == "__main__":
    outcome.main()
