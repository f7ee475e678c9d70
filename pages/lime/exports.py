"""Files with what LIME found under several methods: picture, tables, arrays, an HTML page; and the command line."""

import html
import io
import json
import shlex
import zipfile
from collections.abc import Mapping

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw, ImageFont

from masking.attribution import CrossEvaluation, LimeExplanation
from masking.image import to_picture
from masking.models.categories import class_text
from masking.registry.parsing import format_entry
from masking.results import tables
from masking.segments import SEGMENTATIONS
from pages.components.cards import picture_tag
from pages.components.exports import Download, show_downloads, show_link
from pages.components.numbers import number, percent
from pages.lime.cards import Drawing, scale, scale_picture
from pages.lime.form import FIT_PARAMS
from pages.lime.request import LimeRequest
from pages.lime.text import judge_fit, scale_limit
from pages.pickers.picture import picture_path

SIDE, GAP, LINE, BAR = 256, 16, 18, 10
INK, FAINT = "#1b1f24", "#5b6470"
IN_PILLOW_FONT = str.maketrans({"²": "2", "−": "-", "–": "-"})
"""Characters that Pillow's own font lacks, with their substitutes."""
STYLE = (
    "body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b1f24}"
    ".row{display:flex;flex-wrap:wrap;gap:1rem}figure{margin:0}img{width:256px;image-rendering:pixelated;display:block}"
    "table{border-collapse:collapse;font-size:13px}td,th{padding:2px 12px 2px 0;text-align:right;"
    "border-bottom:1px solid #ddd}pre{font-size:12px;white-space:pre-wrap}"
    ".mx-scale{max-width:24rem;font-size:13px}.mx-scale i{display:block;height:12px}"
    ".mx-scale p{display:flex;justify-content:space-between;margin:0}"
)
Explanations = Mapping[str, LimeExplanation]
"""Explanations by name of the method."""


def show_exports(
    request: LimeRequest,
    explanations: Explanations,
    drawing: Drawing,
    findings: str,
    evaluation: CrossEvaluation | None,
) -> None:
    """Show the row of downloads; each file is made when somebody asks for it."""
    files: list[Download] = [
        ("PNG", lambda: to_png(explanations, drawing, findings), "lime.png", "image/png"),
        ("SVG", lambda: to_svg(explanations), "lime-svg.zip", "application/zip"),
        ("CSV", lambda: to_csv(explanations), "lime.csv", "text/csv"),
        ("JSON", lambda: to_json(explanations, findings), "lime.json", "application/json"),
        ("NPZ", lambda: to_npz(explanations), "lime.npz", "application/octet-stream"),
        ("HTML", lambda: to_html(explanations, drawing, findings), "lime.html", "text/html"),
    ]
    if evaluation is not None:
        files.append(("Ablation CSV", evaluation.to_csv, "ablation.csv", "text/csv"))
    with st.container(horizontal=True):
        show_link("picture, classifier, methods, segments, samples, fit, most segments, target class and drawing")
        show_downloads(files)
        with st.popover("Command", icon=":material/terminal:"):
            st.caption(
                "These commands make the same explanations. Run them in the folder of this project. "
                "Save a photograph, uploads and own weights there first."
            )
            st.code(commands(request, explanations), language="bash", wrap_lines=True)


def rows(explanations: Explanations) -> list[dict[str, object]]:
    """Return one flat record per method and segment."""
    return [
        {"method": name, "category": explanation.category, **row}
        for name, explanation in explanations.items()
        for row in explanation.rows
    ]


def to_csv(explanations: Explanations) -> str:
    """Return the rows as a CSV table."""
    return tables.to_csv(rows(explanations))


def to_json(explanations: Explanations, findings: str) -> str:
    """Return facts, weights and manifest of every method as JSON text."""
    methods = {name: json.loads(explanation.to_json()) for name, explanation in explanations.items()}
    return json.dumps({"reading": findings, "methods": methods}, indent=2, ensure_ascii=False)


def to_npz(explanations: Explanations) -> bytes:
    """Return all arrays of every method, named `method/array`."""
    arrays = {}
    for name, explanation in explanations.items():
        with np.load(io.BytesIO(explanation.to_npz()), allow_pickle=False) as loaded:
            arrays |= {f"{name}/{array}": loaded[array] for array in loaded.files}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def to_svg(explanations: Explanations) -> bytes:
    """Return an archive with one SVG per method, on the scale that they share."""
    limit, buffer = scale_limit(list(explanations.values())), io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, explanation in explanations.items():
            archive.writestr(zipfile.ZipInfo(f"lime-{name}.svg"), explanation.to_svg(limit))
    return buffer.getvalue()


def _caption(explanation: LimeExplanation) -> str:
    fit, probability = number(explanation.r2_held_out, ".2f"), percent(float(explanation.probabilities[0]))
    return f"R² {fit}, {explanation.samples} samples, {explanation.category} {probability}"


