"""A store that cannot be used costs the page one sentence; the rest of the page works."""

import pytest

from benchmarks.hardening.store_states import STATES
from masking.benchmarks.storage.connection import StoreError
from masking.benchmarks.storage.store import Store
from pages.runs import store as runs
from tests.pages.runs.runs_page import RunsPage, begun, finished

SENTENCES = {
    "locked": "is held by another process; try again once it has finished.",
    "corrupt in the middle": "is damaged (database disk image is malformed)",
    "folder gone": "has gone; bring it back, or restart the dashboard to begin with an empty store.",
}


@pytest.mark.parametrize("state", SENTENCES)
def test_one_sentence_and_the_form_still_works(folders, fresh_server, monkeypatch, state):
    monkeypatch.setattr(runs, "PATIENCE_SECONDS", 0.0)
    with Store() as store:
        run = finished(store)
    page = RunsPage(view="runs")
    assert run.id in page.run_ids
    with STATES[state](store.folder):
        page.run()
        assert len(page.errors) == 1
        assert SENTENCES[state] in page.errors[0].replace("\\", "")
        page.choose("view", "new")
        assert page.errors == []
        page.press("Start")
        assert SENTENCES[state] in page.errors[0].replace("\\", "")
    page.choose("view", "runs")
    assert page.errors == []
    assert run.id in page.run_ids


@pytest.mark.parametrize("view", ["runs", "run"])
def test_what_redraws_itself_says_it_too(folders, fresh_server, monkeypatch, view):
    """While a run is computed, the list and the progress open the store again by themselves."""
    with Store() as store:
        run = begun(store, 1)
    page = RunsPage(view=view, run=run.id)
    opened, opens = [], runs.open_store

    def open_once():
        opened.append(1)
        if len(opened) > 1:
            raise StoreError("the store is held by another process; try again once it has finished")
        return opens()

    monkeypatch.setattr(runs, "open_store", open_once)
    page.run()
    assert page.errors == ["The store is held by another process; try again once it has finished."]
    monkeypatch.setattr(runs, "open_store", opens)
    assert page.run().errors == []
