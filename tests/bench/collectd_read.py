"""What a read costs collectd: its own plugin processes and proctally, each in a daemon of its own,
at the same time, for the same idle processes in the same five groups: `./dev bench collectd`.

CPU time of the threads that read, by the scheduler's clock. Prints a Markdown table of the times
and their ratio, and passes no judgement.
"""

import contextlib
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from support import children, collectd  # noqa: E402

COUNTS = (100, 5000)
GROUPS = ("web", "db", "cache", "queue", "cron")
WARM_UP_S = 5
SECONDS = 20
AT_ONCE = 500  # So many pipes to children are open at a time.

STOCK = "processes"
OURS = "proctally"
MATCHES = "\n".join(f'  Process "bench_{group}"' for group in GROUPS)


@contextlib.contextmanager
def sleepers(count):
    names = [f"bench_{GROUPS[i % len(GROUPS)]}".encode() for i in range(count)]
    with contextlib.ExitStack() as stack:
        for i in range(0, count, AT_ONCE):
            stack.enter_context(children.running(*children.named(names[i : i + AT_ONCE])))
        yield


def cpu_ns(daemon, kinds):
    """Of its threads of these kinds, by the beginning of their names."""
    total = 0
    for task in Path(f"/proc/{daemon.pid}/task").iterdir():
        if (task / "comm").read_text().startswith(kinds):
            total += int((task / "schedstat").read_text().split()[0])
    return total


def reads(daemon, plugin):
    return len(daemon.csv.rows(f"{plugin}-bench_web/ps_count"))


def measure(count):
    """Milliseconds of CPU time for a read of each."""
    with (
        sleepers(count),
        collectd.Daemon(collectd.plugin(STOCK, MATCHES)) as stock,
        collectd.Daemon(collectd.proctally(MATCHES)) as ours,
    ):
        time.sleep(WARM_UP_S)
        # Beside the thread that reads, proctally has threads of its own: they count as well.
        watched = {
            STOCK: (stock, STOCK, ("reader",)),
            OURS: (ours, OURS, ("reader",)),
            "with its own threads": (ours, OURS, ("reader", "exit listener", "slow reader")),
        }
        before = {
            name: (cpu_ns(daemon, kinds), reads(daemon, plugin))
            for name, (daemon, plugin, kinds) in watched.items()
        }
        time.sleep(SECONDS)
        costs = {}
        for name, (daemon, plugin, kinds) in watched.items():
            used_ns, number = cpu_ns(daemon, kinds), reads(daemon, plugin)
            costs[name] = (used_ns - before[name][0]) / (number - before[name][1]) / 1e6
        return costs


def main():
    print(f"| processes | {STOCK}, ms | {OURS}, ms | with its own threads, ms | ratio |")
    print("|---:|---:|---:|---:|---:|")
    for count in COUNTS:
        costs = measure(count)
        stock, ours, all_of_ours = costs.values()
        print(
            f"| {count} | {stock:.1f} | {ours:.2f} | {all_of_ours:.2f} | {stock / ours:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
