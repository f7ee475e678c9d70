"""How often the photograph's object is named, for every hidden share and method: a stored count as a small chart."""

import html
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pages.landing.exhibit import MASKS, SHARES, STORED, Exhibit, stored_exhibit

FILE = STORED / "curves.json"
WIDTH, HEIGHT, TOP, BOTTOM = 260, 64, 6, 58
DASHES = ("6 3", "2 3", "none")
"""One line's dashes per method, so that the lines differ without colours too."""


def store_curves(counts: Mapping[int, Mapping[str, int]], command: str) -> None:
    """Write the counts for every hidden share by the method's title, with the command that made them."""
    titles = next(iter(counts.values()))
    named = {title: [counts[share][title] for share in SHARES] for title in titles}
    facts = {"command": command, "masks": MASKS, "hidden_percent": list(SHARES), "named": named}
    FILE.write_text(f"{json.dumps(facts, indent=1)}\n", "utf-8")


@cache
def stored_curves() -> dict[str, list[int]]:
    """Return how often the object is named at each of `SHARES`, by the method's title."""
    facts: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return facts["named"]


def curves_html(share: int) -> str:
    """Return the chart with a line at a hidden share, and what it says there as a sentence."""
    exhibit, column = stored_exhibit("photograph"), SHARES.index(share)
    counts = ", ".join(f"{title.lower()} {counts[column]}" for title, counts in stored_curves().items())
    text = f"{exhibit.object_name.capitalize()} is named in so many of {MASKS} random choices of patches: {counts}."
    return f"<figure class='mx-curves'>{_drawing(exhibit, column)}<figcaption>{html.escape(text)}</figcaption></figure>"


def _drawing(exhibit: Exhibit, column: int) -> str:
    colours = {card.title: card.colour for card in exhibit.cards}
    lines = [
        f"<polyline fill='none' stroke='{html.escape(colours[title])}' stroke-width='2.5' stroke-dasharray='{dash}' "
        f"points='{' '.join(f'{_x(number):.1f},{_y(count):.1f}' for number, count in enumerate(counts))}'/>"
        for (title, counts), dash in zip(stored_curves().items(), DASHES, strict=True)
    ]
    at, axis = f"{_x(column):.1f}", f"x1='0' x2='{WIDTH}' y1='{BOTTOM}' y2='{BOTTOM}' stroke-opacity='0.3'"
    return (
        f"<svg viewBox='0 0 {WIDTH} {HEIGHT}' width='{WIDTH}' height='{HEIGHT}' aria-hidden='true'>"
        f"<line {axis} stroke='currentColor'/>"
        f"<line x1='{at}' x2='{at}' y1='0' y2='{HEIGHT}' stroke='currentColor' stroke-opacity='0.6'/>"
        f"{''.join(lines)}</svg>"
    )


def _x(number: int) -> float:
    return 4 + number * (WIDTH - 8) / (len(SHARES) - 1)


def _y(count: int) -> float:
    return BOTTOM - count * (BOTTOM - TOP) / MASKS
