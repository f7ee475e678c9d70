"""Does the answer follow the explanation? Segments are hidden in its order, under every method."""

import html
from collections.abc import Mapping
from dataclasses import replace

import plotly.graph_objects as go
import streamlit as st

from masking.attribution import CrossEvaluation, LimeExplanation, cross_evaluate
from masking.attribution.ablation import Ablation
from masking.masks.shares import share_text
from masking.measures import MEASURES
from pages.components.charts import CONFIG, MARGIN, legend_at_bottom, line_options, method_styles, set_layout
from pages.components.method_names import method_title
from pages.components.numbers import number
from pages.lime.request import RUNNING, SLOT, LimeRequest
from pages.shell import links
from pages.shell.errors import as_sentence
from pages.shell.jobs import PATIENCE_SECONDS, Job, long_jobs, show_progress

REFEREE = "referee"
AREAS = ("deletion", "insertion")
ORDERS = {
    "most_first": ("solid", "segments for the class first"),
    "least_first": ("dot", "segments against the class first"),
}
"""Dash and order in words, by name of the curve; the sign of a weight counts."""


def ablation_key(key: str) -> str:
    """Return the key of the ablation job of the explanations with this key."""
    return f"ablation {key}"


def show_ablation(
    request: LimeRequest, explanations: Mapping[str, LimeExplanation], key: str
) -> CrossEvaluation | None:
    """Show the Ablate button, its progress and the curves; return the evaluation if there is one."""
    key = ablation_key(key)

    def work(job: Job) -> CrossEvaluation:
        referees = {name: request.methods[name] for name in explanations}
        return cross_evaluate(
            request.classifier,
            explanations,
            referees,
            on_verdict=lambda done, total: job.step(done / total, "hiding segments"),
        )

    st.subheader("Does the answer follow the explanation?", anchor=False)
    st.caption(
        "This test hides one segment after the other, those that speak most for the class first. If the explanation "
        "is right, the probability falls at once. Every method hides the segments of every explanation, because an "
        "explanation looks better when its own method judges it."
    )
    pressed = st.button("Hide segment by segment", icon=":material/stacked_line_chart:", key="ablate")
    if pressed:
        if (earlier := long_jobs().get(key, SLOT)) is not None and earlier.error:
            long_jobs().forget(key, SLOT)
        long_jobs().start(key, "Ablating", work, slot=SLOT).wait(PATIENCE_SECONDS)
    job = long_jobs().join(key, SLOT)
    if job is None:
        return None
    if not job.finished:
        target = next(iter(explanations.values())).short_category
        st.session_state.setdefault(RUNNING, {}).setdefault(key, {**request.summary, "target": target})
        show_progress(job, "ablating")
    elif job.error:
        st.info(as_sentence(job.error))
    else:
        _show_evaluation(job.result)
    return job.result


def _show_evaluation(evaluation: CrossEvaluation) -> None:
    referees = evaluation.referees
    links.url_choice(REFEREE, referees, referees[-1], "referee")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        referee = st.segmented_control(
            "Segments hidden by", referees, format_func=method_title, key=REFEREE, required=True,
            persist_state="session", help="The referee: the method that hides the segments in this test",
        ) or referees[-1]  # fmt: skip
        links.write_to_url(REFEREE, referees[-1])
        alt = f"Probability against the share of the picture hidden by {method_title(referee)}, by explanation"
        st.plotly_chart(ablation_figure(evaluation, referee), config=CONFIG, key="ablation-chart", alt=alt)
    with right:
        _show_matrix(evaluation)
    _show_areas(evaluation, referee)


def _show_areas(evaluation: CrossEvaluation, referee: str) -> None:
    """Show the areas under both curves, and how long the prediction stays, under one referee."""
    heads = "".join(
        f"<th scope='col' title='{html.escape(MEASURES[name].meaning, quote=True)}'>{MEASURES[name].title}"
        f"<small>{MEASURES[name].unit}; {MEASURES[name].better} is better</small></th>"
        for name in AREAS
    )
    rows = ""
    for name in evaluation.explained:
        verdict = evaluation.verdicts[name, referee]
        areas = "".join(f"<td class='mx-number'>{number(getattr(verdict, area), '.2f')}</td>" for area in AREAS)
        kept = f"<td class='mx-number'>{describe_kept(verdict.most_first)}</td>"
        rows += f"<tr><th scope='row'>{html.escape(method_title(name))}</th>{areas}{kept}</tr>"
    hider = html.escape(method_title(referee).lower())
    st.html(
        f"<p class='mx-legend'><b>Areas under the curves</b> when {hider} hides the segments. "
        "“Prediction kept” is the share of the picture that can be hidden, segments for the class first, before the "
        "predicted class changes. One row per explanation.</p>"
        f"<div class='mx-matrix' tabindex='0'><table class='mx-table mx-areas'><thead><tr><td></td>{heads}"
        "<th scope='col'>Prediction kept<small>% of the picture; lower is better</small></th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def describe_kept(curve: Ablation) -> str:
    """Return the hidden share up to which the prediction does not change, in words."""
    steps = int(curve.kept.long().cumprod(0).sum())
    if steps == len(curve.hidden):
        return "to the end"
    return f"up to {share_text(float(curve.hidden[steps - 1]), 0)}" if steps > 1 else "lost at the first step"


def _show_matrix(evaluation: CrossEvaluation) -> None:
    """Show how far apart the two curves lie, one row per explanation, one column per referee."""
    measure = MEASURES["separation"]
    heads = "".join(f"<th scope='col'>{html.escape(method_title(name))}</th>" for name in evaluation.referees)
    values = evaluation.matrix().tolist()
    best = [max(column) for column in zip(*values, strict=True)]
    rows = ""
    for name, row in zip(evaluation.explained, values, strict=True):
        cells = "".join(
            f"<td class='mx-number'>{f'<b>{text}</b>' if value == top else text}</td>"
            for value, text, top in zip(row, (number(value, "+.2f") for value in row), best, strict=True)
        )
        rows += f"<tr><th scope='row'>{html.escape(method_title(name))}</th>{cells}</tr>"
    st.html(
        f"<p class='mx-legend'><b>{measure.title}</b>, {html.escape(measure.unit)}, {measure.better} is better: "
        f"{html.escape(measure.meaning)} One row per explanation, one column per method that hides the segments. "
        "Bold: best of its column.</p>"
        "<div class='mx-matrix' tabindex='0'><table class='mx-table mx-verdicts'>"
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def ablation_figure(evaluation: CrossEvaluation, referee: str) -> go.Figure:
    """Draw the probability against the hidden share, with a solid and a dotted line per explanation."""
    figure = go.Figure()
    for name, style in method_styles(evaluation.explained).items():
        title = method_title(name)
        for order, (dash, words) in ORDERS.items():
            curve: Ablation = getattr(evaluation.verdicts[name, referee], order)
            figure.add_scatter(
                x=(100 * curve.hidden).tolist(), y=(100 * curve.probability).tolist(),
                **line_options(replace(style, dash=dash), size=6), name=title, legendgroup=name,
                showlegend=dash == "solid", hovertemplate=f"%{{y:.1f}} %, {words}<extra>{title}</extra>",
            )  # fmt: skip
    figure.update_xaxes(title="hidden (% of the picture)", range=[0, 100])
    figure.update_yaxes(range=[0, 102])
    lines = "; ".join(f"{'dotted' if dash == 'dot' else dash}: {words}" for dash, words in ORDERS.values())
    title = f"Probability (%)<br><sub>{lines}</sub>"
    return set_layout(figure, title, margin=MARGIN | {"t": 65}, legend=legend_at_bottom())
