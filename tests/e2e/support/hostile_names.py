"""Names that a process can give itself, and the group that each of them has to become."""

from contextlib import contextmanager

from support import children

# Every byte that a name can have, alone between two letters.
_BYTES = {
    b"h%cx" % byte: f"h{chr(byte)}x" if 0x20 <= byte < 0x7F and byte != 0x5C else f"h\\x{byte:02x}x"
    for byte in range(1, 256)
}

_OTHERS = {
    # Complete lines, and what ends or hides one.
    b"a\nx y=1i 1": r"a\x0ax y=1i 1",
    b"\nm v=1i 1\n": r"\x0am v=1i 1\x0a",
    b"a v=1i 1\nb": r"a v=1i 1\x0ab",
    b"\r\n# x\n": r"\x0d\x0a# x\x0a",
    b"# a comment": "# a comment",
    b"#": "#",
    # Of the line protocol.
    b"a,b=c": "a,b=c",
    b",": ",",
    b"=": "=",
    b"k=v,k=v v=1i": "k=v,k=v v=1i",
    b'"': '"',
    b'"open': '"open',
    b"it's": "it's",
    b" ": " ",
    b"  two  blanks  ": "  two  blanks  ",
    b"\t": r"\x09",
    # Backslashes: at the end, doubled, before what they escape, and a cleaned name's twin.
    b"end\\": r"end\x5c",
    b"end\\\\": r"end\x5c\x5c",
    b"a\\ b": r"a\x5c b",
    b"a\\,b": r"a\x5c,b",
    b"h\\x0ax": r"h\x5cx0ax",
    b"h?x.": "h?x.",
    # Of /proc/PID/stat.
    b") R 1": ") R 1",
    b") R 1 1 1 0 -1": ") R 1 1 1 0 -1",
    b"((": "((",
    b"))": "))",
    b"x) S (y": "x) S (y",
    # Of terminals and fonts.
    b"\x1b[2J\x1b[31m": r"\x1b[2J\x1b[31m",
    b"\xc2\x9b31m": r"\xc2\x9b31m",
    b"\xe2\x80\xaetxt": r"\xe2\x80\xaetxt",
    b"\xe2\x80\xa8line": r"\xe2\x80\xa8line",
    b"\xef\xbb\xbfbom": r"\xef\xbb\xbfbom",
    # UTF-8: valid, cut short, too long, a surrogate.
    "größe €".encode(): "größe €",
    "\U0001f600".encode(): "\U0001f600",
    b"cut \xe2\x82": r"cut \xe2\x82",
    b"long \xc0\xaf": r"long \xc0\xaf",
    b"half \xed\xa0\x80": r"half \xed\xa0\x80",
    # Of numbers, templates and our own words.
    b"NaN": "NaN",
    b"null": "null",
    b"{{.Comm}}": "{{.Comm}}",
    b"_other": "\\x5fother",
    b"_empty": "\\x5fempty",
    b"proctally_self": "proctally_self",
    b"": "_empty",
}

# Comm -> group. No two of the groups are the same.
EXPECTED = {**_BYTES, **_OTHERS}
assert len(set(EXPECTED.values())) == len(EXPECTED) == len(_BYTES) + len(_OTHERS)
assert all(len(name) <= 15 for name in EXPECTED)


@contextmanager
def running():
    """A process for each name; yields pid -> group."""
    with children.running(*children.named(EXPECTED)) as pids:
        yield dict(zip(pids, EXPECTED.values()))
