"""A second task that helps a vision transformer learn: each of its tokens has to draw the object in its patch."""

from torch import Tensor, nn
from torch.nn import functional as F

CELLS = 8
"""Cells along one side of a patch that are drawn."""


class LocalisationLoss(nn.Module):
    """Draws objects from tokens (n, patches, width); it is left behind when the training is over."""

    def __init__(self, width: int):
        super().__init__()
        self.draw = nn.Linear(width, CELLS**2)

    def forward(self, tokens: Tensor, objects: Tensor) -> Tensor:
        """How badly the drawings match `objects`, bool (n, 1, h, w): mean binary cross-entropy per cell, in nats."""
        logits = self.draw(tokens).float()
        side = round(tokens.shape[1] ** 0.5)
        covered = F.adaptive_avg_pool2d(objects.float(), side * CELLS)
        cells = covered.reshape(-1, side, CELLS, side, CELLS).transpose(2, 3)
        return F.binary_cross_entropy_with_logits(logits, cells.reshape(logits.shape))
