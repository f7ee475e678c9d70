"""The LIME page: the picture's segments on one side, what each is worth under every method on the other."""

import html
import time
from collections.abc import Mapping

import streamlit as st
from PIL import Image
from torch import Tensor

from masking.attribution import LimeExplanation
from masking.attribution.lime import draw
from masking.mask import Mask
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier
from pages.ui import links, pictures
from pages.ui.bench import EDITOR_WIDTH
from pages.ui.cards import picture_tag
from pages.ui.errors import sentence
from pages.ui.jobs import Job
from pages.ui.lime_asked import Asked, at_target, soon
from pages.ui.lime_cards import SIGNS, Drawing, show_explanations
from pages.ui.lime_compared import compared
from pages.ui.lime_evidence import film, seen_in, show_evidence
from pages.ui.lime_exports import exports
from pages.ui.lime_reading import by_weight, named, reading, telling
from pages.ui.lime_segments import SEGMENT, Cut, cut_up

TARGET, SAMPLES, SEED = "target", "samples", "lime-seed"
THRESHOLD, SIGN, OPACITY = "threshold", "sign", "opacity"
FEWEST, USUAL, MOST = 20, 400, 20_000
LAST_SEED = 2**31 - 1
SIDE_BY_SIDE = 4
REDRAW_SECONDS = 0.7
FIRST_TARGETS = {"predicted": "Predicted", "second": "Second most probable"}


@st.fragment
def explain(classifier: Classifier, picture: Image.Image, methods: dict[str, Method]) -> None:
    """Cut the picture up, run, and read; nothing above this part of the page is drawn again."""
    image = classifier.prepare(picture).cpu()
    with st.container(horizontal=True, gap="medium", key="bench"):
        with st.container(width=EDITOR_WIDTH, key="segment-editor"):
            cut = cut_up(classifier, image)
            st.caption(f"Picture: {pictures.credit(pictures.shown())}.")
        with st.container(key="answers"):
            asked, drawing = _ask(classifier, image, cut, methods), _drawing()
            if asked is not None:
                _answer(asked, drawing)


def _ask(classifier: Classifier, image: Tensor, cut: Cut | None, methods: dict[str, Method]) -> Asked | None:
    """The row above the answers: target, samples, seed, Run."""
    state = st.session_state
    targets = [*FIRST_TARGETS, *map(str, range(len(classifier.categories)))]
    links.choice(TARGET, targets, "predicted", "target class")
    links.number(SAMPLES, USUAL, FEWEST, MOST)
    links.number(SEED, 0, 0, LAST_SEED)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="lime-row"):
        st.selectbox(
            "Target class", targets, key=TARGET, persist_state="session", width=240,
            format_func=lambda one: FIRST_TARGETS.get(one) or classifier.categories[int(one)],
            help="Any class can be read out of the same samples; nothing is computed again",
        )  # fmt: skip
        st.number_input(
            "Samples", FEWEST, MOST, step=100, key=SAMPLES, persist_state="session", width=140,
            help="How many times segments are hidden at random, under each method",
        )  # fmt: skip
        st.number_input(
            "Seed", 0, LAST_SEED, key=SEED, persist_state="session", width=110,
            help="Of the samples; all methods meet the same ones",
        )  # fmt: skip
        for key, default in ((TARGET, "predicted"), (SAMPLES, USUAL), (SEED, 0)):
            links.keep(key, default)
        asked = None
        if cut is not None and methods:
            first = dict(list(methods.items())[:SIDE_BY_SIDE])
            asked = Asked(classifier, image, cut, first, state[SAMPLES], state[SEED])
        ready = asked is not None and not asked.answered
        if st.button("Run", type="primary", icon=":material/play_arrow:", disabled=not ready, key="lime-run"):
            asked.start()
    if not methods:
        st.info("Choose at least one masking method above.", icon=":material/tune:")
    if len(methods) > SIDE_BY_SIDE:
        left = ", ".join(METHODS[name].title for name in list(methods)[SIDE_BY_SIDE:])
        st.caption(f"{SIDE_BY_SIDE} methods fit side by side; left out: {left}.")
    return asked


def _answer(asked: Asked, drawing: Drawing) -> None:
    """What there is so far: a sample, what is under way, or all that was found."""
    jobs = asked.jobs()
    if not jobs:
        _example(asked)
    elif all(job.finished for job in jobs.values()):
        _found(asked, jobs, drawing)
    else:
        _watch(asked, drawing)
        _pick_drawing()


def _example(asked: Asked) -> None:
    """Before the first run: one sample as the model would see it under each method."""
    kept = draw(2, asked.cut.count, asked.seed)[1]
    mask = Mask(kept[asked.cut.labels][None, None])

    def work(job: Job) -> dict[str, Tensor]:
        del job
        return {name: seen_in(method, asked.classifier, asked.image, mask) for name, method in asked.methods.items()}

    seen = soon(f"sample {[asked.key(name) for name in asked.methods]}", "Preparing a sample", work) or {}
    cards = "".join(
        f"<article class='mx-card'><h4>{html.escape(METHODS[name].title)}</h4>"
        f"{picture_tag(one, f'one sample as the model sees it under {METHODS[name].title}')}</article>"
        for name, one in seen.items()
    )
    st.html(
        f"<p class='mx-reading' role='status'>Which parts of the picture does the answer come from, and does that "
        f"depend on how parts are hidden? Run hides random segments {asked.samples} times under each method. "
        f"One such sample, with {int(kept.sum())} of {asked.cut.count} segments present:</p>"
        f"<div class='mx-cards'>{cards}</div>"
    )


