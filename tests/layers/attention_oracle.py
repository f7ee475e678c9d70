"""Dropped patches by another path: the whole sequence runs, but no attention and no pool can see the dropped tokens.

Nothing here is shared with `masking.layers.tokens`: no token leaves the sequence, and the network's modules stay.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

POOLS = {torch.mean, Tensor.mean, torch.amax, Tensor.amax}
SOFTMAXES = {torch.softmax, Tensor.softmax, F.softmax}
PRODUCTS = {torch.matmul, Tensor.matmul, Tensor.__matmul__}


class HiddenTokens(TorchFunctionMode):
    """Attention gives no weight to the dropped patches of one image, and pools over tokens pass over them."""

    def __init__(self, kept: Tensor, prefix: int):
        """Take the kept patches, bool (patches,), and the number of tokens before them."""
        super().__init__()
        everything = torch.cat([kept.new_ones(prefix), kept])
        self.kept = {len(everything): everything, len(kept): kept}
        if prefix == 0:  # a class token may join later, as in CaiT
            self.kept[len(kept) + 1] = torch.cat([kept.new_ones(1), kept])
        self.hidden_calls = 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if function is F.scaled_dot_product_attention:
            return function(*args[:3], attn_mask=self.ceilings(args[1].shape[-2], args[1].dtype), **self.scale(kwargs))
        if function in SOFTMAXES and args[0].shape[-1] in self.kept:
            scores = args[0] + self.ceilings(args[0].shape[-1], args[0].dtype)
            return function(scores, *args[1:], **kwargs)
        if function in PRODUCTS and args[0].ndim == 4 and args[0].shape[-1] in self.kept:  # weights, mixed by heads
            return function(args[0] * self.kept[args[0].shape[-1]], *args[1:])
        if function in POOLS and args[0].ndim == 3 and (1 in args[1:] or 1 in kwargs.values()):
            self.hidden_calls += 1
            return function(args[0][:, self.kept[args[0].shape[1]]], *args[1:], **kwargs)
        return function(*args, **kwargs)

    def ceilings(self, length: int, dtype: torch.dtype) -> Tensor:
        self.hidden_calls += 1
        return torch.zeros(1, length, dtype=dtype).masked_fill(~self.kept[length], -torch.inf)

    @staticmethod
    def scale(kwargs):
        assert kwargs.get("attn_mask") is None
        return {"scale": kwargs["scale"]} if "scale" in kwargs else {}


def logits_by_hidden_attention(network: nn.Module, x: Tensor, kept: Tensor, prefix: int) -> Tensor:
    """Return logits (n, classes), image by image."""
    logits: list[Tensor] = []
    for image, patches in zip(x, kept, strict=True):
        with torch.inference_mode(), HiddenTokens(patches, prefix) as mode:
            logits.append(network(image[None]))
        assert mode.hidden_calls >= 2
    return torch.cat(logits)
