"""The LIME page: the picture's segments on one side, what each is worth under every method on the other."""

import html
from dataclasses import replace

import streamlit as st
from PIL import Image
from torch import Tensor

from masking.attribution import LimeExplanation
from masking.attribution.lime_designs import draw_samples
from masking.masks.mask import Mask
from masking.methods import Method
from masking.models.classifier import Classifier
from pages.components.cards import picture_tag
from pages.components.method_names import method_title
from pages.lime.ablation import ablation_key
from pages.lime.cards import SIGNS, Drawing, show_explanations
from pages.lime.comparison import show_comparison
from pages.lime.evidence import Samples, render_evidence, render_masked, show_evidence
from pages.lime.exports import show_exports
from pages.lime.form import TARGET, pick_request
from pages.lime.request import RUNNING, LimeRequest, watch, watch_earlier
from pages.lime.segments import SEGMENT, SELECTED, pick_segments
from pages.lime.text import describe_stability, findings, first_segment, rank_segments, segment_name
from pages.mask_editor.panel import EDITOR_WIDTH
from pages.pickers.picture import picture_credit, picture_name, prepare_picture
from pages.shell import links
from pages.shell.errors import as_sentence, escape_markdown
from pages.shell.jobs import Job, run_in_background

THRESHOLD, SIGN, OPACITY = "threshold", "sign", "opacity"
WEAKEST = "Hide weights below (% of the scale)"


@st.fragment
def lime_page(classifier: Classifier, picture: Image.Image, methods: dict[str, Method]) -> None:
    """Draw the page below the pickers; a fragment, so that its widgets do not redraw the pickers."""
    image = prepare_picture(classifier, picture)
    with st.container(horizontal=True, gap="medium", key="bench"):
        with st.container(width=EDITOR_WIDTH, key="segment-editor"):
            segments = pick_segments(classifier, image)
            st.caption(escape_markdown(f"Picture: {picture_credit(picture_name())}."))
        with st.container(key="answers"):
            request, drawing = pick_request(classifier, image, segments, methods), _read_drawing()
            line = st.container()
            visible = set() if request is None else _show_answers(request, drawing)
            with line:
                watch_earlier(visible, {} if request is None else request.summary)


def _show_answers(request: LimeRequest, drawing: Drawing) -> set[str]:
    """Show a sample, the progress, or the explanations; return the keys of the jobs that the page shows."""
    jobs = request.jobs()
    visible = {request.key(name) for name in request.methods}
    if not jobs:
        _show_example(request)
    elif all(job.finished for job in jobs.values()):
        visible |= _show_results(request, drawing)
    else:
        watch(request, st.session_state[TARGET], drawing)
        _pick_drawing()
    return visible


def _show_example(request: LimeRequest) -> None:
    """Show one sample as the model would see it under each method, before the first run."""
    settings = request.settings
    kept = draw_samples(2, request.segments.count, settings.seed, settings.sampling)[1]
    times = f"{'up to ' if settings.until_stable else ''}{settings.samples} times"
    mask = Mask(kept[request.segments.labels][None, None])

    def work(job: Job) -> dict[str, Tensor]:
        del job
        return {
            name: render_masked(method, request.classifier, request.image, mask)
            for name, method in request.methods.items()
        }

    keys = [request.key(name) for name in request.methods]
    pictures = run_in_background(f"sample {keys}", "Preparing a sample", work) or {}
    cards = "".join(
        f"<div class='mx-card' role='listitem'><h3>{html.escape(method_title(name))}</h3>"
        f"{picture_tag(picture, f'one sample as the model sees it under {method_title(name)}')}</div>"
        for name, picture in pictures.items()
    )
    st.html(
        "<p class='mx-reading' role='status'>Which parts of the picture speak for the answer? Run hides random "
        f"segments {times} under each method. In this sample, {int(kept.sum())} of "
        f"{request.segments.count} segments are visible:</p>"
        f"<div class='mx-cards mx-sample' role='list' aria-label='A sample by masking method'>{cards}</div>"
    )


