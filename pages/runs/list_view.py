"""All runs: filter, sort, open, tag, delete with undo, and select those to compare."""

import logging
import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from masking.benchmarks.analysis.statistics import MOST_RUNS
from masking.benchmarks.storage.run import BUSY, FINISHED, Run
from masking.benchmarks.storage.store import Store
from pages.runs import store as runs
from pages.runs.owner import check_may_change, may_change
from pages.runs.run_view import known_tags
from pages.runs.text import day, experiment_title, facts, row_html
from pages.shell import links
from pages.shell.errors import as_sentence, error_sentence, escape_label, show_errors
from pages.shell.settings import is_public

_log = logging.getLogger(__name__)

LENGTH = 20
"""Runs in the list, until the user asks for more."""
POLL_SECONDS = 2.0
_DELETED, _LENGTH = "runs_deleted", "runs_length"
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


def show_all_runs() -> None:
    """Draw the view."""
    errors = st.container()
    _show_list()
    with errors:  # last: the list may rerun the page, and the error must be shown then
        runs.show_error()


def _show_list() -> None:
    _show_undo()
    with st.container(horizontal=True, vertical_alignment="top", gap="medium", key="run-filters"):
        text = _pick_text()
        state = _pick_state()
        sort = _pick_sort()
    with runs.open_store() as store:
        _show_damaged(store)
        stored = store.runs(deleted=state == BIN)
        matching = sorted((run for run in stored if _matches(run, text, state)), key=SORTS[sort][1])
        active = any(run.state in BUSY for run in matching)
    if not matching:
        message = "The bin is empty." if state == BIN and not stored else "No run matches the filter."
        st.info(message, icon=":material/search:")
        return

    @st.fragment(run_every=POLL_SECONDS if active else None)
    def draw() -> None:
        with show_errors(), runs.open_store() as store:  # this part redraws itself, without the page around it
            if active and not any(run.state in BUSY for run in store.runs()):
                st.rerun()
            _draw_list(store, [run.id for run in matching], state)

    draw()


def _pick_text() -> str:
    state = st.session_state
    state.setdefault("filter", st.query_params.get("filter", ""))
    text = st.text_input(
        "Filter", key="filter", placeholder="Title, experiment, classifier, data, tag, note", persist_state="session"
    )
    links.write_to_url("filter", "")
    return text


def _pick_state() -> str:
    links.url_choice("state", list(STATES), "all", "state")
    state = st.segmented_control(
        "State", list(STATES), format_func=STATES.__getitem__, key="state", required=True, persist_state="session",
        width="content",
    )  # fmt: skip
    links.write_to_url("state", "all")
    return state or "all"


def _pick_sort() -> str:
    links.url_choice("sort", list(SORTS), "latest", "order")
    sort = st.selectbox(
        "Order", list(SORTS), format_func=lambda name: SORTS[name][0], key="sort", persist_state="session", width=160
    )
    links.write_to_url("sort", "latest")
    return sort


def _matches(run: Run, text: str, state: str) -> bool:
    in_state = {"all": True, BIN: True, "busy": run.state in BUSY, "finished": run.state == FINISHED}
    if not in_state.get(state, run.state not in (*BUSY, FINISHED)):
        return False
    words = " ".join([run.id, run.title, facts(run), *run.tags, run.note, run.state]).lower()
    return all(word in words for word in text.lower().split())


def _draw_list(store: Store, names: list[str], state: str) -> None:
    """Draw one line per run, and the actions for the selected ones."""
    visible = names[: st.session_state.get(_LENGTH, LENGTH)]
    selected = [name for name in names if st.session_state.get(f"select-{name}")]
    _draw_actions(store, selected, state)
    for name in visible:
        try:
            _draw_line(store.run(name))
        except Exception as error:  # one bad run is no reason to hide the others
            _log.exception("run %s cannot be shown", name)
            st.warning(f"Run {name} cannot be shown: {error_sentence(error)}", icon=":material/broken_image:")
    if len(names) > len(visible):
        _draw_button(f"Show more ({len(names) - len(visible)})", on_click=_show_more, icon=":material/expand_more:")


def _draw_button(label: str, **options: Any) -> None:
    """Draw a button that reruns the whole page, because its callback changes more than the list."""
    if st.button(label, **options):
        st.rerun()


def _draw_line(run: Run) -> None:
    with st.container(key=f"run-line-{run.id}", horizontal=True, vertical_alignment="center", gap="small"):
        st.checkbox(
            f"Select {escape_label(run.title)} {run.id}", key=f"select-{run.id}", label_visibility="collapsed", width=24
        )
        with st.container(width="stretch", gap=None):
            _draw_button(
                f"**{escape_label(run.title)}** · {run.id} · {day(run.created)}", key=f"open-{run.id}",
                type="tertiary", on_click=runs.go, args=["run"], kwargs={"run": run.id},
            )  # fmt: skip
            st.html(row_html(run))
            if run.state in BUSY and run.shards:
                st.progress(run.progress)


