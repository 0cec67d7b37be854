"""What the reader of /metrics takes, and what it refuses."""

import unittest

from support import exposition, outcome

HEAD = b"# HELP f About it.\n# TYPE f gauge\n"
OTHER = b"# HELP g G.\n# TYPE g gauge\ng 1\n"


class ExpositionTest(unittest.TestCase):
    def test_reads_names_labels_and_values(self):
        page = exposition.read(
            b"# HELP f A \\\\ and a \\n.\n# TYPE f counter\n"
            b'f{b="1",a="x\\"y\\\\z\\nw{,}"} 1.5e+03\n'
            b"# HELP g Caf\xc3\xa9\n# TYPE g gauge\ng -0.25\n"
        )
        self.assertEqual(
            page, {("f", (("a", 'x"y\\z\nw{,}'), ("b", "1"))): 1500.0, ("g", ()): -0.25}
        )

    def test_reads_the_parts_of_a_summary_as_one_family(self):
        page = exposition.read(
            b'# HELP s S.\n# TYPE s summary\ns{quantile="0.5"} NaN\ns_sum 1\ns_count 2\n'
        )
        self.assertEqual(page["s_sum", ()], 1)

    def test_an_empty_page_is_none(self):
        with self.assertRaises(exposition.BadPage):
            exposition.read(b"")

    def test_refuses_what_a_reader_may_refuse_or_misread(self):
        bad = {
            "not finished": HEAD + b"f 1",
            "no utf-8": HEAD + b'f{a="\xff"} 1\n',
            "not below its TYPE": b"f 1\n",
            "of another family": HEAD + b"g 1\n",
            "sum of a gauge": HEAD + b"f_sum 1\n",
            "no HELP": b"# TYPE f gauge\nf 1\n",
            "HELP of another": b"# HELP g G.\n# TYPE f gauge\nf 1\n",
            "HELP after TYPE": b"# TYPE f gauge\n# HELP f F.\nf 1\n",
            "HELP alone": HEAD + b"f 1\n# HELP g G.\n",
            "HELP with a bad escape": b"# HELP f \\t\n# TYPE f gauge\nf 1\n",
            "HELP without text": b"# HELP f\n# TYPE f gauge\nf 1\n",
            "unknown type": b"# HELP f F.\n# TYPE f number\nf 1\n",
            "family torn apart": HEAD + b"f 1\n" + OTHER + HEAD + b"f 2\n",
            "series twice": HEAD + b'f{a="1",b="2"} 1\nf{b="2",a="1"} 1\n',
            "label twice": HEAD + b'f{a="1",a="2"} 1\n',
            "bad name": HEAD + b"f-g 1\n",
            "bad label name": HEAD + b'f{a-b="1"} 1\n',
            "bad escape": HEAD + b'f{a="\\t"} 1\n',
            "open quote": HEAD + b'f{a="1} 1\n',
            "newline in a label": HEAD + b'f{a="1\n2"} 1\n',
            "no value": HEAD + b"f\n",
            "no number": HEAD + b"f one\n",
            "two blanks": HEAD + b"f  1\n",
            "a time": HEAD + b"f 1 1700000000000\n",
            "empty line": HEAD + b"\nf 1\n",
            "other comment": HEAD + b"# so\nf 1\n",
            "counter below 0": b"# HELP f F.\n# TYPE f counter\nf -1\n",
            "counter without end": b"# HELP f F.\n# TYPE f counter\nf +Inf\n",
            "counter that is no number": b"# HELP f F.\n# TYPE f counter\nf NaN\n",
        }  # fmt: skip
        for what, data in bad.items():
            with self.subTest(what=what), self.assertRaises(exposition.BadPage):
                exposition.read(data)


if __name__ == "__main__":
    outcome.main()
