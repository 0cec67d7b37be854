"""The tests' own readers of what collectd's writers send refuse what is not well formed."""

import unittest

from support import graphite_receiver, outcome, prometheus_text, putval

PUTVAL = b"PUTVAL %s interval=1.000 1700000000.123:1:2.5\r\n"
BAD_PUTVALS = [
    b"",
    PUTVAL[:-2] % b"h/p/t",
    PUTVAL % b"h/p a/t",
    PUTVAL % b'"h/p a/t',
    PUTVAL % b'"h/p"a/t"',
    PUTVAL % b'"h/p\\',
    PUTVAL % b'"h/p\\a/t"',
    PUTVAL % b'h/p"/t',
    PUTVAL % b"h/p\n/t",
    PUTVAL % b"h/p\r\n/t",
    PUTVAL % b"h/p\xff/t",
    b"PUTVAL h/p/t 1700000000.123:1\r\n",
    b"PUTVAL h/p/t interval=1.000 1700000000.123\r\n",
    b"PUTVAL h/p/t interval=1.000 1700000000.123:\r\n",
    b"PUTVAL h/p/t interval=1.000 1700000000.123:x\r\n",
    b"PUTVAL h/p/t interval=1.000 1700000000.123:1 \r\n",
]

SAMPLES = b"# TYPE m gauge\n%s\n"
BAD_SAMPLES = [
    b"m 1\n",
    SAMPLES[:-1] % b"m 1",
    SAMPLES % b"n 1",
    SAMPLES % b"m",
    SAMPLES % b"m x",
    SAMPLES % b"m 1 1 1",
    SAMPLES % b"m-1 1",
    SAMPLES % b"m{a} 1",
    SAMPLES % b"m{a=b} 1",
    SAMPLES % b'm{a-b="c"} 1',
    SAMPLES % b'm{a="b} 1',
    SAMPLES % b'm{a="b"c"} 1',
    SAMPLES % b'm{a="b\\"} 1',
    SAMPLES % b'm{a="\\x"} 1',
    SAMPLES % b'm{a="b",a="c"} 1',
    SAMPLES % b'm{a="b" c="d"} 1',
    SAMPLES % b'm{a="b\n"} 1',
    SAMPLES % b'm{a="\xff"} 1',
    SAMPLES % b"m 1\nm 1",
    SAMPLES % b"m 1\n# TYPE m gauge",
    b"# TYPE m rate\nm 1\n",
    b'# TYPE m gauge\nm 1\n# TYPE n gauge\nn 1\nm{a="b"} 1\n',
]

BAD_PATHS = [
    b"m 1 1",  # Of the host alone.
    b"h.m 1",
    b"h.m  1 1",
    b"h.m 1 1 1",
    b"h..m 1 1",
    b"h.m. 1 1",
    b"h.m;a=b 1 1",
    b"h.a\tb 1 1",
    b"h.a\x00b 1 1",
    b"h.m x 1",
    b"h.m 1 1.5",
]


class CollectdReadersTest(unittest.TestCase):
    def check_refused(self, read, data):
        with self.subTest(data=data), self.assertRaises((AssertionError, UnicodeDecodeError)):
            read(data)

    def test_of_putval_takes_what_is_well_formed(self):
        (plain,) = putval.read(PUTVAL % b"h/p/t")
        self.assertEqual((plain.identifier, plain.interval_s), ("h/p/t", 1.0))
        self.assertEqual((plain.time_ms, plain.values), (1_700_000_000_123, ("1", "2.5")))
        (quoted,) = putval.read(PUTVAL % b'"h/p a\\"b\\\\/t"')
        self.assertEqual(quoted.identifier, 'h/p a"b\\/t')
        self.assertEqual(len(putval.read(PUTVAL % b"a" + PUTVAL % b"b")), 2)

    def test_of_putval_refuses_what_is_not(self):
        for data in BAD_PUTVALS:
            self.check_refused(putval.read, data)

    def test_of_prometheus_takes_what_is_well_formed(self):
        samples, types = prometheus_text.read(
            b'# HELP m a metric\n# TYPE m gauge\nm{b="c\\"\\\\\\n",a=""} 1.5 7\nm NaN\n\n# end\n'
        )
        self.assertEqual(types, {"m": "gauge"})
        labelled, plain = samples
        self.assertEqual(labelled.labels, (("a", ""), ("b", 'c"\\\n')))
        self.assertEqual((labelled.value, labelled.time_ms), ("1.5", 7))
        self.assertEqual((plain.labels, plain.value, plain.time_ms), ((), "NaN", None))

    def test_of_prometheus_refuses_what_is_not(self):
        for data in BAD_SAMPLES:
            self.check_refused(prometheus_text.read, data)

    def test_of_graphite_takes_what_is_well_formed(self):
        line = graphite_receiver.read_line("h.größe-1.m -1.5e-07 1700000000".encode())
        self.assertEqual((line.path, line.value), ("h.größe-1.m", "-1.5e-07"))
        self.assertEqual(line.time_s, 1_700_000_000)

    def test_of_graphite_refuses_what_is_not(self):
        for data in BAD_PATHS:
            self.check_refused(graphite_receiver.read_line, data)


if __name__ == "__main__":
    outcome.main()
