"""A strict reader of Prometheus' text format 0.0.4, independent of any library."""

import re
from dataclasses import dataclass

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'(?P<label>[a-zA-Z_][a-zA-Z0-9_]*)="(?P<text>(?:[^"\\\n]|\\[\\"n])*)"'
_SAMPLE = re.compile(
    rf"(?P<name>{_NAME})(?:\{{(?P<labels>.*)\}})? "
    r"(?P<value>NaN|nan|[+-]?Inf|[+-]?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)(?: (?P<time>[0-9]+))?"
)
_TYPES = {"counter", "gauge", "histogram", "summary", "untyped"}
_ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


@dataclass(frozen=True)
class Sample:
    name: str
    labels: tuple  # Pairs, sorted.
    value: str
    time_ms: int | None


def read(data):
    """The samples and, by name, their types. A line out of order, a family that is torn apart, a
    series that comes twice: all are errors."""
    text = data.decode("utf-8")
    assert text.endswith("\n"), "the last line is not finished"
    samples, types, series = [], {}, set()
    family = None
    for line in text[:-1].split("\n"):
        if line.startswith("# TYPE "):
            _, _, family, kind = line.split(" ")
            assert re.fullmatch(_NAME, family), line
            assert family not in types, f"{family} twice"
            assert kind in _TYPES, line
            types[family] = kind
        elif line and not line.startswith("#"):
            sample = _read(line)
            assert family and family_of(sample.name, types) == family, f"{line}: not below its TYPE"
            assert (sample.name, sample.labels) not in series, f"twice: {line}"
            series.add((sample.name, sample.labels))
            samples.append(sample)
    return samples, types


def family_of(name, types):
    """The family that a sample of this name belongs to: several names make up a summary."""
    base = re.sub(r"_(sum|count|bucket)$", "", name)
    return base if types.get(base) in ("summary", "histogram") else name


def _read(line):
    found = _SAMPLE.fullmatch(line)
    assert found, f"no sample: {line!r}"
    labels = _read_labels(found["labels"] or "", line)
    time = found["time"]
    return Sample(found["name"], labels, found["value"], int(time) if time else None)


def _read_labels(text, line):
    labels = {}
    while text:
        found = re.match(_LABEL, text)
        assert found, f"no label: {text!r} in {line!r}"
        assert found["label"] not in labels, f"a label twice: {line!r}"
        labels[found["label"]] = re.sub(r"\\.", lambda e: _ESCAPES[e[0]], found["text"])
        text = text[found.end() :]
        assert not text or text.startswith(","), f"{text!r} in {line!r}"
        text = text[1:]
    return tuple(sorted(labels.items()))
