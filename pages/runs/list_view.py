"""All runs: filter, sort, open, tag, delete with undo, and pick those to compare."""

import time
from typing import Any

import streamlit as st

from masking.benchmarks.analysis.statistics import MOST_RUNS
from masking.benchmarks.storage.run import BUSY, FINISHED, Run
from masking.benchmarks.storage.store import Store
from pages.runs import store as runs
from pages.runs.notes import known_tags
from pages.runs.text import day, experiment_title, facts, row_html
from pages.shell import links
from pages.shell.errors import escape_label

SHOWN = 20
POLL_SECONDS = 2.0
_DELETED, _MORE = "runs_deleted", "runs_shown"
BIN = "bin"
STATES = {"all": "All", "busy": "Under way", "finished": "Finished", "stopped": "Stopped", BIN: "Bin"}
SORTS = {
    "latest": ("Latest first", lambda run: -run.created),
    "oldest": ("Oldest first", lambda run: run.created),
    "title": ("Title", lambda run: run.title.lower()),
    "experiment": ("Experiment", experiment_title),
    "classifier": ("Classifier", lambda run: run.spec.classifier.name),
    "images": ("Most images", lambda run: -run.done_images),
    "time": ("Longest", lambda run: -run.seconds),
}


def history() -> None:
    """Draw the view."""
    notices = st.container()
    _listing()
    with notices:  # last: the list may ask for another run of the page, which is to tell them
        runs.show_failures()


def _listing() -> None:
    _undo()
    with st.container(horizontal=True, vertical_alignment="top", gap="medium", key="run-filters"):
        text = _text()
        state = _choice("state", STATES, "all", "State")
        sort = _sort()
    with runs.open_store() as store:
        every = store.runs(deleted=state == BIN)
        found = sorted((run for run in every if _matches(run, text, state)), key=SORTS[sort][1])
        active = any(run.state in BUSY for run in found)
    if not found:
        st.info("The bin is empty." if state == BIN and not every else "No run matches.", icon=":material/search:")
        return

    @st.fragment(run_every=POLL_SECONDS if active else None)
    def listed() -> None:
        with runs.open_store() as store:
            if active and not any(run.state in BUSY for run in store.runs()):
                st.rerun()
            _list(store, [run.id for run in found], state)

    listed()


def _text() -> str:
    state = st.session_state
    state.setdefault("filter", st.query_params.get("filter", ""))
    text = st.text_input(
        "Filter", key="filter", placeholder="Title, experiment, classifier, data, tag, note", persist_state="session"
    )
    links.write_to_url("filter", "")
    return text


def _choice(key: str, options: dict[str, str], default: str, label: str) -> str:
    links.url_choice(key, list(options), default, label.lower())
    chosen = st.segmented_control(
        label, list(options), format_func=options.get, key=key, required=True, persist_state="session", width="content"
    )
    links.write_to_url(key, default)
    return chosen


def _sort() -> str:
    links.url_choice("sort", list(SORTS), "latest", "order")
    chosen = st.selectbox(
        "Order", list(SORTS), format_func=lambda one: SORTS[one][0], key="sort", persist_state="session", width=160
    )
    links.write_to_url("sort", "latest")
    return chosen


def _matches(run: Run, text: str, state: str) -> bool:
    wanted = {"all": True, BIN: True, "busy": run.state in BUSY, "finished": run.state == FINISHED}
    if not wanted.get(state, run.state not in (*BUSY, FINISHED)):
        return False
    told = " ".join([run.id, run.title, facts(run), *run.tags, run.note, run.state]).lower()
    return all(word in told for word in text.lower().split())


def _list(store: Store, names: list[str], state: str) -> None:
    """One line per run, and what can be done with those that are ticked."""
    shown = names[: st.session_state.get(_MORE, SHOWN)]
    ticked = [name for name in names if st.session_state.get(f"report_forward_passes-{name}")]
    _actions(store, ticked, state)
    for name in shown:
        _line(store.run(name))
    if len(names) > len(shown):
        _act(f"Show more ({len(names) - len(shown)})", on_click=_show_more, icon=":material/expand_more:")


