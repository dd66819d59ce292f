import tempfile
import unittest
from pathlib import Path

from summary import read, summarise, write

ROWS = "day,product,units,price\n1,tea,1,2.00\n1,cocoa,3,1.50\n2,tea,2,2.00\n"


class SummaryTest(unittest.TestCase):
    def test_by_product(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder, "in.csv"), Path(folder, "out.csv")
            source.write_text(ROWS)
            write(summarise(read(source)), target)
            lines = target.read_text().split()
        self.assertEqual(lines, ["product,units,revenue", "tea,3,6.0", "cocoa,3,4.5"])


if __name__ == "__main__":
    unittest.main()