def _draw_actions(store: Store, selected: list[str], state: str) -> None:
    """Draw Compare, Tag and Delete; in the bin, Restore and Empty."""
    can_compare = 2 <= len(selected) <= MOST_RUNS
    foreign = [name for name in selected if not _may_change(store, name)]
    with st.container(horizontal=True, vertical_alignment="center", key="run-actions"):
        if state == BIN:
            _draw_button(
                "Restore", icon=":material/undo:", on_click=_restore, args=[selected],
                disabled=not selected or bool(foreign),
            )  # fmt: skip
            _draw_empty_bin(store)
        else:
            _draw_button(
                "Compare", icon=":material/compare_arrows:", disabled=not can_compare, on_click=_compare,
                args=[selected], help=f"Select 2 to {MOST_RUNS} runs of one experiment",
            )  # fmt: skip
            with st.popover("Tag", icon=":material/sell:", disabled=not selected or bool(foreign)):
                st.multiselect("Add these tags", known_tags(store), key="tags-added", accept_new_options=True)
                _draw_button("Add", on_click=_tag, args=[selected])
            _draw_button(
                "Delete", icon=":material/delete:", on_click=_delete, args=[selected],
                disabled=not selected or bool(foreign),
            )  # fmt: skip
        actions = "restore them" if state == BIN else "compare, tag or delete them"
        note = f", {len(foreign)} of them not yours, which you may only compare" if foreign else ""
        st.caption(f"{len(selected)} selected{note}" if selected else f"Select runs to {actions}.")


def _may_change(store: Store, name: str) -> bool:
    """Return whether this visitor may change a run; a damaged one only where everybody may change all."""
    try:
        return may_change(store.run(name))
    except (ValueError, KeyError):
        return not is_public()


def _draw_empty_bin(store: Store) -> None:
    """Draw a button that empties the bin of the runs it names: one's own on a public server. Later ones stay."""
    rows = {name: rows for name, rows in store.bin.rows().items() if _may_change(store, name)}
    with st.popover("Empty the bin", icon=":material/delete_forever:", disabled=not rows):
        st.caption(
            f"This deletes {len(rows)} {'run' if len(rows) == 1 else 'runs'} with {sum(rows.values())} rows for good."
        )
        _draw_button("Delete for good", type="primary", on_click=_empty_bin, args=[list(rows)])


def _show_damaged(store: Store) -> None:
    """Name the runs that cannot be read, each with a button that puts it into the bin."""
    for name, reason in store.damaged().items():
        left, right = st.columns([6, 1], vertical_alignment="center")
        left.warning(as_sentence(reason), icon=":material/broken_image:")
        if not is_public():
            right.button("Delete", key=f"damaged-{name}", on_click=_delete_damaged, args=[name], width="stretch")


def _each(names: list[str], act: Callable[[Store, str], object]) -> list[str]:
    """Do something with each of these runs that this visitor may change; return those with which it succeeded."""
    done: list[str] = []
    try:
        with runs.open_store() as store:
            for name in names:
                try:
                    if not _may_change(store, name):
                        check_may_change(store.run(name))
                    act(store, name)
                    done.append(name)
                except (ValueError, KeyError) as error:
                    runs.remember_error(error)
    except ValueError as error:  # the store cannot be used
        runs.remember_error(error)
    return done


def _delete_damaged(name: str) -> None:
    _each([name], lambda store, name: store.write(name, deleted=time.time()))


def _show_more() -> None:
    st.session_state[_LENGTH] = st.session_state.get(_LENGTH, LENGTH) + LENGTH


def _compare(selected: list[str]) -> None:
    runs.go("compare", runs=list(selected))


def _tag(selected: list[str]) -> None:
    added = [tag.strip() for tag in st.session_state["tags-added"] if tag.strip()]

    def tag(store: Store, name: str) -> None:
        store.write(name, tags=list(dict.fromkeys([*store.run(name).tags, *added])))
        st.session_state.pop(f"tags-{name}", None)

    if len(_each(selected, tag)) == len(selected):
        st.session_state["tags-added"] = []


def _delete(selected: list[str]) -> None:
    st.session_state[_DELETED] = _each(selected, Store.delete)


def _restore(names: list[str]) -> None:
    _each(names, Store.undelete)
    st.session_state.pop(_DELETED, None)


def _empty_bin(names: list[str]) -> None:
    runs_of_visitor: list[str] = []
    _each(names, lambda _, name: runs_of_visitor.append(name))
    try:
        with runs.open_store() as store:
            store.bin.empty(runs_of_visitor)
    except ValueError as error:
        runs.remember_error(error)
    st.session_state.pop(_DELETED, None)


def _show_undo() -> None:
    """Show what was deleted last, with Undo, until something else is deleted."""
    if not (names := st.session_state.get(_DELETED)):
        return
    left, right = st.columns([6, 1], vertical_alignment="center")
    subject = f"{len(names)} runs are" if len(names) > 1 else "One run is"
    left.info(f"{subject} in the bin now.", icon=":material/delete:")
    right.button("Undo", on_click=_restore, args=[names], width="stretch", icon=":material/undo:")
