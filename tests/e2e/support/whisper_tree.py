"""Prints all points of a folder of whisper files as JSON: {path: {time: value}}.

Run by Debian's Python, for which its whisper module is installed; not by the one of the tests."""

import json
import sys
from pathlib import Path

import whisper


def main(folder, begin_s, end_s):
    series = {}
    for file in Path(folder).rglob("*.wsp"):
        path = ".".join(file.relative_to(folder).with_suffix("").parts)
        try:
            (first, last, step), values = whisper.fetch(str(file), begin_s - 1, end_s, end_s)
        except whisper.CorruptWhisperFile:
            continue  # It is just being made.
        times = range(first, last, step)
        series[path] = {t: v for t, v in zip(times, values, strict=True) if v is not None}
    json.dump(series, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
