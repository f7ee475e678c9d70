"""A public server: a run belongs to the visitor who started it, and everybody else looks on."""

import hashlib

import pytest

from masking.benchmarks.storage.process_identity import myself
from masking.benchmarks.storage.run import CANCELLED, RUNNING
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker import queue
from pages.runs import list_view, run_view
from pages.runs import store as runs
from pages.runs.owner import LOOK_ONLY, NOBODYS
from pages.shell import visitor as visitors
from tests.pages.runs.runs_page import RunsPage, begun, finished

MINE, OTHER = "m" * 43, "o" * 43


def digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


@pytest.fixture
def store(folders, fresh_server):
    with Store() as made:
        yield made


@pytest.fixture
def public(folders):
    """Make the server public; two runs of one visitor may wait."""
    (folders / "masking.toml").write_text("public = true\n[limits]\nqueued_runs_per_visitor = 2\n")


@pytest.fixture
def no_processes(monkeypatch):
    """This process stands in for every worker."""
    monkeypatch.setattr(queue, "_start_worker", lambda *_: myself())


def owned(store, token, make, *values):
    run = make(store, *values)
    store.write(run.id, owner=digest(token))
    return store.run(run.id)


def test_start_makes_a_run_of_the_visitor_and_the_address_brings_them_back(store, public, no_processes):
    page = RunsPage(count="2").press("Start")
    token = page.address["owner"]
    run = store.run(page.address["run"])
    assert run.owner == digest(token)
    assert token not in (store.folder / "runs.sqlite").read_bytes().decode("latin-1")
    store.write(run.id, heartbeat=1.0)  # the worker has begun, so it is asked and not ended
    again = RunsPage(**page.address)
    assert not again.disabled("Cancel")
    again.press("Cancel")
    assert store.run(run.id).state in {"cancelling", CANCELLED}


def test_others_look_on(store, public):
    run = owned(store, OTHER, begun, 1)
    page = RunsPage(run=run.id, owner=MINE)
    assert page.disabled("Cancel")
    assert LOOK_ONLY in page.captions
    assert page.charts
    store.change(run.id, CANCELLED, (RUNNING,))
    page = RunsPage(run=run.id, owner=MINE)
    assert page.disabled("Resume")
    page = RunsPage(view="runs", owner=MINE).select(run.id)
    assert page.disabled("Delete")
    assert "1 of them not yours" in page.captions


def test_a_finished_run_says_why_it_cannot_be_named(store, public):
    run = owned(store, OTHER, finished)
    assert LOOK_ONLY in RunsPage(run=run.id, owner=MINE).captions
    assert LOOK_ONLY not in RunsPage(run=run.id, owner=OTHER).captions
    store.write(run.id, owner="")  # such as those that come with the program
    assert NOBODYS in RunsPage(run=run.id, owner=MINE).captions


def test_a_token_that_has_no_form_opens_nothing(store, public):
    run = owned(store, OTHER, finished)
    page = RunsPage(run=run.id, owner="x")
    assert page.address["owner"] != "x"
    assert visitors.is_token(page.address["owner"])


def test_the_actions_themselves_refuse(store, public, monkeypatch, no_processes):
    """Whoever sends the message of a button that is disabled gets no further."""
    run, busy = owned(store, OTHER, finished), owned(store, OTHER, begun, 1)
    errors = []
    monkeypatch.setattr(runs, "remember_error", lambda error: errors.append(str(error)))
    monkeypatch.setattr("pages.runs.owner.visitor", lambda: MINE)
    state = {"tags-added": ["spam"], "title": "spam"}
    monkeypatch.setattr(list_view.st, "session_state", state)
    runs.cancel(busy.id)
    runs.resume(run.id)
    list_view._delete([run.id])
    list_view._tag([run.id])
    run_view._save_note(run.id, "title", "title")
    store.delete(run.id)
    list_view._restore([run.id])
    list_view._empty_bin([run.id])
    assert len(errors) == 7
    assert all("was started by another visitor" in error for error in errors)
    after = store.run(run.id)
    assert (after.title, after.tags, after.done) == (run.title, (), run.done)
    assert after.deleted is not None
    assert store.run(busy.id).state == RUNNING


def test_the_bin_is_emptied_of_own_runs_only(store, public):
    mine, other = owned(store, MINE, finished), owned(store, OTHER, finished)
    store.delete(mine.id), store.delete(other.id)
    page = RunsPage(view="runs", state="bin", owner=MINE)
    assert "This deletes 1 run with" in page.captions
    page.press("Delete for good")
    assert [run.id for run in store.runs(deleted=True)] == [other.id]


def test_too_many_runs_are_one_sentence_and_the_form_stays(store, public, no_processes):
    address = {"count": "2", "owner": MINE}
    for _ in range(2):
        RunsPage(**address).press("Start")
    page = RunsPage(**address).write("run-title", "Third").press("Start")
    assert page.errors == [
        "You have 2 runs waiting or under way, and no more are allowed; cancel one, or try again when one has finished."
    ]
    assert page.at.text_input(key="run-title").value == "Third"
    assert "--count 2" in page.command
    second = next(run for run in store.runs() if run.waits)
    page = RunsPage(run=second.id, owner=MINE)
    assert page.progress[0].startswith("First in line")
    page.press("Cancel")
    assert page.state == "Cancelled"


def test_where_the_operator_knows_everybody_all_may_do_all(store):
    run = finished(store)
    store.write(run.id, owner=digest(OTHER))
    page = RunsPage(run=run.id)
    assert "owner" not in page.address
    page.write(f"title-{run.id}", "By somebody else")
    assert store.run(run.id).title == "By somebody else"
