"""The request form: target class, samples, seed and fit; and Run."""

from typing import Any

import streamlit as st
from torch import Tensor

from masking.attribution import LimeSettings
from masking.attribution.lasso import MISSING, has_lasso
from masking.attribution.lime_explainer import MAX_SEGMENTS
from masking.image import digest
from masking.inference.predict import predict
from masking.methods import Method
from masking.models.classifier import Classifier
from masking.registry.params import params
from masking.results.sentences import join_names
from pages.components.forms import draw_widgets
from pages.components.method_names import method_title
from pages.lime.request import LimeRequest
from pages.lime.sampling import pick_sampling, read_sampling
from pages.lime.segments import PictureSegments
from pages.lime.text import ENOUGH, describe_sampling, few
from pages.pickers.picture import picture_name
from pages.pickers.target_class import carried_class, linked_class
from pages.shell import links
from pages.shell.errors import as_sentence, show_errors
from pages.shell.jobs import PATIENCE_SECONDS, Job, jobs

TARGET, SAMPLES, SEED, FIT, MOST_SEGMENTS = "target", "samples", "lime-seed", "lime", "lime-most"
RANKED_TARGETS = {"predicted": "Predicted", "second": "Second most probable"}
"""Targets that follow the answer to the whole picture."""
_LABELS = "target-labels"
FEWEST, USUAL, MOST = 20, 400, 20_000
LAST_SEED = 2**31 - 1
SIDE_BY_SIDE = 4
FIT_PARAMS = tuple(declared for declared in params(LimeSettings) if declared.name in {"kernel_width", "alpha"})


def pick_request(
    classifier: Classifier, image: Tensor, segments: PictureSegments | None, methods: dict[str, Method]
) -> LimeRequest | None:
    """Draw the row above the explanations; return None, with a sentence on the page, if something is missing."""
    state = st.session_state
    links.url_number(SAMPLES, USUAL, FEWEST, MOST)
    links.url_number(SEED, 0, 0, LAST_SEED)
    read_sampling()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="lime-row"):
        pick_target(classifier, image)
        fit = _pick_settings()
        request = None
        if segments is not None and methods:
            first = dict(list(methods.items())[:SIDE_BY_SIDE])
            with show_errors():
                settings = LimeSettings(state[SAMPLES], state[SEED], **fit)
                most, target = pick_most(), state[TARGET]
                request = LimeRequest(classifier, image, segments, first, settings, picture_name(), most, target)
        _draw_run_button(request)
    _draw_notes(request, methods)
    return request


def pick_target(classifier: Classifier, image: Tensor) -> None:
    """Draw the picker of the target class.

    The session holds the choice under `TARGET`: `predicted`, `second`, or the index of a class.
    """
    state, categories = st.session_state, classifier.categories
    choice = carried_class(TARGET, state.get(TARGET), classifier, "target class", "the predicted class")
    if choice != state.get(TARGET):
        state[TARGET] = choice or "predicted"
    targets = [*RANKED_TARGETS, *map(str, range(len(categories)))]
    links.url_choice(TARGET, targets, "predicted", "target class", linked_class(TARGET, targets, categories))
    ranked = dict(zip(RANKED_TARGETS, _rank_classes(classifier, image), strict=False))
    labels = {name: f"{text}: {ranked[name]}" if name in ranked else text for name, text in RANKED_TARGETS.items()}
    if state.get(_LABELS, labels) != labels:
        state[TARGET] = state[TARGET]  # the browser still has the previous label
    state[_LABELS] = labels
    st.selectbox(
        "Class to explain", targets, key=TARGET, persist_state="session", width=220,
        format_func=lambda target: labels.get(target) or categories[int(target)],
        help="The same samples serve every class, so nothing is computed again",
    )  # fmt: skip


def _rank_classes(classifier: Classifier, image: Tensor) -> list[str]:
    """Return short names of the two most probable classes of the whole picture; an empty list while the job runs."""

    def work(job: Job) -> list[str]:
        del job
        return [name for name, _ in predict(classifier, image).top(len(RANKED_TARGETS), short=True)]

    job = jobs().start(f"likely {classifier.key} {digest(image)}", "Predicting", work, slot="likely")
    job.wait(PATIENCE_SECONDS)
    return job.result or []


def _pick_settings() -> dict[str, Any]:
    """Draw number, seed and sampling of the samples, and how they are fitted; return sampling and fit."""
    links.url_number(MOST_SEGMENTS, 0, 0, MAX_SEGMENTS)
    with st.popover("Settings", icon=":material/tune:", key="lime-settings"):
        st.number_input(
            "Samples", FEWEST, MOST, step=100, key=SAMPLES, persist_state="session",
            help=f"How many times segments are hidden at random, under each method; use {ENOUGH} per segment or more",
        )  # fmt: skip
        st.number_input(
            "Seed", 0, LAST_SEED, key=SEED, persist_state="session",
            help="The seed of the random samples; all methods get the same samples",
        )  # fmt: skip
        sampling = pick_sampling()
        again = "It decides when LIME stops" if "until_stable" in sampling else "No sample is computed again"
        st.caption(f"How the weights are fitted to the answers. {again}:")
        fit = draw_widgets(FIT_PARAMS, FIT)
        st.number_input(
            "Most segments (0: all)", 0, MAX_SEGMENTS, key=MOST_SEGMENTS, persist_state="session",
            disabled=not has_lasso(), help="K-LASSO selects at most so many segments; all others have weight 0",
        )  # fmt: skip
        if not has_lasso():
            st.caption(as_sentence(MISSING))
    for key, default in ((TARGET, "predicted"), (SAMPLES, USUAL), (SEED, 0), (MOST_SEGMENTS, 0)):
        links.write_to_url(key, default)
    return {**sampling, **fit}


def pick_most() -> int:
    """Return how many segments may have a weight, as the form says; 0 for all."""
    return st.session_state[MOST_SEGMENTS] if has_lasso() else 0


def _draw_run_button(request: LimeRequest | None) -> None:
    """Draw Run; it starts the methods without a result first, and those that were cancelled half-way last."""
    names = request.todo if request is not None else []
    again = request is not None and names == request.partial != []
    label, icon = ("Run again from the start", "replay") if again else ("Run", "play_arrow")
    if st.button(label, type="primary", icon=f":material/{icon}:", disabled=not names, key="lime-run") and request:
        request.start()


def _draw_notes(request: LimeRequest | None, methods: dict[str, Method]) -> None:
    """Draw what the user should know before Run."""
    if not methods:
        st.info("Choose at least one masking method above.", icon=":material/tune:")
    if len(methods) > SIDE_BY_SIDE:
        left_out = ", ".join(method_title(name) for name in list(methods)[SIDE_BY_SIDE:])
        st.caption(f"The page shows {SIDE_BY_SIDE} methods side by side. Left out: {left_out}.")
    if request is None:
        return
    samples, count = request.settings.samples, request.segments.count
    if request.todo and (warning := few(samples, count)):
        st.caption(f":material/warning: {warning} Use {ENOUGH * count} or more.")
    if request.todo and (design := describe_sampling(request.settings, samples, count)):
        st.caption(design)
    if request.partial:
        titles = join_names([method_title(name) for name in request.partial])
        if request.todo == request.partial:
            st.caption(f"Run starts {titles} again. Their samples so far stay until the new run has more.")
        else:
            st.caption(f"Run starts the methods that have no result yet. The samples of {titles} stay as they are.")
