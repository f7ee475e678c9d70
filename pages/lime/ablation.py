"""Does the answer follow the explanation? Segments are hidden in its order, under every method."""

import html
from collections.abc import Mapping

import plotly.graph_objects as go
import streamlit as st

from masking.attribution import CrossEvaluation, LimeExplanation, cross_evaluate
from masking.attribution.ablation import Ablation
from masking.measures import MEASURES
from masking.methods import METHODS
from pages.compare.figures import CONFIG
from pages.layers.cards import number
from pages.leakage.figures import COLOURS, HEIGHT, MARGIN
from pages.lime.request import RUNNING, LimeRequest
from pages.shell import links
from pages.shell.errors import as_sentence
from pages.shell.jobs import Job, long_jobs, show_progress

REFEREE = "referee"
AREAS = ("deletion", "insertion")
ORDERS = {"most_first": ("solid", "most for the class first"), "least_first": ("dot", "most against it first")}
"""By curve: its dash, and the order in words; the sign of a weight counts."""


def ablation_key(about: str) -> str:
    """Names the ablation of explanations."""
    return f"ablation {about}"


def ablated(asked: LimeRequest, found: Mapping[str, LimeExplanation], about: str) -> CrossEvaluation | None:
    """The Ablate button, its progress, and the curves."""
    key = ablation_key(about)

    def work(job: Job) -> CrossEvaluation:
        referees = {name: asked.methods[name] for name in found}
        return cross_evaluate(
            asked.classifier, found, referees, on_verdict=lambda done, total: job.step(done / total, "hiding segments")
        )

    left, right = st.columns([1, 5], vertical_alignment="center", gap="medium")
    pressed = left.button("Ablate", icon=":material/stacked_line_chart:", key="ablate", width="stretch")
    right.caption(
        "Hides segments, those first that speak most for the class (by signed weight), and watches the probability: it "
        "should fall at once. Every explanation is judged under every method, since one judged only by its own has "
        "brought its own referee."
    )
    if pressed:
        if (old := long_jobs().get(key)) is not None and old.error:
            long_jobs().forget(key)
        target = next(iter(found.values())).category
        st.session_state.setdefault(RUNNING, {})[key] = {**asked.differs, "target": target}
        long_jobs().start(key, "Ablating", work).wait(0.5)
    job = long_jobs().get(key)
    if job is None:
        return None
    if not job.finished:
        show_progress(job, "ablating")
    elif job.error:
        st.info(as_sentence(job.error))
    else:
        _verdicts(job.result)
    return job.result


def _verdicts(found: CrossEvaluation) -> None:
    referees = found.referees
    links.url_choice(REFEREE, referees, referees[-1], "referee")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        chosen = st.segmented_control(
            "Hidden by", referees, format_func=lambda name: METHODS[name].title, key=REFEREE, required=True,
            persist_state="session", help="The referee: the method by which segments are hidden",
        )  # fmt: skip
        links.write_to_url(REFEREE, referees[-1])
        alt = f"Probability against the share of the picture hidden by {METHODS[chosen].title}, by explanation"
        st.plotly_chart(ablation_figure(found, chosen), config=CONFIG, key="ablation-chart", alt=alt)
    with right:
        _matrix(found)
    _areas(found, chosen)


def _areas(found: CrossEvaluation, referee: str) -> None:
    """The areas under both curves, and how long the prediction is kept, under one referee."""
    heads = "".join(
        f"<th scope='col' title='{html.escape(MEASURES[name].meaning, quote=True)}'>{MEASURES[name].title}"
        f"<small>{MEASURES[name].unit}; {MEASURES[name].better} is better</small></th>"
        for name in AREAS
    )
    rows = ""
    for name in found.explained:
        verdict = found.verdicts[name, referee]
        areas = "".join(f"<td class='mx-number'>{number(getattr(verdict, area), '.2f')}</td>" for area in AREAS)
        until = f"<td class='mx-number'>{kept(verdict.most_first)}</td>"
        rows += f"<tr><th scope='row'>{METHODS[name].title}</th>{areas}{until}</tr>"
    st.html(
        f"<p class='mx-legend'><b>Areas under the curves</b>, hidden by {METHODS[referee].title.lower()}. "
        "Prediction kept: up to which share of the picture hidden, most for the class first, the predicted class is "
        "that of the whole picture. Rows: explained under.</p>"
        f"<div class='mx-matrix' tabindex='0'><table class='mx-table mx-areas'><thead><tr><th></th>{heads}"
        "<th scope='col'>Prediction kept<small>% of the picture; lower is better</small></th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def kept(curve: Ablation) -> str:
    """Up to which hidden share the prediction has not changed yet, in words."""
    steps = int(curve.kept.long().cumprod(0).sum())
    if steps == len(curve.hidden):
        return "to the end"
    return f"up to {float(curve.hidden[steps - 1]):.0%}" if steps > 1 else "lost at the first step"


def _matrix(found: CrossEvaluation) -> None:
    """How far the two curves lie apart, explanation by referee."""
    measure = MEASURES["separation"]
    heads = "".join(f"<th scope='col'>{METHODS[name].title}</th>" for name in found.referees)
    values = found.matrix().tolist()
    best = [max(column) for column in zip(*values, strict=True)]
    rows = ""
    for name, row in zip(found.explained, values, strict=True):
        cells = "".join(
            f"<td class='mx-number'>{'<b>' if value == top else ''}{number(value, '+.2f')}</td>"
            for value, top in zip(row, best, strict=True)
        )
        rows += f"<tr><th scope='row'>{METHODS[name].title}</th>{cells}</tr>"
    st.html(
        f"<p class='mx-legend'><b>{measure.title}</b>, {html.escape(measure.unit)}, {measure.better} is better: "
        f"{html.escape(measure.meaning)} Rows: explained under; columns: hidden by. Bold: best of its column.</p>"
        "<div class='mx-matrix' tabindex='0'><table class='mx-table mx-verdicts'>"
        f"<thead><tr><th></th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def ablation_figure(found: CrossEvaluation, referee: str) -> go.Figure:
    """Probability against the hidden share; solid: what speaks most for the class is hidden first, dotted: against."""
    figure = go.Figure()
    for name, colour in zip(found.explained, COLOURS, strict=False):
        for order, (dash, words) in ORDERS.items():
            curve: Ablation = getattr(found.verdicts[name, referee], order)
            figure.add_scatter(
                x=(100 * curve.hidden).tolist(), y=(100 * curve.probability).tolist(), mode="lines",
                line={"color": colour, "dash": dash}, name=METHODS[name].title, legendgroup=name,
                showlegend=dash == "solid", hovertemplate=f"%{{y:.1f}} %, {words}<extra>{METHODS[name].title}</extra>",
            )  # fmt: skip
    figure.update_xaxes(title="hidden (% of the picture)", range=[0, 100])
    figure.update_yaxes(range=[0, 102])
    title = f"Probability (%)<br><sub>solid: {ORDERS['most_first'][1]}; dotted: {ORDERS['least_first'][1]}</sub>"
    figure.update_layout(
        template="plotly", height=HEIGHT, margin=MARGIN | {"t": 65}, title={"text": title, "font": {"size": 15}},
        legend={"orientation": "h", "y": -0.25},
    )  # fmt: skip
    return figure
