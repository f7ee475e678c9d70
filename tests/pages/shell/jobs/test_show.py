"""Background work of a page, tested on small pages."""

import threading
import time

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from masking.runtime.limits import read_limits
from pages.shell import jobs as jobs_module
from pages.shell.jobs import show

PATIENCE_SECONDS = 300


@pytest.fixture(autouse=True)
def impatient(fresh_server, monkeypatch):
    monkeypatch.setattr(show, "PATIENCE_SECONDS", 0.02)


@pytest.fixture
def gate(monkeypatch):
    """Hold up the work for keys that begin with "slow"."""
    event = threading.Event()

    def work(key):
        def wait(job):
            while key.startswith("slow") and not event.wait(0.01):
                job.step(0.5, "half")
            if key.startswith("bad"):
                raise ValueError("no such thing")
            return f"result of {key}"

        return wait

    monkeypatch.setattr(jobs_module, "work_for_tests", work, raising=False)
    yield event
    event.set()


def background():
    import streamlit as st

    from pages.shell import jobs

    key = st.session_state["key"]
    st.write(jobs.run_in_background(key, "Counting", jobs.work_for_tests(key), "slot"))


def two_places():
    import streamlit as st

    from pages.shell import jobs

    key = st.session_state["key"]
    for slot, each in (("first", key), ("second", f"{key} again")):
        st.write(jobs.run_in_background(each, "Counting", jobs.work_for_tests(each), slot))


def latest():
    import streamlit as st

    from pages.shell import jobs

    key = st.session_state["key"]
    newest = jobs.run_latest("slot", key, "Counting", jobs.work_for_tests(key), context=f"context of {key}")
    st.write(None if newest is None else f"{newest.key}, {newest.result}, {newest.context}, {newest.is_current}")


def on_press():
    import streamlit as st

    from pages.shell import jobs
    from pages.shell.jobs import on_press

    key = st.session_state["key"]
    pressed, work = st.button("Go"), jobs.work_for_tests(key)
    newest = on_press.run_on_press(pressed, "slot", key, "Counting", work, f"settings {key}", "Press Go.")
    st.write(None if newest is None else f"{newest.result}, {newest.origin or 'own'}")


class SmallPage:
    def __init__(self, script, key):
        self.at = AppTest.from_function(script, default_timeout=120)
        self.ask(key)

    def ask(self, key):
        self.at.session_state["key"] = key
        return self.run()

    def run(self):
        self.at.run()
        assert not self.at.exception
        return self

    def settle(self):
        end = time.monotonic() + PATIENCE_SECONDS
        while self.at.get("progress"):
            assert time.monotonic() < end
            time.sleep(0.02)
            self.run()
        return self

    @property
    def said(self):
        return self.at.markdown[-1].value

    @property
    def errors(self):
        return [error.value for error in self.at.error]


def test_a_result_is_there_once_it_is_computed(gate):
    page = SmallPage(background, "slow one")
    assert page.at.get("progress")
    assert page.said == "`None`"
    gate.set()
    assert page.settle().said == "result of slow one"


def test_work_that_ends_just_after_the_page_has_looked_is_still_shown(gate, monkeypatch):
    """The page stops waiting, then the work ends, then the page draws the progress: it must go on watching."""
    gate.set()
    jobs = jobs_module.jobs()
    first = jobs.start("slow one", "Counting", jobs_module.work_for_tests("slow one"))
    assert first.wait(PATIENCE_SECONDS)
    with monkeypatch.context() as just_before:
        just_before.setattr(jobs_module.Claim, "wait", lambda *_: False)
        page = SmallPage(background, "slow one")
    assert page.said == "`None`"
    assert page.at.get("progress"), "something that redraws the page"
    assert page.settle().said == "result of slow one"


def test_a_failure_is_shown_with_a_way_to_try_again(gate):
    page = SmallPage(background, "bad one").settle()
    assert page.errors == ["No such thing."]
    assert page.said == "`None`"
    first = jobs_module.jobs().get("bad one")
    page.at.button(key="slot-again").click()
    assert page.run().settle().errors == ["No such thing."]
    assert jobs_module.jobs().get("bad one") is not first