def _act(label: str, **options: Any) -> None:
    """A button whose callback changes what the rest of the page shows, so that the list alone is not redrawn."""
    if st.button(label, **options):
        st.rerun()


def _line(run: Run) -> None:
    with st.container(key=f"run-line-{run.id}", horizontal=True, vertical_alignment="center", gap="small"):
        st.checkbox(
            f"Select {run.title} {run.id}",
            key=f"report_forward_passes-{run.id}",
            label_visibility="collapsed",
            width=24,
        )
        with st.container(width="stretch", gap=None):
            _act(
                f"**{escape_label(run.title)}** · {run.id} · {day(run.created)}", key=f"open-{run.id}", type="tertiary",
                on_click=runs.go, args=["run"], kwargs={"run": run.id},
            )  # fmt: skip
            st.html(row_html(run))
            if run.state in BUSY and run.shards:
                st.progress(run.progress)


def _actions(store: Store, ticked: list[str], state: str) -> None:
    """Compare, tag and delete, or bring back from the bin."""
    few = not 2 <= len(ticked) <= MOST_RUNS
    with st.container(horizontal=True, vertical_alignment="center", key="run-actions"):
        if state == BIN:
            _act("Bring back", icon=":material/undo:", on_click=_undelete, args=[ticked], disabled=not ticked)
            _ask_to_empty(store)
        else:
            _act(
                "Compare", icon=":material/compare_arrows:", disabled=few, on_click=_compare, args=[ticked],
                help=f"ReportForwardPasses 2 to {MOST_RUNS} runs of one experiment",
            )  # fmt: skip
            with st.popover("Tag", icon=":material/sell:", disabled=not ticked):
                st.multiselect("Add these tags", known_tags(store), key="tags-added", accept_new_options=True)
                _act("Add", on_click=_tag, args=[ticked])
            _act("Delete", icon=":material/delete:", on_click=_delete, args=[ticked], disabled=not ticked)
        what = "bring them back" if state == BIN else "compare, tag or delete them"
        st.caption(f"{len(ticked)} ticked" if ticked else f"ReportForwardPasses runs to {what}.")


def _ask_to_empty(store: Store) -> None:
    """Empties the bin of what is said to be in it; what is put there later stays."""
    names, rows = store.in_bin()
    asked = time.time()
    with st.popover("Empty the bin", icon=":material/delete_forever:", disabled=not names):
        st.caption(f"{names} {'run' if names == 1 else 'runs'} with {rows} rows will be gone for good.")
        _act("Delete for good", type="primary", on_click=_empty_bin, args=[asked])


def _show_more() -> None:
    st.session_state[_MORE] = st.session_state.get(_MORE, SHOWN) + SHOWN


def _compare(ticked: list[str]) -> None:
    runs.go("compare", runs=list(ticked))


def _tag(ticked: list[str]) -> None:
    added = [tag.strip() for tag in st.session_state["tags-added"] if tag.strip()]
    with runs.open_store() as store:
        for name in ticked:
            store.write(name, tags=list(dict.fromkeys([*store.run(name).tags, *added])))
            st.session_state.pop(f"tags-{name}", None)
    st.session_state["tags-added"] = []


def _delete(ticked: list[str]) -> None:
    done: list[str] = []
    with runs.open_store() as store:
        for name in ticked:
            try:
                store.delete(name)
                done.append(name)
            except ValueError as error:
                runs.remember_error(error)
    st.session_state[_DELETED] = done


def _undelete(names: list[str]) -> None:
    with runs.open_store() as store:
        for name in names:
            store.undelete(name)
    st.session_state.pop(_DELETED, None)


def _empty_bin(before: float) -> None:
    with runs.open_store() as store:
        store.empty_bin(before)
    st.session_state.pop(_DELETED, None)


def _undo() -> None:
    """Until something else is deleted: what just was, with Undo."""
    if not (names := st.session_state.get(_DELETED)):
        return
    left, right = st.columns([6, 1], vertical_alignment="center")
    what = f"{len(names)} runs are" if len(names) > 1 else "One run is"
    left.info(f"{what} in the bin now.", icon=":material/delete:")
    right.button("Undo", on_click=_undelete, args=[names], width="stretch", icon=":material/undo:")
