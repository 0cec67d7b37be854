"""On a host whose /proc hides the processes of others (hidepid=2), an ordinary user gets its own,
and no complaint about the rest."""

import unittest

from support import catalogue, namespaces, outcome, proctally

# Becomes proctally as nobody, beside a process of root and one of nobody.
SCRIPT = """
drop="setpriv --reuid 65534 --regid 65534 --clear-groups"
tail -f /dev/null >/dev/null 2>&1 &
$drop sleep 600 >/dev/null 2>&1 &
exec $drop "$@"
"""


class HidepidTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        outcome.need_root()
        namespaces.need()

    def test_reports_its_own_processes_and_is_quiet(self):
        with proctally.program_for_everybody() as program:
            command = namespaces.inside_with_own_proc(
                "sh", "-c", SCRIPT, "sh", program, options="hidepid=2"
            )
            with proctally.Running(command=command) as running:
                for _ in range(3):
                    batch = running.ask_with_usage()
                self.assertEqual(set(batch.groups), {"kernel", "proctally-exec", "sleep"})
                self.assertEqual(batch.own["processes"], 2)
                self.assertEqual(batch.groups["kernel"]["num_procs"], 0)
                missing = set(catalogue.GROUP_FIELDS) - set(batch.groups["sleep"])
                self.assertLessEqual(missing, catalogue.SWITCH_FIELDS)
                self.assertEqual(batch.groups["sleep"]["num_procs"], 1)
                self.assertGreater(batch.groups["sleep"]["memory_rss"], 0)
                self.assertEqual(batch.own["malformed"], 0)
                running.finish()
                self.assertEqual(running.log(), [])


if __name__ == "__main__":
    outcome.main()