def to_png(explanations: Explanations, drawing: Drawing, findings: str) -> bytes:
    """Return the tinted pictures in one row with the scale that they share, as on the page."""
    limit = scale_limit(list(explanations.values()))
    width = GAP + len(explanations) * (SIDE + GAP)
    large, small = ImageFont.load_default(15), ImageFont.load_default(13)
    lines = _wrap(findings.translate(IN_PILLOW_FONT), width - 2 * GAP, small)
    top, bar = GAP + LINE, GAP + 2 * LINE + SIDE + GAP
    canvas = Image.new("RGB", (width, bar + BAR + LINE + GAP + LINE * len(lines) + GAP // 2), "#ffffff")
    pen = ImageDraw.Draw(canvas)
    for column, explanation in enumerate(explanations.values()):
        left = GAP + column * (SIDE + GAP)
        picture = to_picture(drawing.picture(explanation, limit)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        pen.text((left, GAP // 2), explanation.title, fill=INK, font=large)
        canvas.paste(picture, (left, top))
        pen.text((left, top + SIDE + 4), _caption(explanation).translate(IN_PILLOW_FONT), fill=FAINT, font=small)
    canvas.paste(to_picture(scale_picture(limit, drawing)).resize((SIDE, BAR), Image.Resampling.NEAREST), (GAP, bar))
    for share, weight in ((0, -limit), (0.5, 0.0), (1, limit)):
        text = number(weight, "+.2g").translate(IN_PILLOW_FONT)
        pen.text((GAP + share * (SIDE - small.getlength(text)), bar + BAR + 2), text, fill=FAINT, font=small)
    for index, line in enumerate(lines):
        pen.text((GAP, bar + BAR + LINE + GAP + index * LINE), line, fill=INK, font=small)
    buffer = io.BytesIO()
    canvas.save(buffer, "PNG")
    return buffer.getvalue()


def _wrap(text: str, width: float, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> list[str]:
    """Split text into lines no wider than `width` pixels."""
    lines: list[str] = []
    for word in text.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def to_html(explanations: Explanations, drawing: Drawing, findings: str) -> str:
    """Return a self-contained page: tinted pictures, scale, every weight with its interval, and the manifests."""
    limit = scale_limit(list(explanations.values()))
    figures = "".join(
        f"<figure><h3>{html.escape(explanation.title)}</h3>"
        f"{picture_tag(drawing.picture(explanation, limit), f'weights: {explanation.title}')}"
        f"<figcaption>{html.escape(_caption(explanation))}</figcaption></figure>"
        for explanation in explanations.values()
    )
    records = rows(explanations)
    heads = "".join(f"<th>{name}</th>" for name in records[0])
    table = "".join(f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row.values())}</tr>" for row in records)
    manifests = {name: dict(explanation.manifest) for name, explanation in explanations.items()}
    manifest = json.dumps(manifests, indent=2, ensure_ascii=False)
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>LIME: {html.escape(findings)}</title>"
        f"<style>{STYLE}</style><h1>LIME under {len(explanations)} masking methods</h1><p>{html.escape(findings)}</p>"
        f"<div class='row'>{figures}</div>{scale(limit, drawing)}<p>{html.escape(judge_fit(explanations))}</p>"
        f"<h2>Weights</h2><table><thead><tr>{heads}</tr></thead><tbody>{table}</tbody></table>"
        f"<h2>Manifest</h2><pre>{html.escape(manifest)}</pre></html>"
    )


def _cell(value: object) -> str:
    return f"{value:+.4f}" if isinstance(value, float) else html.escape(str(value))


def commands(request: LimeRequest, explanations: Explanations) -> str:
    """Return the command line that makes each explanation again, one line per method."""
    return "\n".join(_command(request, name, explanation) for name, explanation in explanations.items())


def _command(request: LimeRequest, name: str, explanation: LimeExplanation) -> str:
    settings, made_by = explanation.settings, request.segments.made_by
    options = {
        "classifier": request.classifier.name,
        "method": format_entry(name, request.methods[name]),
        "segments": "labels.png" if made_by is None else format_entry(SEGMENTATIONS.name_of(made_by), made_by),
        "samples": settings.samples,
        "seed": settings.seed,
        "target": class_text(explanation.target, request.classifier.categories),
    }
    fit = {declared.name: (getattr(settings, declared.name), declared.default) for declared in FIT_PARAMS}
    options |= {option: value for option, (value, default) in fit.items() if value != default}
    options |= {"most": explanation.most} if explanation.most else {}
    options |= {"device": request.classifier.device, "out": f"{name}.png"}
    words = ["python", "-m", "masking", "lime", picture_path(request.picture)]
    for option, value in options.items():
        words += [f"--{option.replace('_', '-')}", str(value)]
    return shlex.join(words)
