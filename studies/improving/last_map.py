"""The mean of the last map with cells weighted by what they show, and the logits that follow from it."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from masking.layers import LayerMasked, Masked

POWERS = {"visible": None, "all": None, "shares": 1.0, "shares, squared": 2.0, "shares, power 4": 4.0}
"""Weights of the cells: 1 for visible cells; of all cells, hidden ones as zero; the visible share of the pixels under a
cell, and powers of it."""
HEADS = ("classify", "linear")
"""The linear layer behind the pool, by its name in the network; without one the pooled values are the logits."""


class LastMap:
    """Watches a masked network and computes its logits under other means of its last map.

    The network must end with a global average pool, and at most one linear layer behind it.
    """

    def __init__(self, engine: LayerMasked, network: nn.Module, x: Tensor, keep: Tensor) -> None:
        pools = [step for step in engine.steps(x) if _is_pool(step.operation)]
        self._name = pools[-1].node.all_input_nodes[0].name
        layers = [getattr(network, name) for name in HEADS if hasattr(network, name)]
        self._head = layers[0] if layers else nn.Identity()
        self._keep = keep
        self.logits: dict[str, Tensor] = {}

    def watch(self, name: str, result: Any) -> None:
        """Compute the logits once the map in front of the pool is there."""
        if name != self._name:
            return
        values = result.values if isinstance(result, Masked) else result
        size = (values.shape[2], values.shape[3])
        visible = result.keep.cells.float() if isinstance(result, Masked) else torch.ones(1, 1, *size)
        under = F.adaptive_avg_pool2d(self._keep.float(), size)
        for weighting, power in POWERS.items():
            weights = visible if power is None else visible * under**power
            total = visible.new_tensor(float(size[0] * size[1])) if weighting == "all" else weights.sum((2, 3))
            self.logits[weighting] = self._head((values * weights).sum((2, 3)) / total.clamp(min=1e-9))


def _is_pool(operation: Any) -> bool:
    return isinstance(operation, nn.AdaptiveAvgPool2d) or operation is F.adaptive_avg_pool2d
