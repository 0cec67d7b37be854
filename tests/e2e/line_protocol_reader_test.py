"""The tests' own reader of line protocol refuses what some consumer would refuse or misread."""

import unittest
from decimal import Decimal

from support import line_protocol, outcome

BAD = [
    b"",
    b"# comment",
    b"m,t=a v=1i",  # No time.
    b"m,t=a  v=1i 1",
    b"m,t=a v=1i 1 ",
    b" m,t=a v=1i 1",
    b"m,t=a 1",
    b"m,t= v=1i 1",
    b"m,=a v=1i 1",
    b"m,t v=1i 1",
    b"m,t=a=b v=1i 1",
    b"m,t=a\\ v=1i 1",
    b"m,t=a\\,u=b\\ v=1i 1",
    b"m,u=a,t=b v=1i 1",
    b"m,t=a,t=b v=1i 1",
    b"m,t=a v=1i,v=2i 1",
    b"m,t=a\tb v=1i 1",
    b"m,t=a\x00 v=1i 1",
    b"m,t=a\x7f v=1i 1",
    b"m,t=a\xff v=1i 1",
    b"m v=1u 1",
    b"m v=01i 1",
    b"m v=-0i 1",
    b"m v=+1 1",
    b"m v=1. 1",
    b"m v=.5 1",
    b"m v=007 1",
    b"m v=NaN 1",
    b"m v=Inf 1",
    b"m v=9223372036854775808i 1",
    b'm v="text" 1',
    b"m v=true 1",
    b"m v= 1",
    b"m v=1i 1.5",
    b"m v=1i 01",
    b"m v=1i 12345678901234567890",
    b"m v=1i 1\r",
]


class LineProtocolReaderTest(unittest.TestCase):
    def test_refuses_what_is_outside_the_safe_subset(self):
        for line in BAD:
            with self.subTest(line=line), self.assertRaises(line_protocol.BadLine):
                line_protocol.read_line(line)

    def test_refuses_a_line_without_its_newline(self):
        with self.assertRaises(line_protocol.BadLine):
            line_protocol.read(b"m v=1i 1\nm v=1i 2")

    def test_reads_names_and_numbers_as_they_were_meant(self):
        point = line_protocol.read_line(rb"m\ n,a=x\=y\,z\ \x0a v=-1i,w=1.50,x=2e-07 17")
        self.assertEqual(point.measurement, "m n")
        self.assertEqual(point.tags, {"a": r"x=y,z \x0a"})
        self.assertEqual(
            point.fields, {"v": -1, "w": Decimal("1.50"), "x": Decimal("0.0000002")}
        )
        self.assertEqual(point.time_ns, 17)


if __name__ == "__main__":
    outcome.main()
