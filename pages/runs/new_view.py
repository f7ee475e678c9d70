"""A new run: the form, the estimated time, Start, and the same on the command line."""

from contextlib import suppress

import streamlit as st

from masking.benchmarks.protocol.experiment import BENCHMARKS
from masking.benchmarks.specification.allowance import check_allowed
from masking.benchmarks.specification.feasibility import check_spec, describe_known_classes
from masking.benchmarks.specification.spec import FIRST_SOURCE, Spec
from masking.benchmarks.storage.notes import LONGEST_TITLE
from masking.benchmarks.worker.launch import TimeEstimate, estimate_time, spec_line
from masking.benchmarks.worker.queue import device_for, start_next
from masking.methods import METHODS
from masking.models.zoo import bundled
from masking.registry.parsing import parse_entry
from pages.components.exports import show_link
from pages.pickers.calibration import is_calibrated, show_calibrations
from pages.pickers.classifier import KEY as CLASSIFIER
from pages.pickers.classifier import load_beside
from pages.runs import store as runs
from pages.runs.form import EXPERIMENT, keep_uploads, pick_spec
from pages.runs.owner import owner
from pages.runs.text import duration
from pages.shell.errors import escape_markdown, show_errors
from pages.shell.jobs import Job, jobs, run_in_background
from pages.shell.server_paths import without_server_paths
from pages.shell.settings import operator_settings

_ESTIMATED = "runs_estimated"
"""Session key of the last request for an estimate."""
_ESTIMATE = "runs_estimate"
"""The place on the page that waits for it."""


def show_new_run() -> None:
    """Draw the view."""
    spec = None
    with show_errors():
        spec = pick_spec()
    key = f"estimate {spec.digest} {spec.device}" if spec else ""
    title = BENCHMARKS[st.session_state[EXPERIMENT]].title
    with st.container(horizontal=True, vertical_alignment="bottom", key="run-start"):
        st.text_input(
            "Title", key="run-title", placeholder=title, persist_state="session", width=280, max_chars=LONGEST_TITLE
        )
        st.button(
            "Start", type="primary", icon=":material/play_arrow:", on_click=_start, args=[spec], disabled=not spec
        )  # fmt: skip
        st.button(
            "Estimate time", icon=":material/timer:", on_click=_request_estimate, args=[key], disabled=not spec
        )  # fmt: skip
        show_link("this form")
    runs.show_error()
    if spec is None:
        st.caption("Correct the settings above to start a run.")
        return
    _show_known_classes(spec)
    _offer_calibrations(spec)
    _show_estimate(spec, key)
    st.caption("The same on the command line:")
    st.code(without_server_paths(spec_line(spec)), language=None, wrap_lines=True)
    runs.get_worker_ready()  # last, because it uses the processor


def _show_known_classes(spec: Spec) -> None:
    """Warn if the classifier does not know the classes of the data; a bundled one knows its own world."""
    if spec.data.source == FIRST_SOURCE and spec.classifier.name in bundled():
        return
    facts = spec.data, spec.classifier, spec.count, spec.first

    def work(job: Job) -> str:
        del job
        with suppress(ValueError, KeyError):  # Start says what is wrong
            return describe_known_classes(spec)
        return ""

    if warning := run_in_background(f"classes {facts}", "Comparing the classes", work):
        st.warning(escape_markdown(warning), icon=":material/label_off:")


def _offer_calibrations(spec: Spec) -> None:
    """Say for calibrated methods of the run what they were fitted to, and offer to fit those that were not."""
    lists = [value for value in spec.all_settings.values() if isinstance(value, list | tuple)]
    words = dict.fromkeys(word for value in lists for word in value if str(word).partition(":")[0] == "calibrated")
    if not words or (classifier := load_beside(st.session_state[CLASSIFIER])) is None:
        return
    show_calibrations(classifier, list(filter(is_calibrated, (parse_entry(METHODS, word) for word in words))))


def _start(spec: Spec) -> None:
    try:
        spec = keep_uploads(spec)
        settings = operator_settings()
        check_allowed(spec, settings)
        check_spec(spec)
        title = st.session_state.get("run-title", "").strip()
        with runs.open_store() as store:
            device = device_for(store, spec)
            run = store.add(spec, title=title, owner=owner(), device=device, limits=settings.limits)
            start_next(store, runs.warm_worker(), settings.limits)
    except (ValueError, KeyError, OSError) as error:
        runs.remember_error(error)
        return
    runs.go("run", run=run.id)


def _request_estimate(key: str) -> None:
    if (earlier := jobs().get(key, _ESTIMATE)) is not None and earlier.error:
        jobs().forget(key, _ESTIMATE)
    st.session_state[_ESTIMATED] = key


def _show_estimate(spec: Spec, key: str) -> None:
    """Show the estimate of this spec, if somebody requested it."""
    if st.session_state.get(_ESTIMATED) != key and jobs().get(key, _ESTIMATE) is None:
        st.caption("An estimate takes about two seconds, after the classifier has been loaded.")
        return

    def work(job: Job) -> TimeEstimate:
        return estimate_time(spec, on_progress=job.step)

    estimate: TimeEstimate | None = run_in_background(key, "Estimating", work, _ESTIMATE)
    if estimate is not None:
        images = f"{estimate.images} images" if estimate.images > 1 else "one image"
        rate = f"{estimate.per_image:.2g} s per image, measured on {images}"
        st.info(f"About {duration(estimate.seconds)} on this device ({rate}).", icon=":material/timer:")
