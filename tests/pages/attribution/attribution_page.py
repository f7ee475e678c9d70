"""Actions on the page of attribution masks, for the tests."""

import json

from tests.pages.compare_page import ComparePage, facts_of
from tests.pages.html import parse

PAGE = "pages/5_Attribution_masks.py"


def shown_probability(answer: str) -> str:
    """Return the probability of the label from the numbers below a picture."""
    return next(number for name, number in facts_of(parse(answer)).items() if name.startswith("“"))


class AttributionPage(ComparePage):
    """The page of attribution masks, opened with these parameters in its address."""

    page = PAGE

    @property
    def players(self) -> list[dict]:
        """The data of the two players: the leading one and the one for the controls."""
        return [given for given in self._given if "rows" in given]

    @property
    def step(self) -> int:
        """The step that the players show."""
        return next(given["step"] for given in self._given if "step" in given)

    @property
    def _given(self) -> list[dict]:
        return [
            json.loads(component.proto.mixed.json or component.proto.json)
            for component in self.at.get("bidi_component")
        ]

    @property
    def player(self) -> dict:
        """The leading player."""
        return self.players[0]

    @property
    def titles(self) -> list[str]:
        """The titles of the rows of the leading player."""
        return [row["title"] for row in self.player["rows"]]

    def frames(self, row: int = 0, picture: int = 2) -> list[str]:
        """The pictures of a row: 0 attributions, 1 masks, 2 what the network saw."""
        return self.player["rows"][row]["pictures"][picture]["frames"]

    def probabilities(self, player: int = 0, row: int = 0) -> list[str]:
        """The probability of the row's label at each step, as shown."""
        answers = self.players[player]["rows"][row]["answers"]
        return [shown_probability(answer) for answer in answers]

    def stop_at(self, step: int) -> "AttributionPage":
        """Step there in the browser, which sends the step to the server."""
        self.at.session_state["choice of step"] = step
        return self.run()

    @property
    def marker(self) -> float:
        """The step at which the curves have their marker."""
        spec = json.loads(self.at.get("plotly_chart")[0].proto.spec)
        return spec["layout"]["shapes"][0]["x0"]

    @property
    def curves(self) -> list[dict]:
        """The lines of the first two charts: probability and doubt."""
        return [line for chart in self.at.get("plotly_chart")[:2] for line in json.loads(chart.proto.spec)["data"]]
