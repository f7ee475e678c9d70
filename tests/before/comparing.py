"""How a file made now is compared with one made before: names and discrete values exactly, measured ones nearly."""

import csv
import io
import re
from typing import Any

import pytest

TOLERANCE = 1e-5
PROCESSORS = 5e-3
"""The same for masks made from attributions: processors round differently, and where neighbouring pixels are equal,
that decides which of them a max-pooling layer passes the gradient to."""
UNCOMPARED = {"versions", "reading"}
"""Fields that may differ: the versions of libraries, and sentences."""
RENAMED = {"pgxi_code": "pgxi_released"}
"""Old names, which are still read, and what they are called since."""


def modern(text: str) -> str:
    """Return a text in which every old name is the new one."""
    for old, new in RENAMED.items():
        text = text.replace(old, new)
    return text


def without_further_draws(table: str) -> str:
    """Return a CSV table without the rows of further untrained networks, which stand beside the first one now."""
    return "".join(line for line in table.splitlines(keepends=True) if ",untrained_network_" not in line)


def assert_alike(now: Any, before: Any, where: str = "", tolerance: float = TOLERANCE) -> None:
    """Compare two values of JSON; floats may differ by `tolerance`."""
    if isinstance(before, dict):
        assert isinstance(now, dict), where
        assert [name for name in now if name in before] == list(before), where  # new facts may stand beside the old
        for name in before.keys() - UNCOMPARED:
            assert_alike(now[name], before[name], f"{where}.{name}", tolerance)
    elif isinstance(before, list):
        assert isinstance(now, list), where
        assert len(now) == len(before), where
        for index, (item, item_before) in enumerate(zip(now, before, strict=True)):
            assert_alike(item, item_before, f"{where}[{index}]", tolerance)
    elif isinstance(before, float):
        assert now == pytest.approx(before, abs=tolerance, nan_ok=True), where
    else:
        assert now == before, where


def assert_same_table(now: str, before: str, tolerance: float = TOLERANCE) -> None:
    """Compare two CSV files, cell by cell; a cell with a decimal point may differ by `tolerance`."""
    rows, expected = (list(csv.reader(io.StringIO(text))) for text in (now, before))
    columns = [index for index, name in enumerate(rows[0]) if name in expected[0]]  # new ones may stand beside the old
    rows = [[row[index] for index in columns] for row in rows]
    assert rows[0] == expected[0]
    values, before_values = ([[_value(cell) for cell in row] for row in table] for table in (rows, expected))
    assert_alike(values, before_values, tolerance=tolerance)


def numbers_in(text: str) -> list[float]:
    """Return every number in a text, in order."""
    return [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", text)]


def _value(cell: str) -> str | float:
    return float(cell) if re.fullmatch(r"-?\d+\.\d+(e[-+]?\d+)?|-?\d+e-\d+|nan|-?inf", cell) else cell
