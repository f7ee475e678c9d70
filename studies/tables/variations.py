"""Variations of layer masking: what each changes on the same pictures."""

from typing import Any

from .calibration import Row, at, short
from .cells import change, load, number, points, table

FILE, DEFAULT = "improvements.json", "default"
MOST = {"50% hidden": 0, "75% hidden": 1, "25% hidden": 2}


def columns() -> list[tuple[str, str, list[Row]]]:
    """Return network, part and rows of everything that was measured on pictures with hidden patches."""
    networks: dict[str, Any] = load(FILE)["networks"]
    given = [
        (network, part, content["rows"])
        for network, parts in networks.items()
        for part, content in parts.items()
        if part in MOST
    ]
    return sorted(given, key=lambda each: MOST[each[1]])


def accuracy() -> str:
    """Return the accuracy of the default in percent, and what each variation adds in points."""
    given = columns()
    names = list(dict.fromkeys(row["method"] for _, _, rows in given for row in rows))
    lines = []
    for name in names:
        cells = []
        for _, _, rows in given:
            row = at(rows, method=name)
            if row is None:
                cells.append("")
            else:
                cells.append(points(row["accuracy"][0]) if name == DEFAULT else change(row["more_accuracy"], 1, 100))
        lines.append([f"{name} (%)" if name == DEFAULT else name, *cells])
    header = [f"`{short(network)}`, {part.replace('%', ' %')}" for network, part, _ in given]
    return table(["variation: points more than the default", *header], lines)


def leakage() -> str:
    """Return the bits that the hole of an exact object leaks under each variation."""
    rows = load(FILE)["networks"]["silhouettes/resnet"]["leakage, exact object"]["rows"]
    lines = [
        [row["method"], number(row["bits"][0], 2), change(row["more_bits"], 2) if "more_bits" in row else ""]
        for row in rows
    ]
    return table(["variation, `silhouettes/resnet`", "leaked bits", "more than the default"], lines)
