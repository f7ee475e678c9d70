"""What somebody wants to remember of a run: its title, tags and a note."""

import html

import streamlit as st

from masking.benchmarks.storage.run import Run
from masking.benchmarks.storage.store import Store
from pages.runs import store as runs
from pages.runs.text import tags_html


def known_tags(store: Store) -> list[str]:
    """Every tag in use, in alphabetical order."""
    return sorted({tag for run in store.runs() for tag in run.tags})


def edit_notes(store: Store, run: Run) -> None:
    """Title, tags and note behind a popover; each is kept as soon as it is given."""
    with st.container(horizontal=True, vertical_alignment="center", key="run-notes"):
        with st.popover("Title, tags, note", icon=":material/edit:"):
            _field(run, "title", run.title, lambda key, **how: st.text_input("Title", key=key, max_chars=200, **how))
            tags = known_tags(store)
            _field(
                run, "tags", list(run.tags),
                lambda key, **how: st.multiselect("Tags", tags, key=key, accept_new_options=True, **how),
            )  # fmt: skip
            _field(run, "note", run.note, lambda key, **how: st.text_area("Note", key=key, max_chars=4000, **how))
        if run.tags or run.note:
            st.html(f"<div class='mx-run mx-note'>{tags_html(run)} {html.escape(run.note)}</div>")


def _field(run: Run, name: str, value, draw) -> None:
    key = f"{name}-{run.id}"
    st.session_state.setdefault(key, value)
    draw(key, on_change=_keep, args=[run.id, name, key])


def _keep(run: str, name: str, key: str) -> None:
    value = st.session_state[key]
    given = [tag.strip() for tag in value if tag.strip()] if name == "tags" else value.strip()
    if name == "title" and not given:
        return
    with runs.open_store() as store:
        store.write(run, **{name: given})
