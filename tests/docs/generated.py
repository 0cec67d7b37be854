"""Parts of the READMEs that a program can write, between a pair of markers."""

import difflib
import os
import re

from program import ROOT, read


def section(name):
    """The pattern of what stands between the markers of this name."""
    return re.compile(f"(?<=<!-- {name} begin -->\n).*?(?=<!-- {name} end -->)", re.DOTALL)


def check_section(test, path, name, expected):
    """Fails the test where something else is there. PROCTALLY_UPDATE_GOLDEN=1 writes what is
    expected instead."""
    text = read(path)
    found = section(name).search(text)
    test.assertIsNotNone(found, f"{path} has no markers of {name}")
    if found[0] == expected:
        return
    if os.environ.get("PROCTALLY_UPDATE_GOLDEN"):
        updated = text[:found.start()] + expected + text[found.end():]
        (ROOT / path).write_text(updated, encoding="utf-8")
        return
    difference = difflib.unified_diff(found[0].splitlines(), expected.splitlines(), path,
                                      "the program", lineterm="")
    test.fail("\n".join([f"{name} is out of date; PROCTALLY_UPDATE_GOLDEN=1 writes it again",
                         *difference]))
