"""The LIME page: the picture's segments on one side, what each is worth under every method on the other."""

import html

import streamlit as st
from PIL import Image
from torch import Tensor

from masking.attribution import LimeExplanation
from masking.attribution.lime_explainer import draw_samples
from masking.masks.mask import Mask
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier
from pages.compare.page import EDITOR_WIDTH
from pages.components.cards import picture_tag
from pages.lime.ablation import ablation_key
from pages.lime.cards import SIGNS, Drawing, show_explanations
from pages.lime.comparison import compared
from pages.lime.evidence import film, seen_in, show_evidence
from pages.lime.exports import exports
from pages.lime.form import ask
from pages.lime.progress import watch, watch_earlier
from pages.lime.request import LimeRequest, run_in_background
from pages.lime.segments import CHOSEN, SEGMENT, pick_segments
from pages.lime.target import TARGET
from pages.lime.text import by_weight, named, reading, telling
from pages.pickers.picture import picture_credit, picture_name
from pages.shell import links
from pages.shell.errors import as_sentence
from pages.shell.jobs import Job

THRESHOLD, SIGN, OPACITY = "threshold", "sign", "opacity"


@st.fragment
def lime_page(classifier: Classifier, picture: Image.Image, methods: dict[str, Method]) -> None:
    """Cut the picture up, run, and read; nothing above this part of the page is drawn again."""
    image = classifier.prepare(picture).cpu()
    with st.container(horizontal=True, gap="medium", key="bench"):
        with st.container(width=EDITOR_WIDTH, key="segment-editor"):
            cut = pick_segments(classifier, image)
            st.caption(f"Picture: {picture_credit(picture_name())}.")
        with st.container(key="answers"):
            asked, drawing = ask(classifier, image, cut, methods), _drawing()
            line = st.container()
            shown = set() if asked is None else _answer(asked, drawing)
            with line:
                watch_earlier(shown, {} if asked is None else asked.differs)


def _answer(asked: LimeRequest, drawing: Drawing) -> set[str]:
    """What there is so far: a sample, what is under way, or all that was found. Returns the keys of runs in sight."""
    jobs = asked.jobs()
    shown = {asked.key(name) for name in asked.methods}
    if not jobs:
        _example(asked)
    elif all(job.finished for job in jobs.values()):
        shown |= _found(asked, drawing)
    else:
        watch(asked, st.session_state[TARGET], drawing)
        _pick_drawing()
    return shown


def _example(asked: LimeRequest) -> None:
    """Before the first run: one sample as the model would see it under each method."""
    kept = draw_samples(2, asked.cut.count, asked.settings.seed)[1]
    mask = Mask(kept[asked.cut.labels][None, None])

    def work(job: Job) -> dict[str, Tensor]:
        del job
        return {name: seen_in(method, asked.classifier, asked.image, mask) for name, method in asked.methods.items()}

    seen = run_in_background(f"sample {[asked.key(name) for name in asked.methods]}", "Preparing a sample", work) or {}
    cards = "".join(
        f"<article class='mx-card'><h4>{html.escape(METHODS[name].title)}</h4>"
        f"{picture_tag(one, f'one sample as the model sees it under {METHODS[name].title}')}</article>"
        for name, one in seen.items()
    )
    st.html(
        f"<p class='mx-reading' role='status'>Which parts of the picture does the answer come from, and does that "
        f"depend on how parts are hidden? Run hides random segments {asked.settings.samples} times under each method. "
        f"One such sample, with {int(kept.sum())} of {asked.cut.count} segments present:</p>"
        f"<div class='mx-cards'>{cards}</div>"
    )


