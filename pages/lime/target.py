"""Which class LIME explains: one that follows the answer to the whole picture, or any by name."""

import streamlit as st
from torch import Tensor

from masking.image import digest
from masking.inference.predict import predict
from masking.models.classifier import Classifier
from pages.compare.page import PATIENCE_SECONDS
from pages.shell import links
from pages.shell.errors import escape_markdown
from pages.shell.jobs import Job, jobs

TARGET = "target"
FIRST_TARGETS = {"predicted": "Predicted", "second": "Second most probable"}
_NAMES, _LABELS = "target-names", "target-labels"


def pick_target(classifier: Classifier, image: Tensor) -> None:
    """The picker; its choice is in the session under `TARGET`: `predicted`, `second` or the index of a class."""
    state, names = st.session_state, classifier.categories
    _carry_over(classifier)
    targets = [*FIRST_TARGETS, *map(str, range(len(names)))]
    links.url_choice(TARGET, targets, "predicted", "target class")
    likely = dict(zip(FIRST_TARGETS, _likely(classifier, image), strict=False))
    labels = {one: f"{text}: {likely[one]}" if one in likely else text for one, text in FIRST_TARGETS.items()}
    if state.get(_LABELS, labels) != labels:
        state[TARGET] = state[TARGET]  # the browser holds the label of before
    state[_LABELS] = labels
    st.selectbox(
        "Target class", targets, key=TARGET, persist_state="session", width=240,
        format_func=lambda one: labels.get(one) or names[int(one)],
        help="Any class can be read out of the same samples; nothing is computed again",
    )  # fmt: skip


def _carry_over(classifier: Classifier) -> None:
    """A class chosen by name stays chosen under another classifier that knows it; that another does not is told."""
    state = st.session_state
    before, chosen = state.get(_NAMES, classifier.categories), state.get(TARGET, "")
    state[_NAMES] = classifier.categories
    if before == classifier.categories or not chosen.isdecimal():
        return
    name = before[int(chosen)]
    if name in classifier.categories:
        state[TARGET] = str(classifier.categories.index(name))
        return
    state[TARGET] = "predicted"
    unknown = f"The target class {escape_markdown(name)} is none of {escape_markdown(classifier.name)}'s"
    links.add_link_warning(TARGET, f"{unknown}; going on with the predicted one.")


def _likely(classifier: Classifier, image: Tensor) -> list[str]:
    """The two most probable classes of the whole picture; none while they are being found."""

    def work(job: Job) -> list[str]:
        del job
        return [name for name, _ in predict(classifier, image).top(len(FIRST_TARGETS))]

    model = f"{classifier.name} {classifier.weights_digest} {classifier.device}"
    job = jobs().start(f"likely {model} {digest(image)}", "Predicting", work)
    job.wait(PATIENCE_SECONDS)
    return job.result or []
