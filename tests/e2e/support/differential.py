"""process-exporter and proctally beside each other on one made-up procfs, scrape by scrape.

Every series of process-exporter's has to be on both pages with one value, and none on one alone,
but for the differences that are listed with their reasons."""

import contextlib
import fnmatch
import math
import tempfile
import unittest
from dataclasses import dataclass

from support import exporter
from support.fake_proc import FakeProc
from support.process_exporter import ProcessExporter

_GROUP = "namedprocess_namegroup_"
ABSENT = "absent"
ANYTHING = "anything"

# What proctally reads only if it is told to, and process-exporter unless it is told not to.
NEITHER = ("-threads=false", "-gather-smaps=false")
THREADS = ("-threads", "-gather-smaps=false")
PSS = ("-threads=false", "-gather-smaps")


@dataclass(frozen=True)
class Difference:
    """Between the values of a series: numbers, ABSENT or ANYTHING. `scenario` is the name of a
    test, or "*"; `series` is as series_of() writes it, or a pattern; `cycle` counts scrapes from 1,
    0 is each of them. Of a scenario each row has to be seen, and nothing else."""

    scenario: str
    cycle: int
    series: str
    theirs: object
    ours: object
    reason: str

    def is_of(self, scenario, cycle, series):
        return (
            self.scenario in (scenario, "*")
            and self.cycle in (cycle, 0)
            and fnmatch.fnmatchcase(series, self.series)
        )

    def says(self, theirs, ours):
        return _is(theirs, self.theirs) and _is(ours, self.ours)


def series_of(page, own=frozenset()):
    """The values of a page by "GROUP: metric label label", the thread's name first, without its
    prefix; what is of the whole exporter has no group. `own` are families to leave out."""
    series = {}
    for (name, labels), value in page.items():
        if not name.startswith("namedprocess_") or name in own:
            continue
        labels = dict(labels)
        group = labels.pop("groupname", None)
        words = [labels.pop(label) for label in ("threadname",) if label in labels]
        words += [labels[label] for label in sorted(labels)]
        short = name[len(_GROUP if name.startswith(_GROUP) else "namedprocess_") :]
        path = " ".join([short, *words])
        series[path if group is None else f"{group}: {path}"] = value
    return series


class Case(unittest.TestCase):
    """Of a test that names its processes in self.host and then scrapes."""

    differences = ()
    own_families = frozenset()

    def setUp(self):
        self._resources = contextlib.ExitStack()
        self.addCleanup(self._resources.close)
        self.host = self._resources.enter_context(FakeProc())
        self.scenario = self._testMethodName.removeprefix("test_")
        self.cycles = 0
        self._wrong = []
        self._unseen = {row for row in self.differences if row.scenario == self.scenario}

    def tearDown(self):
        """All at once, so that one run shows what a change does."""
        wrong = self._wrong + [f"listed, but not seen: {row}" for row in self._unseen]
        if wrong:
            self.fail("\n".join(wrong))

    def start(self, settings="", *flags, families=NEITHER, own_flags=()):
        """Both, with this YAML file if any, and these flags. Their first scan is of the host as it
        is now."""
        arguments = ["-procfs", str(self.host.folder), *families, *flags]
        if settings:
            file = self._resources.enter_context(tempfile.NamedTemporaryFile("w", suffix=".yaml"))
            file.write(settings)
            file.flush()
            arguments += ["-config.path", file.name]
        self.theirs = self._resources.enter_context(ProcessExporter(*arguments))
        arguments[0] = "--procfs"
        self.ours = self._resources.enter_context(
            exporter.Exporter(
                *arguments, *own_flags, preexec_fn=exporter.keep_no_files
            )
        )
        self.ours.page_of_named()

    def cycle(self, expected=None, **groups):
        """Scrapes both. `expected`, by group: some values of theirs, which ours shares unless a
        difference is listed."""
        self.cycles += 1
        theirs = series_of(self.theirs.page())
        ours = series_of(self.ours.page_of_named(), self.own_families)
        wrong = self._compare(theirs, ours)
        for group, values in {**(expected or {}), **groups}.items():
            for name, value in values.items():
                series = f"{group}: {name}"
                shown = theirs.get(series, ABSENT)
                if not _is(shown, value):
                    wrong.append(f"{series} has to be {value}, theirs is {shown}")
        self._wrong += [f"scrape {self.cycles}: {what}" for what in wrong]
        return theirs, ours

    def _compare(self, theirs, ours):
        wrong = []
        for series in sorted(theirs.keys() | ours.keys()):
            one, other = theirs.get(series, ABSENT), ours.get(series, ABSENT)
            listed = self._rows(series)
            seen = [row for row in listed if row.says(one, other)]
            self._unseen -= set(seen)
            expected = seen or (_is(one, other) and all(row.scenario == "*" for row in listed))
            if not expected:
                wrong.append(f"{series}: theirs {one}, ours {other}")
        return wrong

    def _rows(self, series):
        rows = [row for row in self.differences if row.is_of(self.scenario, self.cycles, series)]
        own = [row for row in rows if row.scenario != "*"]
        return own or rows


def _is(value, expected):
    if expected is ANYTHING:
        return value != ABSENT
    if ABSENT in (value, expected):
        return value == expected
    return math.isclose(value, expected, rel_tol=1e-9, abs_tol=1e-9)
