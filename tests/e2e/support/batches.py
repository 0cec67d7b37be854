"""Points back to batches: what one scan published, all lines with one time."""

from dataclasses import dataclass, field
from itertools import groupby

from support import catalogue


@dataclass
class Batch:
    time_ns: int
    groups: dict = field(default_factory=dict)  # Name -> fields.
    own: dict = field(default_factory=dict)  # The fields of proctally_self.


def split(points):
    """The batches of some points in their order. Each has to be whole: proctally_self is its last
    line and counts as many groups as there are lines before it, and no group comes twice."""
    batches = []
    for time_ns, lines in groupby(points, key=lambda point: point.time_ns):
        lines = list(lines)
        assert lines[-1].measurement == "proctally_self", f"batch without an end: {lines[-1]}"
        batch = Batch(time_ns, own=lines[-1].fields)
        for point in lines[:-1]:
            assert point.measurement == "proctally", point
            assert list(point.tags) == ["groupname"], point
            name = point.tags["groupname"]
            assert name not in batch.groups, f"group {name!r} comes twice in one batch"
            batch.groups[name] = point.fields
        assert len(batch.groups) == batch.own["groups"], (
            f"{len(batch.groups)} lines for {batch.own['groups']} groups"
        )
        batches.append(batch)
    times = [batch.time_ns for batch in batches]
    assert times == sorted(times), "batches out of order"
    return batches


def check_types(batches):
    """Every field is in the catalogue and has the type that stands there."""
    for batch in batches:
        _check(batch.own, catalogue.SELF_FIELDS)
        for fields in batch.groups.values():
            _check(fields, catalogue.GROUP_FIELDS)


def check_counters(batches):
    """No counter of a group ever falls."""
    for before, after in zip(batches, batches[1:]):
        for name in before.groups.keys() & after.groups.keys():
            old, new = before.groups[name], after.groups[name]
            for counter in catalogue.GROUP_COUNTERS & old.keys() & new.keys():
                assert new[counter] >= old[counter], (
                    f"{counter} of {name} fell from {old[counter]} to {new[counter]}"
                )


def _check(fields, types):
    for name, value in fields.items():
        assert name in types, f"{name} is not in the catalogue"
        assert isinstance(value, types[name]), f"{name}={value!r} is no {types[name].__name__}"
