"""The result of tracing: the layers, a summary in words, and a table."""

import math
from dataclasses import asdict, dataclass, fields
from statistics import fmean
from typing import Any

from masking.layer_trace.layer_view import FILLED, MASKED, PLAIN, LayerView, Statistics
from masking.layers.reach import Reach
from masking.methods import METHODS
from masking.results.tables import to_csv
from masking.results.verdict import ClassName, judge, verdict_sentences

ALIKE = 0.9
"""One of two distances counts as smaller if it is less than this share of the other."""


@dataclass(frozen=True, eq=False)
class Layer:
    """One operation of the network.

    Attributes:
        name: such as `layer1.0.conv1`.
        kind: such as "convolution 3×3".
        channels: number of channels.
        reach: its receptive field in pixels.
        view: the view of all channels together.
    """

    name: str
    kind: str
    channels: int
    reach: Reach
    view: LayerView


@dataclass(frozen=True, eq=False)
class LayerTrace:
    """All layers of a network in the order of computing, for one image and mask.

    Attributes:
        layers: the first is the normalised image itself.
        fill: name of the fill in the filled run.
        hidden_share: hidden share of the mask, 0 … 1.
        answers: the class that each run predicts.
        object_visible: the share of the picture's object that is visible, 0 … 1; None where the object is not known.
    """

    layers: tuple[Layer, ...]
    fill: str
    hidden_share: float
    answers: tuple[ClassName, ClassName, ClassName]
    object_visible: float | None = None

    @property
    def nothing_left(self) -> str | None:
        """The name of the first layer without any visible cell."""
        return next((layer.name for layer in self.layers if not layer.view.keep.any()), None)

    @property
    def is_blind(self) -> bool:
        """Whether layer masking leaves nothing visible in the last map: its answer is then that to any picture."""
        maps = [layer.view.keep for layer in self.layers if layer.view.is_map]
        return bool(maps) and not maps[-1].any()

    def mean_distance(self, run: int) -> float:
        """Average the distance of a run from the plain one over all layers that have one."""
        distances = [layer.view.statistics[run].distance for layer in self.layers[1:] if layer.view.statistics]
        return fmean([distance for distance in distances if not math.isnan(distance)] or [math.nan])

    @property
    def tells_apart(self) -> bool:
        """Whether this mask shows the paint at work: the filled run is clearly further off than the masked one."""
        return self.mean_distance(MASKED) < ALIKE * self.mean_distance(FILLED)

    @property
    def sentence(self) -> str:
        """What the trace shows, in plain words."""
        if not self.hidden_share:
            return "Nothing is hidden, so all three runs are the same; hide a part of the picture."
        if self.hidden_share == 1:
            return "Everything is hidden: layer masking has nothing to compute from, and the fill is all there is."
        fill = METHODS[self.fill].title.lower()
        text = (
            f"With {fill}, what the network computes outside the hole is off by {self.mean_distance(FILLED):.2f} "
            f"(1 = a typical variation); with layer masking by {self.mean_distance(MASKED):.2f}. {self._conclusion}"
        )
        if self.nothing_left:
            text += f" At {self.nothing_left} nothing is left to see."
        plain = self.answers[PLAIN]
        shows_through = not METHODS[self.fill].hides
        verdicts = {
            fill: judge(plain, self.answers[FILLED], self.object_visible, shows_through=shows_through),
            "layer masking": judge(plain, self.answers[MASKED], self.object_visible, nothing_left=self.is_blind),
        }
        return f"{text} {verdict_sentences(plain, verdicts)}"

    @property
    def _conclusion(self) -> str:
        """What the two distances mean."""
        if self.tells_apart:
            return "The paint leaks into its surroundings."
        if self.object_visible == 0:
            return (
                f"The whole {self.answers[PLAIN].group} is hidden, so any fair run must be off: this mask cannot show "
                "what the paint adds. A mask that leaves some of the object visible can."
            )
        if self.mean_distance(FILLED) < ALIKE * self.mean_distance(MASKED):
            return "Here layer masking is further off than the paint."
        return (
            "Both differ alike. They should where the hidden part is what the network looked at: any fair answer "
            "must then change. Try a mask beside the object."
        )

    def to_csv(self) -> str:
        """Return a CSV table with one line per layer: sizes, visible share, receptive field, statistics of each run."""
        return to_csv([_row(layer, self.fill) for layer in self.layers])


def _row(layer: Layer, fill: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "layer": layer.name,
        "kind": layer.kind,
        "channels": layer.channels,
        "rows": layer.view.size[0],
        "columns": layer.view.size[1],
        "visible_share": layer.view.visible_share,
        "receptive_field": layer.reach.size[0],
        "stride": layer.reach.stride[0],
    }
    for index, run in enumerate(("plain", fill, "layer_masking")):
        statistics = (
            asdict(layer.view.statistics[index])
            if layer.view.statistics
            else dict.fromkeys((field.name for field in fields(Statistics)), "")
        )
        row |= {f"{run}_{name}": number for name, number in statistics.items()}
    return row
