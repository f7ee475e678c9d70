"""Rows as text tables."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
"""What a spreadsheet takes for the beginning of a formula."""


def to_csv(rows: Sequence[Mapping[str, Any]], columns: Iterable[str] | None = None, line_end: str = "\r\n") -> str:
    """Return rows as a CSV table with a header; a text that a spreadsheet would compute gets an apostrophe before it.

    Args:
        rows: one mapping per line, one or more; they share their columns unless `columns` is given.
        columns: the header; default the first row's keys. A row that lacks a column leaves its cell empty.
        line_end: how a line ends; the default is that of RFC 4180.
    """
    buffer = io.StringIO()
    names = list(rows[0] if columns is None else columns)
    table = csv.DictWriter(buffer, names, lineterminator=line_end)
    table.writerow({name: _as_text(name) for name in names})
    table.writerows({name: _as_text(value) for name, value in row.items()} for row in rows)
    return buffer.getvalue()


def _as_text(value: Any) -> Any:
    """Return a cell that nothing computes; numbers stay numbers, also those written as text."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) and not _is_number(value) else value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "\t" not in text and "\r" not in text and "\n" not in text
