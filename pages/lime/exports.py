"""Files with what LIME found under several methods: sheets, tables, arrays, an HTML page; and the command line."""

import io
import json
import shlex
import zipfile
from collections.abc import Mapping

import numpy as np
import streamlit as st

from masking.attribution import CrossEvaluation, LimeExplanation, LimeSettings
from masking.image import to_png
from masking.models.categories import class_text
from masking.registry.params import params
from masking.registry.parsing import format_entry
from masking.results import tables
from masking.results.html_page import HtmlPage, html_figure
from masking.results.sheet import Layout
from masking.segments import SEGMENTATIONS
from pages.components.exports import Download, file_name, show_downloads, show_link
from pages.components.method_names import file_word
from pages.components.numbers import number, percent
from pages.lime.cards import Drawing, scale_picture
from pages.lime.request import LimeRequest
from pages.lime.sheet import COLOURS_MEAN, describe_run, draw_sheet
from pages.lime.text import judge_fit, position, scale_limit
from pages.pickers.picture import picture_path, picture_title

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
    title = picture_title(request.picture)
    first = next(iter(explanations.values()))
    about = describe_run(explanations, title, request.classifier, request.segments)
    parts = title, first.short_category, next(iter(explanations)) if len(explanations) == 1 else ""

    def named(ending: str, what: str = "lime") -> str:
        return file_name(what, *parts, ending=ending)

    def layout() -> Layout:
        return draw_sheet(explanations, drawing, findings, about)

    files: list[Download] = [
        ("PNG", lambda: layout().to_png(), named("png"), "image/png"),
        ("SVG", lambda: layout().to_svg(findings), named("svg"), "image/svg+xml"),
        ("HTML", lambda: to_html(explanations, drawing, findings, about), named("html"), "text/html"),
        ("CSV", lambda: to_csv(explanations), named("csv"), "text/csv"),
        ("JSON", lambda: to_json(explanations, findings), named("json"), "application/json"),
        ("NPZ", lambda: to_npz(explanations), named("npz"), "application/octet-stream"),
        ("SVG outlines", lambda: to_svgs(explanations), named("zip", "lime-outlines"), "application/zip"),
    ]
    if evaluation is not None:
        files.append(("Ablation CSV", evaluation.to_csv, named("csv", "lime-ablation"), "text/csv"))
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
            arrays |= {f"{file_word(name)}/{array}": loaded[array] for array in loaded.files}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def to_svgs(explanations: Explanations) -> bytes:
    """Return an archive with one SVG per method whose segments are areas, on the scale that they share."""
    limit, buffer = scale_limit(list(explanations.values())), io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, explanation in explanations.items():
            archive.writestr(zipfile.ZipInfo(f"lime-{file_word(name)}.svg"), explanation.to_svg(limit))
    return buffer.getvalue()


def to_html(explanations: Explanations, drawing: Drawing, findings: str, about: str) -> str:
    """Return a self-contained page: tinted pictures, scale, every weight with its interval, and the manifests."""
    limit = scale_limit(list(explanations.values()))
    first = next(iter(explanations.values()))
    page = HtmlPage(f"LIME: which segments speak for “{first.short_category}”?", findings)
    page.add_text(about)
    page.add_figures(_figure(explanation, drawing, limit) for explanation in explanations.values())
    ends = f"{number(-limit, '+.2g')} … 0 … {number(limit, '+.2g')}"
    colours = scale_picture(limit, drawing).repeat_interleave(3, 2)
    page.add_figures([html_figure("Effect on the probability", to_png(colours), f"colours from {ends}", [ends])])
    page.add_text(COLOURS_MEAN)
    page.add_text(judge_fit(explanations))
    page.add_heading("All weights")
    page.add_table([_weight(explanation, row) for explanation in explanations.values() for row in explanation.rows])
    page.add_manifest({explanation.title: dict(explanation.manifest) for explanation in explanations.values()})
    return page.to_html()


def _figure(explanation: LimeExplanation, drawing: Drawing, limit: float) -> str:
    strongest = [_segment_text(explanation, segment) for segment in drawing.strongest(explanation, limit)[:3]]
    captions = [
        f"“{explanation.short_category}” {percent(float(explanation.probabilities[0]))}",
        f"Strongest: {'; '.join(strongest) or 'none'}",
        f"R² in samples not fitted to: {number(explanation.r2_held_out, '.2f')}; {explanation.samples} samples",
    ]
    picture = to_png(drawing.picture(explanation, limit))
    return html_figure(explanation.title, picture, f"the picture tinted by weight, {explanation.title}", captions)


def _segment_text(explanation: LimeExplanation, segment: int) -> str:
    weight = number(float(explanation.coefficients[segment]), "+.2f")
    return f"{segment} ({position(explanation.segments, segment)}) {weight}"


def _weight(explanation: LimeExplanation, row: Mapping[str, object]) -> dict[str, str]:
    segment = int(str(row["segment"]))
    low, weight, high = (number(float(str(row[name])), "+.4f") for name in ("low", "coefficient", "high"))
    return {
        "Method": explanation.title, "Segment": f"{segment} ({position(explanation.segments, segment)})",
        "Rank": str(row["rank"]), "Weight": weight, "95 % interval": f"{low} … {high}", "Pixels": str(row["pixels"]),
    }  # fmt: skip


def commands(request: LimeRequest, explanations: Explanations) -> str:
    """Return the command line that makes each explanation again, one line per method."""
    return "\n".join(_command(request, name, explanation) for name, explanation in explanations.items())


def _command(request: LimeRequest, name: str, explanation: LimeExplanation) -> str:
    settings, made_by = explanation.settings, request.segments.made_by
    options = {
        "classifier": request.classifier.name,
        "method": format_entry(name.partition(":")[0], request.methods[name]),
        "segments": "labels.png" if made_by is None else format_entry(SEGMENTATIONS.name_of(made_by), made_by),
        "samples": settings.samples,
        "seed": settings.seed,
        "target": class_text(explanation.target, request.classifier.categories),
    }
    values = {declared.name: (getattr(settings, declared.name), declared.default) for declared in params(LimeSettings)}
    options |= {option: value for option, (value, default) in values.items() if value != default}
    options |= {"most": explanation.most} if explanation.most else {}
    options |= {"device": request.classifier.device, "out": f"{file_word(name)}.png"}
    words = ["python", "-m", "masking", "lime", picture_path(request.picture)]
    for option, value in options.items():
        words += [f"--{option.replace('_', '-')}", str(value)]
    return shlex.join(words)
