"""Actions on the LIME page, for the tests."""

import sys
import time
from collections.abc import Callable
from typing import Any

from masking.attribution import LimeExplanation
from masking.attribution.lime_explainer import iterate_lime
from tests.pages.compare_page import ComparePage, click, send_strokes
from tests.pages.html import Element

PAGE = "pages/4_LIME.py"


class LimePage(ComparePage):
    """The LIME page, opened with these parameters in its address."""

    page = PAGE

    @property
    def explanations(self) -> dict[str, Element]:
        """The card of each explanation, by title."""
        return {card.first("h3").text: card for card in self.part("mx-lime").all("div", "mx-card")}

    @property
    def bars(self) -> dict[str, list[tuple[int, float]]]:
        """The strongest segments with their weights as shown, by title."""
        return {title: [_weight(bar) for bar in card.all("div", "mx-bar")] for title, card in self.explanations.items()}

    @property
    def widths(self) -> list[str]:
        """The lengths of the bars, from the top."""
        bars = self.part("mx-lime").all("div", "mx-bar")
        return [bar.first("i").attributes["style"].removeprefix("width:") for bar in bars]

    @property
    def counted(self) -> dict[str, tuple[int, int]]:
        """The numbers of samples done and requested, by title."""
        facts = {title: card.first("div", "mx-facts").texts("b") for title, card in self.explanations.items()}
        counts = {title: [text.split(" of ") for text in texts if " of " in text] for title, texts in facts.items()}
        return {title: (int(pairs[0][0]), int(pairs[0][1])) for title, pairs in counts.items() if pairs}

    @property
    def segment(self) -> int:
        return int(self.at.session_state["segment"])

    @property
    def evidence(self) -> Element:
        """The samples behind the weight of the segment."""
        return self.part("mx-evidence")

    @property
    def pictures(self) -> int:
        """The number of cards that show a picture of a sample before the run."""
        return len(self.part("mx-cards").all("img"))

    @property
    def scale(self) -> list[str]:
        """The numbers on the scale of colours."""
        return self.part("mx-scale").texts("span")

    @property
    def shown_segments(self) -> int:
        return int(self.part("mx-share").first("b").text)

    def click_segment(self, x: int, y: int) -> "LimePage":
        """Click the picture at these canvas pixels, as the browser sends it."""
        send_strokes(self.at, "segment_canvas", self.at.session_state["segment_clicks"].strokes, click(x, y))
        return self.run()


def _weight(bar: Element) -> tuple[int, float]:
    """Return the segment of a bar and its weight."""
    return int(bar.first("span").text.split(" · ")[0]), float(bar.first("b").text.replace("−", "-"))


def record_names(monkeypatch, pause: float = 0.0) -> list[str]:
    """Return the names of the methods that LIME explains from now on; a batch of four takes at least this long."""
    names: list[str] = []
    _watch(monkeypatch, pause, names.append, lambda title, so_far: None)
    return names


def record_results(monkeypatch, pause: float = 0.0) -> dict[str, LimeExplanation]:
    """Return the latest explanation of each method, by title, as LIME makes them from now on in batches of four."""
    results: dict[str, LimeExplanation] = {}
    _watch(monkeypatch, pause, lambda title: None, results.__setitem__)
    return results


def _watch(monkeypatch, pause: float, on_start: Callable[[str], Any], on_batch: Callable[[str, Any], Any]) -> None:
    def watched(*given):
        on_start(given[2].title)
        for so_far in iterate_lime(*given, batch=4):
            time.sleep(pause)
            on_batch(so_far.title, so_far)
            yield so_far

    monkeypatch.setattr(sys.modules["pages.lime.request"], "iterate_lime", watched)