def _found(asked: LimeRequest, drawing: Drawing) -> set[str]:
    """The whole answer, with intervals; then one segment's evidence, and the methods compared.

    Returns the keys of further runs in sight.
    """
    jobs, found = asked.jobs(), asked.found(st.session_state[TARGET])
    notes = {name: _note(one) for name, one in found.items()}
    failed = {name: job for name, job in jobs.items() if job.error and not job.cancelled}
    missing = [METHODS[name].title for name in asked.methods if name not in found and name not in failed]
    for job in failed.values():
        st.error(f"{job.title}: {as_sentence(job.error)}", icon=":material/error:")
    if missing:
        st.info(f"Not yet asked: {', '.join(missing)}. Press Run.", icon=":material/play_arrow:")
    if not found:
        return set()
    about = f"{[(asked.key(name), one.samples, one.target, one.settings) for name, one in found.items()]}"
    further = {ablation_key(about)}

    def intervals(job: Job) -> dict[str, LimeExplanation]:
        for place, one in enumerate(found.values()):
            job.step(place / len(found), one.title)
            _ = one.interval, one.r2_held_out  # takes a moment: here, not before the page
        return found

    settled: dict[str, LimeExplanation] | None = run_in_background(
        f"intervals {about}", "Working out intervals", intervals
    )
    if settled is None:
        show_explanations(found, drawing, settled=False, notes=notes)
        _pick_drawing()
        return further
    order = [str(segment) for segment in by_weight(list(settled.values()))]
    first = str(telling(settled))
    _default_segment(order, first)
    st.html(f"<p class='mx-reading' role='status'>{html.escape(reading(settled))}</p>")
    show_explanations(settled, drawing, settled=True, notes=notes)
    _pick_drawing()
    _evidence(asked, settled, order, first, about)
    verdicts = compared(asked, settled, about)
    exports(asked, settled, drawing, reading(settled), verdicts)
    return further


def _note(one: LimeExplanation) -> str:
    if one.samples < one.settings.samples:
        return f"Partial: cancelled after {one.samples} of {one.settings.samples} samples."
    return ""


def _default_segment(order: list[str], first: str) -> None:
    """Until somebody chooses, the telling segment is; drawn again, so that the picture on the left shows it too."""
    state = st.session_state
    before = state.get(SEGMENT)
    if before is None and st.query_params.get(SEGMENT) in order:
        state[CHOSEN] = True
    links.url_choice(SEGMENT, order, first, "segment")
    if not state.get(CHOSEN):
        state[SEGMENT] = first
    if state[SEGMENT] != before:
        st.rerun()


def _evidence(asked: LimeRequest, found: dict[str, LimeExplanation], order: list[str], first: str, about: str) -> None:
    """One segment's weights and the samples behind them."""
    segments = asked.cut.labels

    def choose() -> None:
        st.session_state[CHOSEN] = True

    st.subheader("What a weight rests on", anchor=False)
    chosen = st.selectbox(
        "Segment", order, key=SEGMENT, on_change=choose, persist_state="session", width=320,
        format_func=lambda one: named(segments, int(one)).capitalize(),
        help="By largest weight under any method; or click it in the picture on the left",
    )  # fmt: skip
    links.write_to_url(SEGMENT, first)

    def look(job: Job) -> dict[str, dict[int, Tensor]]:
        films = {}
        for place, (name, one) in enumerate(found.items()):
            job.step(place / len(found), one.title)
            films[name] = film(one, asked.methods[name], asked.classifier, int(chosen))
        return films

    films = run_in_background(f"film {chosen} {about}", "Looking up samples", look)
    if films is not None:
        show_evidence(found, films, int(chosen))


def _drawing() -> Drawing:
    """How weights are to be shown, as the controls below stand."""
    state = st.session_state
    links.url_number(THRESHOLD, 0, 0, 95)
    links.url_choice(SIGN, list(SIGNS), "both", "sign of weights")
    links.url_number(OPACITY, 100, 0, 100)
    chosen = state.get(SEGMENT, "")
    return Drawing(state[THRESHOLD] / 100, state[SIGN], state[OPACITY] / 100, int(chosen) if chosen else None)


def _pick_drawing() -> None:
    """The controls of how weights are shown; none of them computes anything."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="drawing-row"):
        st.slider(
            "Smallest weight shown (% of the scale)", 0, 95, step=5, key=THRESHOLD, persist_state="session", width=260
        )
        st.segmented_control(
            "Show", list(SIGNS), format_func=SIGNS.get, key=SIGN, required=True, persist_state="session",
            help="Segments that speak for the class, against it, or both",
        )  # fmt: skip
        st.slider("Opacity (%)", 0, 100, step=5, key=OPACITY, persist_state="session", width=200)
    for key, default in ((THRESHOLD, 0), (SIGN, "both"), (OPACITY, 100)):
        links.write_to_url(key, default)
