"""Neighbour fill: layer masking's padding used once, on the picture itself; the network runs unchanged."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from masking.layers.maps.neighbours import fill, rings_around
from masking.masks.mask import Mask
from masking.methods import METHODS, Fill, Style
from masking.models.classifier import Classifier

ROUNDS = 16
"""Rings planned at a time: most holes are done after one plan."""


@METHODS.register("neighbour_fill")
@dataclass(frozen=True)
class NeighbourFill(Fill):
    """From the rim of the hole inwards, each pixel takes the mean of its known neighbours; mid-grey if none is known.

    With it one can tell what layer masking owes to its padding from what it owes to masking every layer.
    """

    title = "Neighbour fill"
    meaning = "From the rim inwards, each hidden pixel takes the mean of its known 3×3 neighbours."
    source = "Balasubramanian & Feizi 2023, section 3 (neighbour padding), here on the input only"
    style = Style("#8b90bc", "hourglass", "longdash")

    def paint(self, image: Tensor, mask: Mask, classifier: Classifier | None) -> Tensor:
        """Fill the images (n, 3, h, w) ring by ring."""
        device = "cpu" if image.device.type == "mps" else image.device  # Apple's GPUs have no float64
        known = mask.keep.expand(len(image), -1, -1, -1).to(device)
        painted = torch.where(known, image.to(device), 0.5).double()  # in float32 the last digits depend on the batch
        fillable = known.any(dim=(2, 3), keepdim=True)
        known = known | ~fillable  # where nothing is visible, mid-grey stays
        while not known.all():
            painted = fill(painted, rings_around(known[:, 0], ROUNDS, torch.float64))
            known = F.max_pool2d(known.float(), 2 * ROUNDS + 1, 1, ROUNDS) > 0
        return painted.to(image)
