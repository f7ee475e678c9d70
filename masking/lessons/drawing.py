"""The parts of a screen as HTML for a file that needs no server."""

import base64
import hashlib
import io
import json
import math
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from PIL import Image

from masking.lessons.parts import Cards, Chart, Note, Part, PictureCard, RowsTable, ShareBar, Widget
from masking.lessons.text import Text
from masking.results.notebook import html_table
from masking.results.svg_chart import Point, SvgChart
from masking.runtime.assets import ASSETS
from masking.runtime.byte_cache import cached_by_bytes

WIDGETS = ASSETS / "widgets"
PICTURES_BYTES = 2**25
"""Of the addresses that are kept, with the pictures that they were made of."""

LARGE, QUALITY = 10_000, 90
"""Pictures of more bytes than this are written anew, with this quality of WebP; a lesson holds a hundred of them."""
STYLE = """
.parts { display: grid; gap: 1rem; margin: .75rem 0; }
.parts > .figures { margin: 0; }
.parts .figures { grid-template-columns: repeat(auto-fit, minmax(min(9rem, 45%), 14rem)); justify-content: start; }
.parts > figure.chart { max-width: 46rem; }
figure.chart svg { width: 100%; height: auto; }
figure.chart figcaption svg { width: 40px; height: 14px; }
.point:hover { stroke: currentColor; stroke-width: 2; }
.note { font-size: .9rem; margin: 0; max-width: 60rem; }
@media (max-width: 40rem) { .parts .figures { grid-template-columns: 1fr 1fr; } }
""".strip()


def draw_part(part: Part, text: Text) -> str:
    """Return a part of a screen as HTML; the texts in it are escaped."""
    match part:
        case Cards():
            figures = "".join(map(_draw_card, part.cards))
            return f'<div class="figures" role="group" aria-label="{escape(part.label)}">{figures}</div>'
        case Chart():
            return _draw_chart(part, text)
        case RowsTable():
            name = escape(part.caption or text("handout.table"))
            table = html_table(part.rows, part.caption)
            return f'<div class="scroll" role="region" tabindex="0" aria-label="{name}">{table}</div>'
        case Widget():
            return _draw_widget(part)
        case Note():
            return f'<p class="note">{escape(part.text)}</p>'


def draw_parts(parts: tuple[Part, ...], text: Text) -> str:
    """Return parts from top to bottom."""
    return f'<div class="parts">{"".join(draw_part(part, text) for part in parts)}</div>' if parts else ""


def _draw_card(card: PictureCard) -> str:
    swatch = f'<i class="swatch" style="background:{escape(card.colour)}"></i>' if card.colour else ""
    image = ""
    if card.png:
        image = f'<img src="{picture_address(card.png)}" alt="{escape(card.alt)}">'
    lines = [f'<p class="answer">{escape(card.answer)}</p>' if card.answer else "", *map(_draw_bar, card.bars)]
    lines += [f'<p class="word">{escape(card.word)}</p>' if card.word else ""]
    lines += [f"<p>{escape(card.caption)}</p>" if card.caption else ""]
    caption = f"<figcaption>{''.join(lines)}</figcaption>" if any(lines) else ""
    return f"<figure><h3>{swatch}{escape(card.title)}</h3>{image}{caption}</figure>"


def _draw_bar(bar: ShareBar) -> str:
    kind = "bar marked" if bar.is_marked else "bar"
    length = f'<i style="width:{min(max(bar.share, 0), 1):.1%}"></i>'
    return f'<div class="{kind}">{length}<span>{escape(bar.name)}</span><b>{escape(bar.text)}</b></div>'


@cached_by_bytes(PICTURES_BYTES)
def picture_address(png: bytes) -> str:
    """Return a picture as a data address: a large one, such as a photograph, as WebP of high quality."""
    if len(png) <= LARGE:
        return f"data:image/png;base64,{base64.b64encode(png).decode()}"
    with Image.open(io.BytesIO(png)) as picture:
        written = io.BytesIO()
        picture.save(written, "WEBP", quality=QUALITY)
    return f"data:image/webp;base64,{base64.b64encode(written.getvalue()).decode()}"


