"""Explanations set against one another: do they agree, and does the answer follow them?"""

import html
from collections.abc import Mapping
from itertools import combinations

import plotly.graph_objects as go
import streamlit as st

from masking.attribution import CrossEvaluation, LimeExplanation, cross_evaluate
from masking.measures import MEASURES
from masking.methods import METHODS
from pages.ui import links
from pages.ui.errors import sentence
from pages.ui.figures import CONFIG
from pages.ui.jobs import Job, long_jobs, show_progress
from pages.ui.layer_cards import number
from pages.ui.leakage_figures import COLOURS, HEIGHT, MARGIN
from pages.ui.lime_asked import Asked

REFEREE = "referee"
AGREEMENT = ("rank_correlation", "top_overlap", "sign_agreement")
COUNTED = {"top_overlap"}
"""Measures that want to know how many segments to look at."""
TOP = 5


def compared(asked: Asked, found: Mapping[str, LimeExplanation], about: str) -> CrossEvaluation | None:
    """The agreement of all pairs, and ablation on demand."""
    st.subheader("Do the methods agree?", anchor=False)
    if len(found) > 1:
        _agreement(list(found.values()))
    else:
        st.caption("Run a second method to see whether it agrees.")
    return _ablation(asked, found, about)


def _agreement(found: list[LimeExplanation]) -> None:
    """One row per pair of methods, one column per measure."""
    top = {"k": min(TOP, len(found[0].coefficients))}
    heads = "".join(
        f"<th scope='col' title='{html.escape(MEASURES[name].meaning, quote=True)}'>{MEASURES[name].title}"
        f"<small>{html.escape(MEASURES[name].unit)}{', k = {k}'.format(**top) if name in COUNTED else ''}</small></th>"
        for name in AGREEMENT
    )
    rows = ""
    for first, second in combinations(found, 2):
        pair = first.coefficients, second.coefficients
        values = [MEASURES[name].function(*pair, **(top if name in COUNTED else {})) for name in AGREEMENT]
        cells = "".join(f"<td class='mx-number'><b>{number(value, '.2f')}</b></td>" for value in values)
        rows += f"<tr><th scope='row'>{html.escape(f'{first.title} and {second.title.lower()}')}</th>{cells}</tr>"
    st.html(
        "<div class='mx-matrix' tabindex='0'><table class='mx-table mx-agreement'>"
        f"<thead><tr><th></th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _ablation(asked: Asked, found: Mapping[str, LimeExplanation], about: str) -> CrossEvaluation | None:
    """The Ablate button, its progress, and the curves."""
    key = f"ablation {about}"

    def work(job: Job) -> CrossEvaluation:
        referees = {name: asked.methods[name] for name in found}
        return cross_evaluate(
            asked.classifier, found, referees, on_verdict=lambda done, total: job.step(done / total, "hiding segments")
        )

    left, right = st.columns([1, 5], vertical_alignment="center", gap="medium")
    pressed = left.button("Ablate", icon=":material/stacked_line_chart:", key="ablate", width="stretch")
    right.caption(
        "Hides segments, heaviest first, and watches the probability: it should fall at once. Every explanation is "
        "judged under every method, since one judged only by its own has brought its own referee."
    )
    if pressed:
        if (old := long_jobs().get(key)) is not None and old.error:
            long_jobs().forget(key)
        long_jobs().start(key, "Ablating", work).wait(0.5)
    job = long_jobs().get(key)
    if job is None:
        return None
    if not job.finished:
        show_progress(job, "ablating")
    elif job.error:
        st.info(sentence(ValueError(job.error)))
    else:
        _verdicts(job.result)
    return job.result


def _verdicts(found: CrossEvaluation) -> None:
    referees = found.referees
    links.choice(REFEREE, referees, referees[-1], "referee")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        chosen = st.segmented_control(
            "Hidden by", referees, format_func=lambda name: METHODS[name].title, key=REFEREE, required=True,
            persist_state="session", help="The referee: the method by which segments are hidden",
        )  # fmt: skip
        links.keep(REFEREE, referees[-1])
        alt = f"Probability against the share of the picture hidden by {METHODS[chosen].title}, by explanation"
        st.plotly_chart(ablation_figure(found, chosen), config=CONFIG, key="ablation-chart", alt=alt)
    with right:
        _matrix(found)


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
    """Probability against the hidden share, heaviest (solid) or lightest (dotted) segments first."""
    figure = go.Figure()
    for name, colour in zip(found.explained, COLOURS, strict=False):
        verdict = found.verdicts[name, referee]
        for curve, dash, first in ((verdict.most_first, "solid", "heaviest"), (verdict.least_first, "dot", "lightest")):
            figure.add_scatter(
                x=(100 * curve.hidden).tolist(), y=(100 * curve.probability).tolist(), mode="lines",
                line={"color": colour, "dash": dash}, name=METHODS[name].title, legendgroup=name,
                showlegend=dash == "solid",
                hovertemplate=f"%{{y:.1f}} %, {first} first<extra>{METHODS[name].title}</extra>",
            )  # fmt: skip
    figure.update_xaxes(title="hidden (% of the picture)", range=[0, 100])
    figure.update_yaxes(range=[0, 102])
    title = "Probability (%): solid, heaviest hidden first; dotted, lightest first"
    figure.update_layout(
        template="plotly", height=HEIGHT, margin=MARGIN, title={"text": title, "font": {"size": 15}},
        legend={"orientation": "h", "y": -0.25},
    )  # fmt: skip
    return figure
