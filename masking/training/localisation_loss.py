"""An auxiliary loss that helps a vision transformer learn: each token predicts the object mask in its patch."""

from torch import Tensor, nn
from torch.nn import functional as F

CELLS = 8
"""Cells along one side of a patch."""


class LocalisationLoss(nn.Module):
    """A linear layer that predicts object masks from tokens (n, patches, width); only training uses it."""

    def __init__(self, width: int):
        super().__init__()
        self.draw = nn.Linear(width, CELLS**2)

    def forward(self, tokens: Tensor, objects: Tensor) -> Tensor:
        """Return the mean binary cross-entropy per cell, in nats, against `objects`, bool (n, 1, h, w)."""
        logits = self.draw(tokens).float()
        side = round(tokens.shape[1] ** 0.5)
        covered = F.adaptive_avg_pool2d(objects.float(), side * CELLS)
        cells = covered.reshape(-1, side, CELLS, side, CELLS).transpose(2, 3)
        return F.binary_cross_entropy_with_logits(logits, cells.reshape(logits.shape))