def test_the_previous_key_of_a_slot_is_dropped(gate):
    page = SmallPage(background, "slow one")
    overtaken = jobs_module.jobs().get("slow one")
    page.ask("two").settle()
    assert overtaken.wait(PATIENCE_SECONDS)
    assert overtaken.error == "Cancelled."
    assert page.said == "result of two"


def test_the_last_result_stays_while_the_next_is_computed(gate):
    page = SmallPage(latest, "one").settle()
    assert page.said == "one, result of one, context of one, True"
    page.ask("slow two")
    assert page.at.get("progress")
    assert page.said == "one, result of one, context of one, False"
    gate.set()
    assert page.settle().said == "slow two, result of slow two, context of slow two, True"


def test_before_the_first_result_and_after_a_failure_there_is_none(gate):
    page = SmallPage(latest, "slow one")
    assert page.said == "`None`"
    page.ask("two").settle().ask("bad three").settle()
    assert page.said == "`None`"
    assert page.errors == ["No such thing."]


def test_a_button_starts_long_work_and_an_older_result_says_so(gate):
    page = SmallPage(on_press, "one")
    assert page.said == "`None`"
    assert [caption.value for caption in page.at.caption] == ["Press Go."]
    page.at.button[0].click()
    assert page.run().settle().said == "result of one, own"
    assert not page.at.caption
    assert page.ask("two").said == "result of one, The settings have changed. This result is for: settings one."
    assert page.ask("one").said == "result of one, own"


def test_what_another_visitor_computed_does_not_appear_as_ones_own(gate):
    page = SmallPage(on_press, "one")
    page.at.button[0].click()
    page.run().settle()
    visitor = SmallPage(on_press, "one")
    assert visitor.said == "result of one, Computed earlier on this server with the same settings."
    assert "settings one" in visitor.ask("two").said
    visitor.ask("one").at.button[0].click()
    assert visitor.run().settle().said == "result of one, own"


def test_long_work_that_fails_says_so(gate):
    page = SmallPage(on_press, "bad one")
    page.at.button[0].click()
    page.run().settle()
    assert [info.value for info in page.at.info] == ["No such thing."]


def test_when_one_of_two_sessions_cancels_the_other_gets_the_result(gate):
    anna, ben = SmallPage(background, "slow one"), SmallPage(background, "slow one")
    anna.at.button(key="slot-cancel").click()
    assert anna.run().settle().errors == ["Cancelled."]
    assert ben.run().at.get("progress")
    assert not ben.errors
    gate.set()
    assert ben.settle().said == "result of slow one"
    assert anna.run().errors == ["Cancelled."]
    anna.at.button(key="slot-again").click()
    assert anna.run().settle().said == "result of slow one"


def test_when_one_of_two_sessions_moves_on_the_other_gets_the_result(gate):
    anna, ben = SmallPage(background, "slow one"), SmallPage(background, "slow one")
    assert anna.ask("two").settle().said == "result of two"
    assert ben.run().at.get("progress")
    gate.set()
    assert ben.settle().said == "result of slow one"


def test_when_one_of_two_sessions_cancels_long_work_the_other_gets_the_result(gate):
    anna, ben = SmallPage(on_press, "slow one"), SmallPage(on_press, "slow one")
    for page in (anna, ben):
        page.at.button[0].click()
        page.run()
    anna.at.button(key="slot-cancel").click()
    anna.run().settle()
    assert [info.value for info in anna.at.info] == ["Cancelled."]
    gate.set()
    assert ben.settle().said == "result of slow one, own"


def test_a_visitor_with_too_many_jobs_in_line_reads_a_sentence_and_can_try_again(gate, monkeypatch):
    monkeypatch.setattr(jobs_module.queues, "_limits", lambda: read_limits({"jobs": 1, "jobs_per_visitor": 1}))
    SmallPage(background, "slow one")
    anna = SmallPage(two_places, "slow two")
    assert anna.errors == [
        "You have a computation waiting, and no more are allowed; wait until one begins or cancel one, then try again."
    ]
    gate.set()
    anna.settle().at.button(key="second-again").click()
    assert anna.run().settle().said == "result of slow two again"


def test_clearing_streamlits_caches_does_not_lose_a_job(gate):
    page = SmallPage(background, "slow one")
    st.cache_resource.clear()
    assert page.run().at.get("progress")
    gate.set()
    assert page.settle().said == "result of slow one"
