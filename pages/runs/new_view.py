"""A new run: the form, how long it would take, Start, and the same on the command line."""

import streamlit as st

from masking.benchmarks.protocol.experiment import BENCHMARKS
from masking.benchmarks.specification.loaded_spec import check_spec
from masking.benchmarks.specification.spec import Spec
from masking.benchmarks.worker.launch import Pilot, launch, pilot, spec_line
from pages.runs import store as runs
from pages.runs.form import EXPERIMENT, pick_spec
from pages.runs.text import duration
from pages.shell import links
from pages.shell.errors import as_sentence, show_errors
from pages.shell.jobs import Job, jobs, show_progress

PATIENCE_SECONDS = 0.5
_ASKED = "pilot_asked"


def new_run() -> None:
    """Draw the view."""
    spec = None
    with show_errors():
        spec = pick_spec()
    key = f"pilot {spec.digest} {spec.device}" if spec else ""
    title = BENCHMARKS[st.session_state[EXPERIMENT]].title
    with st.container(horizontal=True, vertical_alignment="bottom", key="run-start"):
        st.text_input("Title", key="run-title", placeholder=title, persist_state="session", width=280)
        st.button(
            "Start", type="primary", icon=":material/play_arrow:", on_click=_start, args=[spec], disabled=not spec
        )  # fmt: skip
        st.button("Estimate time", icon=":material/timer:", on_click=_ask, args=[key], disabled=not spec)
        with st.popover("Copy link", icon=":material/link:"):
            st.caption("Restores this form.")
            st.code(links.page_address(), language=None, wrap_lines=True)
    runs.show_failures()
    if spec is None:
        st.caption("Start as soon as the settings above are mended.")
        return
    _estimate(spec, key)
    st.caption("The same on the command line:")
    st.code(spec_line(spec), language="bash", wrap_lines=True)
    runs.warm_worker().warm()  # last, for it takes the processor


def _start(spec: Spec) -> None:
    try:
        check_spec(spec)
        with runs.open_store() as store:
            run = store.add(spec, title=st.session_state.get("run-title", "").strip())
            launch(store, run, runs.warm_worker())
    except (ValueError, KeyError, OSError) as error:
        runs.remember_error(error)
        return
    runs.go("run", run=run.id)


def _ask(key: str) -> None:
    if (old := jobs().get(key)) is not None and old.error:
        jobs().forget(key)
    st.session_state[_ASKED] = key


def _estimate(spec: Spec, key: str) -> None:
    """What the pilot of this very spec found, once somebody asked for it."""
    if st.session_state.get(_ASKED) != key and jobs().get(key) is None:
        st.caption("An estimate takes two seconds, and the time to load the classifier.")
        return

    def work(job: Job) -> Pilot:
        return pilot(spec, tell=job.step)

    job = jobs().start(key, "Estimating", work)
    job.wait(PATIENCE_SECONDS)
    if not job.finished:
        show_progress(job, "pilot")
    elif job.error:
        st.error(as_sentence(job.error), icon=":material/error:")
    else:
        found: Pilot = job.result
        tried = f"{found.images} images" if found.images > 1 else "one image"
        rate = f"{found.per_image:.2g} s an image, tried on {tried}"
        st.info(f"About {duration(found.seconds)} on this device ({rate}).", icon=":material/timer:")
