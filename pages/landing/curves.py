"""How often the photograph's object is named, for every hidden share and method: a stored count as a small chart."""

import base64
import html
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pages.landing.exhibit import MASKS, SHARES, STORED, Card, stored_exhibit

FILE = STORED / "curves.json"
WIDTH, HEIGHT, TOP, BOTTOM = 200, 64, 6, 58
GREY = "#8a919c"
"""The axis and the line at the hidden share: to be seen on a light page and on a dark one."""


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
    """Return the chart with a line at a hidden share, and what it says there in words."""
    exhibit, column = stored_exhibit("photograph"), SHARES.index(share)
    methods = [card for card in exhibit.cards if card.title in stored_curves()]
    counts = "".join(
        f"<li><i class='mx-swatch' style='background:{html.escape(card.colour)}'></i>"
        f"{html.escape(card.title.lower())} <b>{stored_curves()[card.title][column]}</b></li>"
        for card in methods
    )
    drawing = base64.b64encode(_drawing(methods, column).encode()).decode()
    text = f"How often {exhibit.object_name} is still named, out of {MASKS} random choices of patches:"
    return (
        f"<figure class='mx-curves'><img alt='From 0 to 90 % hidden, one line for each method' "
        f"src='data:image/svg+xml;base64,{drawing}'><figcaption>{html.escape(text)}<ul>{counts}</ul></figcaption></figure>"
    )


def _drawing(methods: list[Card], column: int) -> str:
    """Return the lines as a picture of its own: the page's sanitiser removes drawings inside HTML."""
    lines = [
        f"<polyline fill='none' stroke='{card.colour}' stroke-width='2.5' "
        f"stroke-dasharray='{' '.join(map(str, card.dashes)) or 'none'}' "
        f"points='{' '.join(f'{_x(number):.1f},{_y(count):.1f}' for number, count in enumerate(counts))}'/>"
        for card in methods
        if (counts := stored_curves()[card.title])
    ]
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' width='{WIDTH}' height='{HEIGHT}'>"
        f"<g stroke='{GREY}'><line x1='0' x2='{WIDTH}' y1='{BOTTOM}' y2='{BOTTOM}'/>"
        f"<line x1='{_x(column):.1f}' x2='{_x(column):.1f}' y1='0' y2='{HEIGHT}' stroke-width='2'/></g>"
        f"{''.join(lines)}</svg>"
    )


def _x(number: int) -> float:
    return 4 + number * (WIDTH - 8) / (len(SHARES) - 1)


def _y(count: int) -> float:
    return BOTTOM - count * (BOTTOM - TOP) / MASKS