def _watch(asked: Asked, drawing: Drawing) -> None:
    """Overlays and bars while samples arrive."""

    @st.fragment(run_every=REDRAW_SECONDS)
    def watch() -> None:
        jobs = asked.jobs()
        unfinished = [job for job in jobs.values() if not job.finished]
        if not unfinished:
            st.rerun()
        bar, button = st.columns([5, 1], vertical_alignment="center")
        bar.progress(*_progress(jobs, unfinished))
        cancelled = all(job.cancelled for job in unfinished)
        button.button("Cancel", key="lime-cancel", on_click=_cancel, args=[asked], disabled=cancelled, width="stretch")
        if found := _so_far(jobs):
            show_explanations(found, drawing, settled=False, notes=dict.fromkeys(asked.methods, ""))

    watch()


def _progress(jobs: Mapping[str, Job], unfinished: list[Job]) -> tuple[float, str]:
    """Share done of what was started together, and a line that says so with the time left."""
    first = min(job.started for job in unfinished)
    together = [job for job in jobs.values() if job.started >= first - 1]
    share = sum(1.0 if job.finished else job.share for job in together) / len(together)
    spent = time.monotonic() - first
    left = f", about {spent / share - spent:.0f} s left" if share > 0.05 and spent > 1 else ""
    now = unfinished[0]
    return share, "Cancelling …" if now.cancelled else f"{now.title}: {now.note or 'begins'}{left}"


def _cancel(asked: Asked) -> None:
    for job in asked.jobs().values():
        job.cancel()


def _so_far(jobs: Mapping[str, Job]) -> dict[str, LimeExplanation]:
    """The explanations of the chosen target, as far as they go."""
    target = st.session_state[TARGET]
    results = {name: job.result for name, job in jobs.items()}
    return {name: at_target(one, target) for name, one in results.items() if one is not None}


def _found(asked: Asked, jobs: Mapping[str, Job], drawing: Drawing) -> None:
    """The whole answer, with intervals; then one segment's evidence, and the methods compared."""
    found = _so_far(jobs)
    notes = {name: _note(one) for name, one in found.items()}
    failed = {name: job for name, job in jobs.items() if job.error and not job.cancelled}
    missing = [METHODS[name].title for name in asked.methods if name not in found and name not in failed]
    for job in failed.values():
        st.error(f"{job.title}: {sentence(ValueError(job.error))}", icon=":material/error:")
    if missing:
        st.info(f"Not yet asked: {', '.join(missing)}. Press Run.", icon=":material/play_arrow:")
    if not found:
        return
    about = f"{[(asked.key(name), one.samples, one.target) for name, one in found.items()]}"

    def resample(job: Job) -> dict[str, LimeExplanation]:
        for place, one in enumerate(found.values()):
            job.step(place / len(found), one.title)
            _ = one.interval  # takes a moment: here, not before the page
        return found

    settled: dict[str, LimeExplanation] | None = soon(f"intervals {about}", "Resampling for intervals", resample)
    if settled is None:
        show_explanations(found, drawing, settled=False, notes=notes)
        _pick_drawing()
        return
    order = [str(segment) for segment in by_weight(list(settled.values()))]
    first = str(telling(settled))
    _default_segment(order, first)
    st.html(f"<p class='mx-reading' role='status'>{html.escape(reading(settled))}</p>")
    show_explanations(settled, drawing, settled=True, notes=notes)
    _pick_drawing()
    _evidence(asked, settled, order, first, about)
    verdicts = compared(asked, settled, about)
    exports(settled, drawing, reading(settled), verdicts)


def _note(one: LimeExplanation) -> str:
    if one.samples < one.settings.samples:
        return f"Partial: cancelled after {one.samples} of {one.settings.samples} samples."
    return ""


def _default_segment(order: list[str], first: str) -> None:
    """A telling segment is chosen until somebody chooses; drawn again, so that the picture shows it too."""
    fresh = SEGMENT not in st.session_state
    links.choice(SEGMENT, order, first, "segment")
    if fresh:
        st.rerun()


def _evidence(asked: Asked, found: dict[str, LimeExplanation], order: list[str], first: str, about: str) -> None:
    """One segment's weights and the samples behind them."""
    segments = asked.cut.labels
    st.subheader("What a weight rests on", anchor=False)
    chosen = st.selectbox(
        "Segment", order, key=SEGMENT, persist_state="session", width=320,
        format_func=lambda one: named(segments, int(one)).capitalize(),
        help="By largest weight under any method; or click it in the picture on the left",
    )  # fmt: skip
    links.keep(SEGMENT, first)

    def look(job: Job) -> dict[str, dict[int, Tensor]]:
        films = {}
        for place, (name, one) in enumerate(found.items()):
            job.step(place / len(found), one.title)
            films[name] = film(one, asked.methods[name], asked.classifier, int(chosen))
        return films

    films = soon(f"film {chosen} {about}", "Looking up samples", look)
    if films is not None:
        show_evidence(found, films, int(chosen))


def _drawing() -> Drawing:
    """How weights are to be shown, as the controls below stand."""
    state = st.session_state
    links.number(THRESHOLD, 0, 0, 95)
    links.choice(SIGN, list(SIGNS), "both", "sign of weights")
    links.number(OPACITY, 100, 0, 100)
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
        links.keep(key, default)
