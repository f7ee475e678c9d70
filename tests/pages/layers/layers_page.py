"""Actions on the Layers page, for the tests."""

from masking.layer_trace import LayerTrace
from pages.shell.jobs import LatestResult
from tests.pages.compare_page import ComparePage

PAGE = "pages/2_Layers.py"
DRAWN = {"image": "scene-000", "model": "silhouettes/resnet"}
"""The drawn star, and a network that knows it."""


class LayersPage(ComparePage):
    """The Layers page, opened with these parameters in its address."""

    page = PAGE

    @property
    def latest(self) -> LatestResult:
        """The newest trace, with the classifier, image and mask that it was made of."""
        return self.at.session_state["tracing-latest"]

    @property
    def trace(self) -> LayerTrace:
        return self.latest.result

    @property
    def layer_box(self):
        """The select box of layers, whose key changes with every step."""
        return next(box for box in self.at.selectbox if box.label == "Layer")

    @property
    def layer(self) -> str:
        return self.layer_box.value

    def choose_layer(self, name: str) -> "LayersPage":
        self.layer_box.set_value(name)
        return self.run()

    @property
    def titles(self) -> list[str]:
        return self.part("mx-cards").texts("h3")

    @property
    def facts(self) -> str:
        return self.part("mx-cards").text

    @property
    def scale(self) -> str:
        """The text that explains the colours."""
        return self.part("mx-scale").text

    def button(self, key: str):
        return next(button for button in self.at.button if button.key == key)

    def show_more_numbers(self) -> "LayersPage":
        """Press the toggle that adds means, spreads and sizes to the cards."""
        next(toggle for toggle in self.at.toggle if toggle.key == "more-numbers").set_value(True)
        return self.run()

    def step(self, key: str) -> "LayersPage":
        self.button(key).click()
        return self.run()
