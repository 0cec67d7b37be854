"""A real database takes every line, also of hostile names, and gives back what was sent."""

import contextlib
import unittest

from support import batches, hostile_names, line_protocol, outcome, proctally, waiting
from support.victoria_metrics import VictoriaMetrics

BATCHES = 5
OWN = "proctally_self_cpu_host_seconds"


def values_in(found):
    return sum(len(series["values"]) for series in found)


class VictoriaMetricsTest(unittest.TestCase):
    def test_every_field_of_every_line_is_stored(self):
        with contextlib.ExitStack() as resources:
            database = resources.enter_context(VictoriaMetrics())
            resources.enter_context(hostile_names.running())
            settings = resources.enter_context(proctally.settings_file(proctally.EVERY_GROUP))
            running = resources.enter_context(
                proctally.Running("--interval", "300ms", "--config", settings)
            )
            data = running.read_batches(BATCHES) + running.finish()
            database.write(data)

            points = line_protocol.read(data)
            sent = batches.split(points)
            self.assertGreater(len(sent), BATCHES)
            fields = sum(len(point.fields) for point in points)
            self.assertEqual(database.counters("vm_rows_inserted_total")['type="influx"'], fields)
            invalid = database.counters("vm_rows_invalid_total")
            self.assertIn('type="influx"', invalid)
            self.assertEqual(set(invalid.values()), {0})
            self.assertEqual(set(database.counters("vm_rows_ignored_total").values()), {0})
            print(f"{len(points)} lines in {len(sent)} batches: {fields} fields stored, 0 invalid")

            self.check_stored(database, sent)
            self.assertEqual(database.log(), [])

    def check_stored(self, database, sent):
        """Each series of one metric, under the very name of its group, with the values sent."""
        rows = sum(len(batch.groups) for batch in sent)

        def visible():
            """What it took may be asked for a moment later, also after a flush."""
            found = database.export(__name__="proctally_memory_rss")
            own = database.export(__name__=OWN)
            is_all = values_in(found) >= rows and values_in(own) >= len(sent)
            return (found, own) if is_all else None

        groups, own = waiting.until(visible, f"{rows} values to be visible")

        stored = {
            series["metric"]["groupname"]: dict(zip(series["timestamps"], series["values"]))
            for series in groups
        }
        self.assertEqual(set(stored), {name for batch in sent for name in batch.groups})
        self.assertLessEqual(set(hostile_names.EXPECTED.values()), set(stored))
        for batch in sent:
            for name, fields in batch.groups.items():
                value = stored[name][batch.time_ns // 1_000_000]
                self.assertEqual(value, fields["memory_rss"], name)
        (own,) = own
        self.assertEqual(own["values"], [float(b.own["cpu_host_seconds"]) for b in sent])


if __name__ == "__main__":
    outcome.main()
