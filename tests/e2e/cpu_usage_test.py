"""A process that uses half a CPU shows 50, one that uses a whole one 100."""

import statistics
import time
import unittest

from support import children, duty, outcome, proctally

POINTS = 3  # Percentage points that a reading may be off.
INTERVALS = 3
INTERVAL_S = 2


class CpuUsageTest(unittest.TestCase):
    def test_shows_what_the_processes_own_clocks_say(self):
        shares = (1.0, 0.5, 0.1)
        diaries = [duty.Diary() for _ in shares]
        bodies = [duty.at_duty(diary, share) for diary, share in zip(diaries, shares)]
        with (
            children.running(*bodies) as pids,
            proctally.settings_file(proctally.BY_PID) as settings,
            proctally.Running("--config", settings, "--interval", f"{INTERVAL_S}s") as running,
        ):
            batches = [running.next_batch() for _ in range(INTERVALS + 1)]
            time.sleep(0.2)  # The diaries have to go beyond the last batch.
        for pid, diary, share in zip(pids, diaries, shares):
            shown, true = [], []
            for before, after in zip(batches, batches[1:]):
                shown.append(float(after.groups[str(pid)]["cpu_usage"]))
                true.append(diary.usage_percent(before.time_ns, after.time_ns))
            print(f"duty {share:.0%}: shown {rounded(shown)}, by its own clock {rounded(true)}")
            for one_shown, one_true in zip(shown, true):
                self.assertLess(abs(one_shown - one_true), POINTS)
            # Where the machine let it have its share, that is what is shown.
            if abs(statistics.mean(true) - 100 * share) < POINTS / 3:
                self.assertLess(abs(statistics.mean(shown) - 100 * share), POINTS)


def rounded(values):
    return [round(value, 2) for value in values]


if __name__ == "__main__":
    outcome.main()