def _draw_chart(chart: Chart, text: Text) -> str:
    """Return a chart with its legend and, folded, its numbers."""
    number = _share_number(text) if chart.is_share else _number(text)
    series = {
        each.name: [
            Point(x, y, *(ends[at] if ends else None for ends in (each.low, each.high)))
            for at, (x, y) in enumerate(zip(each.x, each.y, strict=True))
        ]
        for each in chart.series
    }
    svg = SvgChart(
        series,
        chart.x_title,
        chart.y_title.replace(" (%)", "") if chart.is_share else chart.y_title,
        {each.name: each.style for each in chart.series},
        chart.kind,
        chart.alt,
        chart.marks,
        number,
        1.0 if chart.is_share else None,
    )
    legend = f"<p>{svg.legend()}</p>" if len(series) > 1 else ""
    rows = [
        {chart.x_title: x if isinstance(x, str) else _number(text)(x)}
        | {
            name: next((_says(point, number) for point in points if point.x == x), "–")
            for name, points in series.items()
        }
        for x in svg.x_values
    ]
    name = escape(f"{text('handout.numbers')}: {chart.alt}")
    table = f'<div class="scroll" role="region" tabindex="0" aria-label="{name}">{html_table(rows)}</div>'
    numbers = f"<details class='folded'><summary>{escape(text('handout.numbers'))}</summary>{table}</details>"
    return f'<figure class="chart">{svg.to_svg()}<figcaption>{legend}{numbers}</figcaption></figure>'


def _says(point: Point, number: Callable[[float], str]) -> str:
    ends = "" if point.low is None or point.high is None else f" ({number(point.low)} – {number(point.high)})"
    return number(point.value) + ends


def _number(text: Text) -> Callable[[float], str]:
    """Return how a number of a chart is written: with three digits that count, and no zeros behind them."""

    def write(value: float) -> str:
        rounded = float(f"{value:.3g}")
        digits = next((digits for digits in range(7) if math.isclose(round(rounded, digits), rounded)), 7)
        return text.number(rounded, digits)

    return write


def _share_number(text: Text) -> Callable[[float], str]:
    def write(share: float) -> str:
        return text.percent(share, 0 if math.isclose(100 * share, round(100 * share), abs_tol=1e-9) else 1)

    return write


def _draw_widget(widget: Widget) -> str:
    """Return the place of a widget with its data; without a script it says what the figure would show."""
    digest = hashlib.sha256(embed_json(widget.data).encode()).hexdigest()[:16]
    data = embed_json({**widget.data, "digest": digest, "alt": widget.alt})
    return (
        f'<div class="widget" data-widget="{escape(widget.name)}"><p class="note">{escape(widget.alt)}</p>'
        f'<script type="application/json">{data}</script></div>'
    )


def embed_json(data: Mapping[str, Any]) -> str:
    """Return JSON that can stand in an element of a page: no text in it can end the element."""
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def widget_style(name: str) -> str:
    """Return the style sheet of a widget; empty if it has none."""
    file = WIDGETS / f"{name}.css"
    return file.read_text("utf-8") if file.is_file() else ""


def widget_script(name: str) -> str:
    """Return a widget's module as a script that a page can hold: it hands its function over instead of exporting it.

    Raises:
        ValueError: the module imports something, or exports other things than one default.
    """
    module = (WIDGETS / f"{name}.js").read_text("utf-8")
    statements = [line for line in module.splitlines() if line.startswith(("import ", "import{", "export "))]
    if len(statements) != 1 or not statements[0].startswith("export default "):
        raise ValueError(f"the widget {name} must export one default and import nothing, so that a file can hold it")
    return module.replace("export default ", f";(window.mxWidgets ??= {{}})[{json.dumps(name)}] = ", 1)
