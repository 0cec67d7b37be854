"""A real Prometheus scrapes proctally, and answers what people ask it about process-exporter."""

import contextlib
import time
import unittest

from support import catalogue, children, duty, exporter_dashboards, outcome, proctally
from support.exporter import THREADS_AND_PSS, Exporter
from support.prometheus import Prometheus, check

POINTS = 3  # Percentage points that a rate may be off.
WINDOW_S = 30
DUTIES = {"duty_whole": 1.0, "duty_half": 0.5, "duty_tenth": 0.1}
USAGE = f"sum by (groupname) (rate(namedprocess_namegroup_cpu_seconds_total[{WINDOW_S}s])) * 100"


class PrometheusTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """One storage for all, because it takes its time to fill."""
        cls.resources = contextlib.ExitStack()
        cls.addClassCleanup(cls.resources.close)
        cls.diaries = {name: duty.Diary() for name in DUTIES}
        settings = {
            "process_names": [
                {"name": "{{.Comm}}", "comm": list(DUTIES)},
                {"name": "rest", "cmdline": [".+"]},
            ]
        }
        file = cls.resources.enter_context(proctally.settings_file(settings))
        cls.resources.enter_context(
            children.running(
                *(
                    children.bearing(name, duty.at_duty(cls.diaries[name], share))
                    for name, share in DUTIES.items()
                )
            )
        )
        cls.exporter = cls.resources.enter_context(
            Exporter("--config", file, *THREADS_AND_PSS)
        )
        cls.prometheus = cls.resources.enter_context(
            Prometheus(cls.exporter.address, "process-exporter")
        )
        time.sleep(WINDOW_S + 5)

    def query(self, query):
        return self.prometheus.query(
            exporter_dashboards.filled_in(
                query, processes="duty_.*", host=self.exporter.address, interval="1m"
            )
        )

    def test_scrapes_without_a_failure(self):
        ((_, up),) = self.prometheus.query(f"avg_over_time(up[{WINDOW_S}s])")
        self.assertEqual(up, 1)
        self.assertEqual(self.prometheus.log(), [])

    def test_rates_are_the_duty_of_busy_processes(self):
        end = time.time() - 1
        usage = {labels["groupname"]: v for labels, v in self.prometheus.query(USAGE, end)}
        # A rate is that of the scrapes in the window, as if they filled it.
        from_ns, to_ns = (int(t * 1e9) for t in (end - WINDOW_S, end))
        for name, share in DUTIES.items():
            true = self.diaries[name].usage_percent(from_ns, to_ns)
            print(f"{name}: rate {usage[name]:.2f} %, by its own clock {true:.2f} %")
            self.assertLess(abs(usage[name] - true), POINTS, name)
            # Where the machine let it have its share, that is what is shown.
            if abs(true - 100 * share) < POINTS / 3:
                self.assertLess(abs(usage[name] - 100 * share), POINTS, name)

    def test_queries_of_dashboards_find_series(self):
        queries = list(exporter_dashboards.QUERIES)
        if not catalogue.SWITCH_FIELDS & proctally.absent_fields():
            queries += exporter_dashboards.SWITCHES
        queries += (*exporter_dashboards.THREADS, *exporter_dashboards.PSS)
        for query in queries:
            with self.subTest(query=query):
                found = self.query(query)
                self.assertTrue(found)
                groups = {labels["groupname"] for labels, _ in found if "groupname" in labels}
                if "groupname" in query:
                    self.assertEqual(groups, set(DUTIES))
        print(f"{len(queries)} queries found series")

    def test_variables_of_dashboards_have_values(self):
        values = {
            (metric, label): self.prometheus.label_values(metric, label)
            for metric, label in exporter_dashboards.VARIABLES
        }
        for (metric, label), found in values.items():
            with self.subTest(metric=metric, label=label):
                if label == "instance":
                    self.assertEqual(found, [self.exporter.address])
                else:
                    self.assertEqual(found, sorted([*DUTIES, "rest"]))

    def test_promtool_finds_nothing_wrong(self):
        with Exporter() as exporter:
            self.assertEqual(check(exporter.raw_page()), [])

    def test_promtool_finds_nothing_wrong_with_threads(self):
        page = self.exporter.raw_page()
        self.assertIn(b"thread_count", page)
        self.assertEqual(check(page), [])


if __name__ == "__main__":
    outcome.main()
