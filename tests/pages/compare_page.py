"""Actions on the Compare page, for the tests."""

import time
from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from masking import Mask, Removal
from masking.inference.comparison import Comparison
from pages.mask_editor.canvas import Strokes
from pages.mask_editor.state import EditorState
from pages.shell.jobs import jobs, long_jobs
from tests.pages.html import Element, parse

ROOT = Path(__file__).parents[2]
PAGE = "pages/1_Compare.py"
PATIENCE_SECONDS = 300
"""The longest wait on a busy machine; a test that waits longer fails."""


class ComparePage:
    """The Compare page, opened as from the landing page with these parameters in its address.

    A patient page waits after every step until no job is running.
    """

    patient = True
    page = PAGE

    def __init__(self, patient: bool | None = None, **address: str | list[str]):
        if patient is not None:
            self.patient = patient
        self.at = AppTest.from_file(ROOT / "app.py", default_timeout=120)
        for key, value in address.items():
            self.at.query_params[key] = value
        self.go(self.page)

    def go(self, page: str) -> "ComparePage":
        """Open another page of this session."""
        self.at.switch_page(page)
        return self.run()

    def run(self) -> "ComparePage":
        """Rerun the page, again while jobs are running if it is patient; a traceback fails."""
        self.at.run()
        assert not self.at.exception, self.at.exception[0].stack_trace
        return self.settle() if self.patient else self

    def settle(self) -> "ComparePage":
        """Rerun until no job is running."""
        return self.run_until(lambda: not self.at.get("progress"), finished=True)

    def run_until(self, true: Callable[[], bool], finished: bool = False) -> "ComparePage":
        """Rerun until a condition holds; with `finished`, wait for the end of the jobs between reruns."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not true():
            assert time.monotonic() < end, "it does not happen"
            time.sleep(0.02)
            if finished:
                for job in [*jobs()._jobs.values(), *long_jobs()._jobs.values()]:
                    job.wait(5)
            self.at.run()
            assert not self.at.exception, self.at.exception[0].stack_trace
        return self

    # --- what the page shows -------------------------------------------------------------------

    @property
    def address(self) -> dict[str, str | list[str]]:
        """The parameters in the page's address."""
        return dict(self.at.query_params)

    def part(self, mark: str, tag: str = "") -> Element:
        """Return the first part of the page with this mark, or an element without tag or text."""
        parts = (parse(block.value).first(tag, mark) for block in self.at.get("html") if mark in block.value)
        return next(filter(None, parts), Element())

    @property
    def hidden(self) -> float:
        """The hidden share that the page shows, in percent."""
        return float(self.part("mx-share").first("b").text.rstrip("%"))

    @property
    def cards(self) -> dict[str, dict[str, str]]:
        """The shown probability of each class, by title."""
        return {card.first("h3").text: _bars(card) for card in self.part("mx-cards").all(mark="mx-card")}

    @property
    def facts(self) -> list[dict[str, str]]:
        """The named numbers below each card's bars."""
        return [facts_of(card) for card in self.part("mx-cards").all(mark="mx-card")]

    @property
    def waiting(self) -> bool:
        """True while the cards are greyed out because new ones are being computed."""
        return "mx-waiting" in self.part("mx-cards").marks

    @property
    def reading(self) -> str:
        """The sentence above the cards."""
        return self.part("mx-reading").text

    @property
    def table(self) -> Element:
        """The table of what the methods do."""
        return self.part("mx-table")

    @property
    def errors(self) -> list[str]:
        """The error messages."""
        return [error.value for error in self.at.error]

    @property
    def misfit(self) -> str:
        """The sentence that the classifier knows no such pictures; empty if it does."""
        return next((text.value for text in self.at.markdown if "mean little" in text.value), "")

    @property
    def warnings(self) -> list[str]:
        """The warnings."""
        return [warning.value for warning in self.at.warning]

    @property
    def captions(self) -> str:
        """The text of all captions."""
        return "\n".join(caption.value for caption in self.at.caption)

    @property
    def editor(self) -> EditorState:
        """The state of the mask editor."""
        return self.at.session_state["mask_editor"]

    @property
    def mask(self) -> Mask:
        """The current mask."""
        return self.editor.draft.mask

    @property
    def comparison(self) -> Comparison:
        """The comparison on the cards."""
        return self.at.session_state["comparing-latest"].result

    @property
    def removal(self) -> dict[str, Removal]:
        """The class entropies on the chart, by method."""
        return self.at.session_state["removal"][1].result

    @property
    def chart(self) -> bool:
        """True if a chart is shown."""
        return bool(self.at.get("plotly_chart"))

    # --- what a person does --------------------------------------------------------------------

    def press(self, label: str) -> "ComparePage":
        """Press a button."""
        next(widget for widget in self.at.button if widget.label == label).click()
        return self.run()

    def choose(self, key: str, value: object) -> "ComparePage":
        """Set a picker, number or slider."""
        key = {"methods": "shown-methods"}.get(key, key)
        self.at.session_state[key]  # a picker of that name is there
        widget = next(
            button
            for kind in ("selectbox", "multiselect", "number_input", "slider", "button_group")
            for button in getattr(self.at, kind)
            if button.key == key
        )
        widget.set_value(value)
        return self.run()

    def upload(self, key: str, name: str, content: bytes) -> "ComparePage":
        """Upload a file; the uploader of photographs is opened first."""
        if key == "photograph" and key not in {uploader.key for uploader in self.at.file_uploader}:
            self.press("Upload")
        self.at.file_uploader(key=key).upload(name, content)
        return self.run()

    def draw(self, *strokes: dict) -> "ComparePage":
        """Draw strokes on the canvas, as the browser sends them."""
        send_strokes(self.at, "mask_canvas", self.editor.strokes, *strokes)
        return self.run()


def send_strokes(at: AppTest, key: str, taken: Strokes, *strokes: dict) -> None:
    """Put new strokes where the browser puts them."""
    numbered = [{**stroke, "number": taken.seen + 1 + index} for index, stroke in enumerate(strokes)]
    at.session_state[key] = {"drawn": {"session": taken.session, "strokes": numbered}}


def _bars(card: Element) -> dict[str, str]:
    """Return the percentage of each class on a card."""
    bars = [bar for bar in card.all("div", "mx-bar") if bar.first("span")]
    return {bar.first("span").text: bar.first("b").text.rstrip(" %") for bar in bars}


def facts_of(card: Element) -> dict[str, str]:
    """Return the named numbers of a card."""
    facts = card.first("div", "mx-facts")
    return dict(zip(facts.texts("span"), facts.texts("b"), strict=True))


SIDE = 384
"""The side of the canvas on the screen in these tests, in pixels."""


def rectangle(left: int, top: int, width: int, height: int, action: str = "hide") -> dict:
    """Return a rectangle in pixels of the screen."""
    corners = [[left / SIDE, top / SIDE], [(left + width) / SIDE, (top + height) / SIDE]]
    return {"tool": "rectangle", "action": action, "points": corners}


def brush(action: str = "hide") -> dict:
    """Return a brush stroke from (50, 60) to (150, 110), 20 px wide, as the browser sends it."""
    points = [[x / SIDE, y / SIDE] for x, y in ((50, 60), (55, 65), (150, 110))]
    return {"tool": "brush", "action": action, "points": points, "width": 20 / SIDE}


def click(x: int, y: int, tool: str = "segment", action: str = "hide") -> dict:
    """Return a click on a superpixel."""
    return {"tool": tool, "action": action, "points": [[x / SIDE, y / SIDE]]}
