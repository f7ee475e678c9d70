"""Actions on the Shape leakage page, for the tests."""

from masking.leakage import Cutout
from tests.pages.compare_page import ComparePage
from tests.pages.html import Element

PAGE = "pages/3_Shape_leakage.py"
METHOD_NAMES = "blackout,layer_masking"


class LeakagePage(ComparePage):
    """The Shape leakage page, opened with these parameters in its address."""

    page = PAGE

    @property
    def cutout(self) -> Cutout:
        return self.at.session_state["cutting-latest"].result

    @property
    def matrix(self) -> dict[str, list[tuple[str, str]]]:
        """The class and the probability of the hidden class under each hole, by method."""
        tiles = self.part("mx-tiles")
        rows = tiles.all("div", "mx-tile-row")
        return {
            title: [_answer(tile) for tile in row.all("div", "mx-tile")]
            for title, row in zip(tiles.texts("h3"), rows, strict=True)
        }

    @property
    def words(self) -> list[str]:
        """What each tile says about its answer, in a word."""
        tiles = self.part("mx-tiles").all("div", "mx-tile")
        return [str(tile.first("span", "mx-badge").inside[-1]) for tile in tiles]

    @property
    def legend(self) -> Element:
        """The text that explains the marks."""
        return self.part("mx-legend")

    @property
    def measured(self):
        return self.at.session_state["measuring"][1].result

    @property
    def numbers(self) -> list[str]:
        """The numbers in the table of the measurement."""
        return self.part("mx-measured").texts("b")


def _answer(tile: Element) -> tuple[str, str]:
    """Return what a tile names, and the percentage beside its bar."""
    return tile.first("div", "mx-verdict").text, tile.first("b").text.rstrip(" %")