def _show_results(request: LimeRequest, drawing: Drawing) -> set[str]:
    """Show the explanations with intervals, one segment's evidence, and the comparison of methods.

    Returns the keys of further jobs that the page shows.
    """
    jobs, explanations = request.jobs(), request.explanations(st.session_state[TARGET])
    visible = {request.key(name) for name in request.methods}
    notes = {name: _note(explanation) for name, explanation in explanations.items()}
    failed = {name: job for name, job in jobs.items() if job.error and not job.cancelled}
    missing = [method_title(name) for name in request.methods if name not in explanations and name not in failed]
    for job in failed.values():
        st.error(f"{job.title}: {as_sentence(job.error)}", icon=":material/error:")
    if missing:
        st.info(f"No result yet: {', '.join(missing)}. Press Run.", icon=":material/play_arrow:")
    if not explanations:
        return set()
    parts = [
        (request.key(name), explanation.samples, explanation.target, explanation.settings, explanation.most)
        for name, explanation in explanations.items()
    ]
    key = f"{parts}"
    further = {ablation_key(key)}

    def compute_intervals(job: Job) -> dict[str, LimeExplanation]:
        for index, explanation in enumerate(explanations.values()):
            job.step(index / len(explanations), explanation.title)
            _ = explanation.interval, explanation.r2_held_out  # slow: computed here, cached for the page
        return explanations

    settled: dict[str, LimeExplanation] | None = run_in_background(
        f"intervals {key}", "Computing intervals", compute_intervals
    )
    if settled is None:
        show_explanations(explanations, drawing, settled=False, notes=notes)
        _pick_drawing()
        return further
    order = [str(segment) for segment in rank_segments(list(settled.values()))]
    named = first_segment(settled)
    first = str(named)
    _set_default_segment(order, first)
    drawing = replace(drawing, named=named)
    sentence = findings(settled, drawing.outlined)
    st.html(f"<p class='mx-reading' role='status'>{html.escape(sentence)}</p>")
    show_explanations(settled, drawing, settled=True, notes=notes)
    if not visible & set(st.session_state.get(RUNNING, {})):
        st.caption("This was computed earlier on this machine, with exactly these settings.")
    _pick_drawing()
    _pick_evidence(request, settled, order, first, key)
    evaluation = show_comparison(request, settled, key)
    show_exports(request, settled, replace(drawing, outlined=named), findings(settled), evaluation)
    return further


def _note(explanation: LimeExplanation) -> str:
    if explanation.samples < explanation.settings.samples and not explanation.stopped:
        return f"Partial: cancelled after {explanation.samples} of {explanation.settings.samples} samples."
    return describe_stability(explanation)


def _set_default_segment(order: list[str], first: str) -> None:
    """Select the first segment until the user selects one; rerun if it changes, so that the canvas shows it too."""
    state = st.session_state
    before = state.get(SEGMENT)
    if before is None and st.query_params.get(SEGMENT) in order:
        state[SELECTED] = True
    links.url_choice(SEGMENT, order, first, "segment")
    if not state.get(SELECTED):
        state[SEGMENT] = first
    if state[SEGMENT] != before:
        st.rerun()


def _pick_evidence(
    request: LimeRequest, explanations: dict[str, LimeExplanation], order: list[str], first: str, key: str
) -> None:
    """Show one segment's weights and the samples behind them."""
    labels = request.segments.labels

    def remember_selection() -> None:
        st.session_state[SELECTED] = True

    st.subheader("Why does a segment have its weight?", anchor=False)
    selected = st.selectbox(
        "Segment", order, key=SEGMENT, on_change=remember_selection, persist_state="session", width=320,
        format_func=lambda segment: segment_name(labels, int(segment)).capitalize(),
        help="The largest weight under any method comes first. You can also click a segment in the picture.",
    )  # fmt: skip
    links.write_to_url(SEGMENT, first)

    def render(job: Job) -> dict[str, Samples]:
        samples = {}
        for index, (name, explanation) in enumerate(explanations.items()):
            job.step(index / len(explanations), explanation.title)
            samples[name] = render_evidence(explanation, request.methods[name], request.classifier, int(selected))
        return samples

    samples = run_in_background(f"evidence {selected} {key}", "Looking up samples", render)
    if samples is not None:
        show_evidence(explanations, samples, int(selected))


def _read_drawing() -> Drawing:
    """Return how weights are drawn, as the controls below the cards are set."""
    state = st.session_state
    links.url_number(THRESHOLD, 0, 0, 95)
    links.url_choice(SIGN, list(SIGNS), "both", "sign of weights")
    links.url_number(OPACITY, 100, 0, 100)
    selected = state.get(SEGMENT, "")
    return Drawing(state[THRESHOLD] / 100, state[SIGN], state[OPACITY] / 100, int(selected) if selected else None)


def _pick_drawing() -> None:
    """Draw the controls of how weights are drawn; none of them computes anything."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="drawing-row"):
        st.slider(WEAKEST, 0, 95, step=5, key=THRESHOLD, persist_state="session", width=260)
        st.segmented_control(
            "Show", list(SIGNS), format_func=SIGNS.__getitem__, key=SIGN, required=True, persist_state="session",
            help="Segments that speak for the class, against it, or both",
        )  # fmt: skip
        st.slider("Opacity (%)", 0, 100, step=5, key=OPACITY, persist_state="session", width=200)
    for key, default in ((THRESHOLD, 0), (SIGN, "both"), (OPACITY, 100)):
        links.write_to_url(key, default)
