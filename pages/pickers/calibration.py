"""Calibrated methods on a page: what each map was fitted to, and a form that fits one."""

import functools
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeGuard

import streamlit as st

from masking.calibration import CalibrationHead, CalibrationSettings, find_head, save_head
from masking.inference.calibrate import calibrate
from masking.methods import METHODS, Method
from masking.methods.calibrated import OTHERS, Calibrated
from masking.methods.method import Wrapper
from masking.models.classifier import Classifier
from masking.registry.params import param_values
from masking.registry.parsing import parse_entry
from masking.results.sentences import join_names
from pages.components.forms import InvalidValueError, draw_form
from pages.components.method_names import method_title
from pages.components.numbers import number, percent
from pages.pickers.calibration_pictures import FitPictures, needs_path, pick_pictures
from pages.shell.errors import as_sentence, show_errors
from pages.shell.jobs import PATIENCE_SECONDS, Job, long_job, long_jobs, show_progress, start_long
from pages.shell.settings import operator_settings

SLOT = "calibrating"
"""The place on the page that waits for a fit; a session fits one calibration at a time."""
TITLE = "Calibration: what was fitted, and the pictures and settings of a fit"
SETTINGS = "fit"
"""Before the keys of the form."""
READING = 0.2
"""The share of a fit's progress bar that reading the pictures takes."""
Start = Callable[[str], None]
"""Starts a fit of the method that a word names."""


def show_calibrations(classifier: Classifier, methods: Sequence[Wrapper]) -> None:
    """Say why a calibrated method is not shown, and offer to fit it; what the others were fitted to is folded away."""
    is_public = operator_settings().public
    able = [method for method in methods if method.base.supports(classifier) is None]
    page, progress, start = st.container(key="calibrations"), st.container(), None
    with page:
        for method in methods:
            if (reason := method.base.supports(classifier)) is not None:
                st.caption(as_sentence(reason))
    states = [(method, *_describe_state(classifier, method, is_public)) for method in able]
    folded = page
    if able and not is_public:
        with st.expander(TITLE, icon=":material/tune:", expanded=needs_path(classifier)):
            folded = st.container(key="calibrations-fitted")
            start = _draw_settings(classifier)
        with progress:
            start = None if _show_fit() else start
    for method, text, is_missing in states:
        with page if is_missing else folded:
            _draw_row(text, is_missing, base_word(method), start, has_button=not is_public)


def is_calibrated(method: Method) -> TypeGuard[Wrapper]:
    """Return whether a method is calibrated."""
    return isinstance(method, Calibrated)


def word_of(method: Wrapper) -> str:
    """Return the word that names a calibrated method with what it calibrates, also where that is the default."""
    return f"calibrated:of={base_word(method)}"


def base_word(method: Wrapper) -> str:
    """Return the word that names what a calibrated method calibrates."""
    return param_values(method)["of"]


def fitted_words(classifier: Classifier) -> list[str]:
    """Return the words of the calibrated methods that have a map for this classifier."""
    words = [f"calibrated:of={name}" for name in OTHERS]
    return [word for word in words if parse_entry(METHODS, word).supports(classifier) is None]


def _describe_state(classifier: Classifier, method: Wrapper, is_public: bool) -> tuple[str, bool]:
    """Return what a method's map was fitted to, or why it has none; and whether it has none."""
    title = method_title(word_of(method))
    try:
        head = find_head(classifier, base_word(method))
    except ValueError as error:
        return f"{title} cannot be used: {error}", True
    if head is not None:
        return f"{title} was {describe_head(head)}", False
    remedy = "the operator of this server can fit it" if is_public else "fit it here"
    return f"{title} cannot be used, because it has not been fitted to {classifier.name} yet; {remedy}", True


def _draw_row(text: str, is_missing: bool, of: str, start: Start | None, has_button: bool) -> None:
    """Draw a line about one method, with the button that fits it."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"calibration-{of}"):
        draw, sign = (st.markdown, ":material/info: ") if is_missing else (st.caption, "")
        draw(sign + as_sentence(text))
        if has_button and st.button(
            "Fit" if is_missing else "Fit again", key=f"fit-run-{of}", disabled=start is None, width="content",
            type="primary" if is_missing else "secondary", help="One fit at a time; its settings are below",
        ) and start:  # fmt: skip
            start(of)
            st.rerun()


def describe_head(head: CalibrationHead) -> str:
    """Return how a map was fitted, in a sentence."""
    facts: dict[str, Any] = dict(head.manifest)
    shares = join_names([percent(share, 0) for share in head.shares])
    maps = "one map for all shares" if len(head.bias) == 1 else "one map for each share"
    form = "a full matrix" if head.form == "matrix" else "a factor for each class"
    before, after = (sum(facts[name]) / len(facts[name]) for name in ("loss_before", "loss_after"))
    return (
        f"fitted to {facts['images']:,} pictures with {shares} hidden ({maps}, {form}). Its cross-entropy with the "
        f"answers to the whole pictures fell from {number(before, '.2f')} to {number(after, '.2f')} nats."
    )


def _draw_settings(classifier: Classifier) -> Start | None:
    """Draw what a fit uses; return what starts one for a base method's word, None where a setting is wrong."""
    pictures, settings = pick_pictures(classifier), None
    with show_errors(), suppress(InvalidValueError):
        settings = draw_form(CalibrationSettings, SETTINGS)
    if pictures is None or settings is None:
        return None
    passes = pictures.count * (1 + len(settings.shares) * settings.masks)
    st.caption(f"Up to {passes:,} forward passes. The map is kept on this machine, and every page uses it.")
    return functools.partial(_start, classifier, pictures, settings)


def _start(classifier: Classifier, pictures: FitPictures, settings: CalibrationSettings, of: str) -> None:
    """Start the fit; a map that was fitted before stays until the new one is complete."""

    def work(job: Job) -> str:
        def report_reading(done: int, total: int) -> None:
            job.step(READING * done / total, f"{done} of {total} pictures read")

        def report_answers(done: int, total: int) -> None:
            job.step(READING + (1 - READING) * done / total, f"{done:,} of {total:,} answers" if done < total else "")

        images, facts = pictures.read(classifier, report_reading)
        head = calibrate(classifier, images, of, settings, report_answers, facts)
        job.step(1.0)
        save_head(head)
        return head.digest

    key = f"calibrate {classifier.key} {of} {pictures} {settings}"
    long_jobs().forget(key, SLOT)
    title = f"Fitting {method_title(f'calibrated:of={of}').lower()} to {classifier.name}"
    start_long(SLOT, key, title, work).wait(PATIENCE_SECONDS)


def _show_fit() -> bool:
    """Show the progress of the session's fit with Cancel, or why it failed; return whether it is under way."""
    _, job = long_job(SLOT, "")
    if job is None:
        return False
    if not job.finished:
        show_progress(job, SLOT)
    elif job.error:
        st.error(f"{job.title}: {as_sentence(job.error)}", icon=":material/error:")
    return not job.finished
