"""The Benchmarks page: no name, whether typed, imported or from a link, makes a browser fetch or link anything."""

import re

import pytest

from masking.benchmarks.storage.run import FAILED
from masking.benchmarks.storage.store import Store
from tests.pages.runs.runs_page import RunsPage, finished

IMAGE = "![x](http://there.example/x.png) [y](http://there.example) <img src=http://there.example>"
BODIES = ("markdown", "caption", "info", "warning", "error", "success")
LABELS = ("button", "checkbox", "selectbox", "multiselect")
_UNESCAPED = re.compile(r"(?<!\\)\[[xy]|(?<!\\)<img")


@pytest.fixture
def store(folders, fresh_server):
    with Store() as made:
        yield made


@pytest.fixture
def hostile(store):
    """A finished run and a failed one, whose every text is an image in Markdown."""
    made = []
    for state in ("finished", FAILED):
        run = finished(store)
        spec = run.spec.model_copy(update={"classifier": run.spec.classifier.model_copy(update={"name": IMAGE})})
        environment = {**run.environment, "labels": {"unknown": [IMAGE], "known": 1, IMAGE: IMAGE}}
        store.write(run.id, spec=spec.model_dump_json(), title=IMAGE, note=IMAGE, tags=[IMAGE], device=IMAGE)
        store.write(run.id, environment=environment, state=state, error=f"{IMAGE} fails" if state == FAILED else "")
        made.append(run.id)
    return made


def texts_of(page):
    """All texts of a page that Streamlit reads as Markdown: bodies, labels of buttons and boxes, bars, help."""
    for kind in (*BODIES, *LABELS):
        for element in getattr(page.at, kind):
            yield str(getattr(element, "value", "") if kind in BODIES else element.label)
            yield str(getattr(element, "help", "") or "")
    yield from page.progress


def test_no_name_becomes_markdown(hostile):
    first, failed = hostile
    views = ({"view": "runs"}, {"run": first}, {"run": failed}, {"view": "compare", "runs": f"{first},{failed}"})
    for address in (*views, {"view": "compare", "runs": IMAGE}, {"run": IMAGE}, {"view": IMAGE, "outcome": IMAGE}):
        unescaped = [text for text in texts_of(RunsPage(**address)) if _UNESCAPED.search(text)]
        assert unescaped == [], address
