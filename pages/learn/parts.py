"""The parts of a screen as Streamlit draws them: cards, charts, tables and the figures that the browser answers for."""

import base64
import html
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from masking.lessons import Text
from masking.lessons.parts import Cards, Chart, Note, Part, PictureCard, RowsTable, Series, ShareBar, Widget
from masking.results.notebook import html_table
from masking.results.verdict import Kind
from pages.components.cards import SIGNS
from pages.components.charts import CONFIG, GREY, bar_options, error_bars, legend_at_bottom, line_options, set_layout
from pages.components.widget import OnReport, show_widget

CHART_HEIGHT = 260


def show_part(part: Part, key: str, on_report: OnReport, text: Text) -> None:
    """Draw a part.

    Args:
        part: any of `masking.lessons.parts`.
        key: tells this part from others on the page.
        on_report: takes what a widget reports as the reader's result.
        text: the words, whose language says how numbers are written.
    """
    match part:
        case Cards():
            st.html(cards_html(part))
        case Chart():
            st.plotly_chart(chart_figure(part, text.separators), config=CONFIG, key=key, alt=part.alt)
        case RowsTable():
            name = html.escape(part.caption, quote=True)
            table = html_table(part.rows, part.caption)
            st.html(f"<div class='mx-matrix' role='region' tabindex='0' aria-label='{name}'>{table}</div>")
        case Widget():
            show_widget(part, key, on_report)
        case Note():
            st.html(f"<p class='mx-note'>{html.escape(part.text)}</p>")


def cards_html(cards: Cards) -> str:
    """Return cards side by side as HTML."""
    items = "".join(map(_card_html, cards.cards))
    return f"<ul class='mx-lesson-cards' aria-label='{html.escape(cards.label, quote=True)}'>{items}</ul>"


def _card_html(card: PictureCard) -> str:
    swatch = f"<i class='mx-swatch' style='background:{html.escape(card.colour)}'></i>" if card.colour else ""
    parts = [f"<h3>{swatch}{html.escape(card.title)}</h3>"]
    if card.png:
        data = base64.b64encode(card.png).decode()
        alt = "" if card.alt == card.title else card.alt  # the heading above has said it
        parts.append(f"<img alt='{html.escape(alt, quote=True)}' src='data:image/png;base64,{data}'>")
    badge = ""
    if card.word:
        sign = SIGNS[Kind(card.kind)]
        badge = f"<span class='mx-badge mx-{card.kind}'><i aria-hidden='true'>{sign}</i>{html.escape(card.word)}</span>"
    if card.answer or badge:
        parts.append(f"<p class='mx-says'><b>{html.escape(card.answer)}</b>{badge}</p>")
    parts += map(_bar_html, card.bars)
    if card.caption:
        parts.append(f"<p class='mx-note'>{html.escape(card.caption)}</p>")
    return f"<li>{''.join(parts)}</li>"


def _bar_html(bar: ShareBar) -> str:
    kind = "mx-bar mx-original" if bar.is_marked else "mx-bar"
    return (
        f"<div class='{kind}'><i style='width:{bar.share:.1%}'></i><span>{html.escape(bar.name)}</span>"
        f"<b>{html.escape(bar.text)}</b></div>"
    )


def chart_figure(chart: Chart, separators: str = ".,") -> go.Figure:
    """Return a chart as a plotly figure, with numbers written with these separators of `Text.separators`."""
    figure = go.Figure()
    for series in chart.series:
        values = [100 * value for value in series.y] if chart.is_share else list(series.y)
        bars: dict[str, Any] = {"error_y": _error_bars(series, 100 if chart.is_share else 1)} if series.low else {}
        if chart.kind == "lines":
            figure.add_scatter(x=series.x, y=values, name=series.name, **line_options(series.style, size=6), **bars)
        else:
            figure.add_bar(x=series.x, y=values, name=series.name, **bar_options(series.style), **bars)
    for x, label in chart.marks:
        line: dict[str, Any] = {"color": GREY, "width": 2}
        figure.add_vline(x=x, line=line, annotation_text=html.escape(label), annotation_position="top")
    figure.update_layout(separators=separators)
    figure.update_xaxes(title=chart.x_title)
    figure.update_yaxes(title=chart.y_title, rangemode="tozero")
    if chart.is_share:
        figure.update_yaxes(range=[0, 104])
    margin = {"l": 50, "r": 10, "t": 26, "b": 40}
    legend = legend_at_bottom()
    return set_layout(figure, height=CHART_HEIGHT, margin=margin, legend=legend, showlegend=len(chart.series) > 1)


def _error_bars(series: Series, factor: float) -> dict[str, object]:
    values, lows, highs = ([factor * value for value in ends] for ends in (series.y, series.low, series.high))
    return error_bars(values, lows, highs)
