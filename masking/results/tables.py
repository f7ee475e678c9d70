"""Rows as text tables."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def to_csv(rows: Sequence[Mapping[str, Any]], columns: Iterable[str] | None = None, line_end: str = "\r\n") -> str:
    """Return rows as a CSV table with a header.

    Args:
        rows: one mapping per line, one or more; they share their columns unless `columns` is given.
        columns: the header; default the first row's keys. A row that lacks a column leaves its cell empty.
        line_end: how a line ends; the default is that of RFC 4180.
    """
    buffer = io.StringIO()
    table = csv.DictWriter(buffer, list(rows[0] if columns is None else columns), lineterminator=line_end)
    table.writeheader()
    table.writerows(rows)
    return buffer.getvalue()
