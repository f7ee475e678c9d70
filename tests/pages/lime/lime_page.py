"""What a person does on the LIME page, as words for the tests."""

import re
import sys
import time

from masking.attribution import lime
from tests.pages.compare_page import ComparePage, click

PAGE = "pages/4_LIME.py"


class LimePage(ComparePage):
    """The LIME page, opened with these parameters in its address."""

    page = PAGE

    @property
    def lime_cards(self) -> dict[str, str]:
        """By title: a card's HTML."""
        cards = re.findall(r"<article.*?</article>", self._html("mx-lime"), re.DOTALL)
        return {re.search(r"<h4[^>]*>([^<]+)</h4>", card)[1]: card for card in cards}

    @property
    def bars(self) -> dict[str, list[tuple[int, float]]]:
        """By title: the strongest segments with their weights as shown."""
        found = {}
        for title, card in self.lime_cards.items():
            pairs = re.findall(r"<span>(\d+) · [^<]+</span><b>([^<]+)</b>", card)
            found[title] = [(int(segment), float(weight.replace("−", "-"))) for segment, weight in pairs]
        return found

    @property
    def counted(self) -> dict[str, tuple[int, int]]:
        """By title: samples answered, and asked for."""
        of = {title: re.search(r"<b>(\d+) of (\d+)</b>", card) for title, card in self.lime_cards.items()}
        return {title: (int(found[1]), int(found[2])) for title, found in of.items() if found}

    @property
    def segment(self) -> int:
        return int(self.at.session_state["segment"])

    @property
    def film(self) -> str:
        return self._html("mx-film")

    @property
    def shown_segments(self) -> int:
        return int(re.search(r"<b>(\d+)</b> segments", self._html("mx-share"))[1])

    def click_segment(self, x: int, y: int) -> "LimePage":
        """Click the picture at these canvas pixels, as the browser sends it."""
        key = self.at.session_state["segments_shown"]
        held = [*getattr(self, "_clicked", []), click(x, y)]
        self._clicked = held
        self.at.session_state[key] = {"drawing": {"raw": {"objects": held}, "data": None}, "backgroundFit": None}
        return self.run()


def asked_of(monkeypatch, pause: float = 0.0) -> list[str]:
    """The methods that LIME is asked about from now on; each batch of four takes at least so long."""
    module = sys.modules["pages.lime.request"]
    names: list[str] = []

    def watched(*given):
        *first, on_batch = given
        names.append(first[2].title)

        def paced(done, so_far):
            time.sleep(pause)
            on_batch(done, so_far)

        return lime(*first, paced, batch=4)

    monkeypatch.setattr(module, "lime", watched)
    return names
