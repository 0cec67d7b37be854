"""A page of /metrics, read more strictly than Prometheus does.

Beyond prometheus_text: every family has its HELP and then its TYPE before its samples, nothing else
is a comment, no line is empty, no sample has a time, a counter is finite and not below 0.
"""

import math
import re

from support import prometheus_text

_HELP = re.compile(r"# HELP (?P<family>[^ ]+) (?P<text>(?:[^\\]|\\[\\n])+)")


class BadPage(ValueError):
    """What some reader of the format would refuse, or misread."""


def read(data):
    """(name, pairs of label and text, sorted) -> value."""
    try:
        samples, types = prometheus_text.read(data)
        _check_comments(data.decode().split("\n")[:-1], types)
    except (AssertionError, UnicodeDecodeError, ValueError) as error:
        raise BadPage(str(error)) from None
    page = {}
    for sample in samples:
        value = float(sample.value)
        if sample.time_ms is not None:
            raise BadPage(f"has a time: {sample}")
        if types[prometheus_text.family_of(sample.name, types)] == "counter" and not (
            math.isfinite(value) and value >= 0
        ):
            raise BadPage(f"a counter may not be {sample.value}: {sample}")
        page[sample.name, sample.labels] = value
    return page


def groups_of(page):
    """The names of groups on it."""
    return {text for _, labels in page for label, text in labels if label == "groupname"}


def _check_comments(lines, types):
    helped = set()
    before = ""
    for line in lines:
        assert line, "an empty line"
        if line.startswith("# TYPE "):
            family = line.split(" ")[2]
            assert before.startswith(f"# HELP {family} "), f"{family} has no HELP before its TYPE"
        elif line.startswith("#"):
            found = _HELP.fullmatch(line)
            assert found, f"neither HELP nor TYPE: {line!r}"
            assert found["family"] not in helped, f"HELP of {found['family']} twice"
            helped.add(found["family"])
        before = line
    assert helped == set(types), f"HELP without TYPE: {helped - set(types)}"
