"""What LIME found under several methods, to take away: picture, table, arrays, and a page that stands alone."""

import csv
import html
import io
import json
from collections.abc import Mapping

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw, ImageFont

from masking.attribution import CrossEvaluation, LimeExplanation
from masking.image import to_picture
from pages.components.cards import picture_tag
from pages.layers.cards import number
from pages.lime.cards import FIT, Drawing, scale, tints
from pages.lime.command import commands
from pages.lime.request import LimeRequest
from pages.lime.text import limit
from pages.shell import links

SIDE, GAP, LINE, BAR = 256, 16, 18, 10
INK, FAINT = "#1b1f24", "#5b6470"
DRAWN = str.maketrans({"²": "2", "−": "-"})
"""Pillow's own font knows neither."""
STYLE = (
    "body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b1f24}"
    ".row{display:flex;flex-wrap:wrap;gap:1rem}figure{margin:0}img{width:256px;image-rendering:pixelated;display:block}"
    "table{border-collapse:collapse;font-size:13px}td,th{padding:2px 12px 2px 0;text-align:right;"
    "border-bottom:1px solid #ddd}pre{font-size:12px;white-space:pre-wrap}"
    ".mx-scale{max-width:24rem;font-size:13px}.mx-scale i{display:block;height:12px}"
    ".mx-scale p{display:flex;justify-content:space-between;margin:0}"
)
Found = Mapping[str, LimeExplanation]


def exports(asked: LimeRequest, found: Found, drawing: Drawing, reading: str, verdicts: CrossEvaluation | None) -> None:
    """The row of downloads; each is made when somebody asks for it."""
    offered = [
        ("PNG", lambda: to_png(found, drawing, reading), "lime.png", "image/png"),
        ("CSV", lambda: to_csv(found), "lime.csv", "text/csv"),
        ("JSON", lambda: to_json(found, reading), "lime.json", "application/json"),
        ("NPZ", lambda: to_npz(found), "lime.npz", "application/octet-stream"),
        ("HTML", lambda: to_html(found, drawing, reading), "lime.html", "text/html"),
    ]
    if verdicts is not None:
        offered.append(("Ablation CSV", verdicts.to_csv, "ablation.csv", "text/csv"))
    with st.container(horizontal=True):
        with st.popover("Copy link", icon=":material/link:"):
            st.caption("Restores picture, classifier, methods, segments, samples, fit, target and how they are shown.")
            st.code(links.page_address(), language=None, wrap_lines=True)
        for label, data, name, mime in offered:
            key = f"download-{label.replace(' ', '-')}"
            st.download_button(label, data, name, mime, icon=":material/download:", on_click="ignore", key=key)
        with st.popover("Command", icon=":material/terminal:"):
            st.caption(
                "Makes the same, run in the folder of this project. "
                "A photograph, uploads and own weights have to be saved there first."
            )
            st.code(commands(asked, found), language="bash", wrap_lines=True)


def rows(found: Found) -> list[dict[str, object]]:
    """One flat record per method and segment."""
    return [{"method": name, "category": one.category, **row} for name, one in found.items() for row in one.rows]


def to_csv(found: Found) -> str:
    """The rows as a CSV table."""
    buffer = io.StringIO()
    records = rows(found)
    table = csv.DictWriter(buffer, records[0].keys())
    table.writeheader()
    table.writerows(records)
    return buffer.getvalue()


def to_json(found: Found, reading: str) -> str:
    """Facts, weights and manifest of every method as JSON text."""
    methods = {name: json.loads(one.to_json()) for name, one in found.items()}
    return json.dumps({"reading": reading, "methods": methods}, indent=2, ensure_ascii=False)


def to_npz(found: Found) -> bytes:
    """All arrays of every method, named `method/array`."""
    arrays = {}
    for name, one in found.items():
        with np.load(io.BytesIO(one.to_npz()), allow_pickle=False) as loaded:
            arrays |= {f"{name}/{array}": loaded[array] for array in loaded.files}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _facts(one: LimeExplanation) -> str:
    fit = number(one.r2_held_out, ".2f")
    return f"R² {fit}, {one.samples} samples, {one.category} {float(one.probabilities[0]):.1%}"


def to_png(found: Found, drawing: Drawing, reading: str) -> bytes:
    """The overlays in one row with the scale they share, as on the page."""
    end = limit(list(found.values()))
    width = GAP + len(found) * (SIDE + GAP)
    large, small = ImageFont.load_default(15), ImageFont.load_default(13)
    notes = _wrapped(reading.translate(DRAWN), width - 2 * GAP, small)
    top, bar = GAP + LINE, GAP + 2 * LINE + SIDE + GAP
    sheet = Image.new("RGB", (width, bar + BAR + LINE + GAP + LINE * len(notes) + GAP // 2), "#ffffff")
    pen = ImageDraw.Draw(sheet)
    for column, one in enumerate(found.values()):
        left = GAP + column * (SIDE + GAP)
        pen.text((left, GAP // 2), one.title, fill=INK, font=large)
        sheet.paste(to_picture(drawing.picture(one, end)).resize((SIDE, SIDE), Image.Resampling.LANCZOS), (left, top))
        pen.text((left, top + SIDE + 4), _facts(one).translate(DRAWN), fill=FAINT, font=small)
    sheet.paste(to_picture(tints(end, drawing)).resize((SIDE, BAR), Image.Resampling.NEAREST), (GAP, bar))
    for share, report_forward_passes in ((0, -end), (0.5, 0.0), (1, end)):
        text = number(report_forward_passes, "+.2g").translate(DRAWN)
        pen.text((GAP + share * (SIDE - small.getlength(text)), bar + BAR + 2), text, fill=FAINT, font=small)
    for line, note in enumerate(notes):
        pen.text((GAP, bar + BAR + LINE + GAP + line * LINE), note, fill=INK, font=small)
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()


def _wrapped(text: str, width: float, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> list[str]:
    """Lines no wider than `width` pixels."""
    lines: list[str] = []
    for word in text.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def to_html(found: Found, drawing: Drawing, reading: str) -> str:
    """A page that needs nothing else: overlays, scale, every weight with its interval, and the manifests."""
    end = limit(list(found.values()))
    figures = "".join(
        f"<figure><h3>{html.escape(one.title)}</h3>{picture_tag(drawing.picture(one, end), f'weights: {one.title}')}"
        f"<figcaption>{html.escape(_facts(one))}</figcaption></figure>"
        for one in found.values()
    )
    records = rows(found)
    heads = "".join(f"<th>{name}</th>" for name in records[0])
    table = "".join(f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row.values())}</tr>" for row in records)
    manifests = json.dumps({name: dict(one.manifest) for name, one in found.items()}, indent=2, ensure_ascii=False)
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>LIME: {html.escape(reading)}</title>"
        f"<style>{STYLE}</style><h1>LIME under {len(found)} masking methods</h1><p>{html.escape(reading)}</p>"
        f"<div class='row'>{figures}</div>{scale(end, drawing)}<p>{FIT}</p>"
        f"<h2>Weights</h2><table><thead><tr>{heads}</tr></thead><tbody>{table}</tbody></table>"
        f"<h2>Manifest</h2><pre>{html.escape(manifests)}</pre></html>"
    )


def _cell(value: object) -> str:
    return f"{value:+.4f}" if isinstance(value, float) else html.escape(str(value))
