"""Where every line went that was written to a receiver.

What was written is known from a second destination that was always well: both are given the same
lines. What arrived is known from the receiver's own record. What was given up, and what was counted
as delivered, the pusher says."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Row:
    """In lines. `unconfirmed`: a kernel acknowledged them, and its process ended before it read
    them, or reset the connection."""

    case: str
    written: int = 0
    arrived: int = 0
    twice: int = 0
    dropped: dict = field(default_factory=dict)
    unconfirmed: int = 0
    undelivered: int = 0  # Were still waiting at the end.
    resent: int = 0


def settle(case, written, arrived, counters):
    """The row of a case; raises where the accounts do not add up. `written` and `arrived` are the
    lines (bytes) of both receivers, counters those of the pusher for the destination of the case,
    after its end."""
    counters.check()
    truth = set(written)
    assert len(truth) == len(written), f"{case}: a healthy receiver got lines twice"
    assert counters["lines_pushed"] == len(truth), f"{case}: {len(truth)} were written: {counters}"
    times = Counter(arrived)
    foreign = sorted(set(times) - truth)
    assert not foreign, f"{case}: never written: {foreign[:5]}"

    row = Row(
        case,
        written=len(truth),
        arrived=len(times),
        twice=sum(times.values()) - len(times),
        dropped={reason: count for reason, count in counters.dropped().items() if count},
        undelivered=counters.waiting(),
        resent=counters["lines_resent"],
    )
    row.unconfirmed = row.written - row.arrived - sum(row.dropped.values()) - row.undelivered
    assert row.unconfirmed >= 0, f"{case}: more than was written: {row}, {counters}"
    # The same, by the pusher's own books: it takes for delivered what arrived, and what a kernel
    # acknowledged.
    assert counters["lines_acknowledged"] == row.arrived + row.unconfirmed, f"{row}, {counters}"
    return row


def table(rows):
    """The rows under each other, for people."""
    head = ("case", "written", "arrived", "twice", "dropped", "unconfirmed", "undelivered",
            "resent")  # fmt: skip
    cells = [head]
    for row in rows:
        dropped = ", ".join(f"{reason} {count}" for reason, count in row.dropped.items()) or "0"
        numbers = (row.written, row.arrived, row.twice, dropped, row.unconfirmed,
                   row.undelivered, row.resent)  # fmt: skip
        cells.append((row.case, *map(str, numbers)))
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    return "\n".join(
        "  ".join((row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:]))) for row in cells
    )


def missing_ticks(ticks, interval_s=1):
    """Those that a cadence without a gap would have had between its first and its last."""
    return sorted(set(range(ticks[0], ticks[-1] + 1, interval_s)) - set(ticks))
