"""A vision transformer on some of its patches; missing patches never enter the sequence."""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.models import VisionTransformer


def logits_of_patches(network: VisionTransformer, x: Tensor, kept: Tensor) -> Tensor:
    """Run torchvision's VisionTransformer on the kept patches only.

    Each patch gets its position before others are dropped. Images that keep equally many patches form one batch.
    Nothing is padded, so an image has the same logits as alone. If no patch is kept, the sequence is the class token.

    Args:
        network: in evaluation mode; its own modules compute, and it is left unchanged.
        x: (n, 3, h, w), normalised, of the network's size.
        kept: bool (n, patches), row by row.

    Returns:
        Logits (n, classes).
    """
    encoder = network.encoder
    first, others = encoder.pos_embedding.split([1, kept.shape[1]], 1)
    start = network.class_token + first
    patches = network.conv_proj(x).flatten(2).transpose(1, 2) + others
    lengths = kept.sum(1)
    groups = [(lengths == length).nonzero()[:, 0] for length in lengths.unique()]
    logits: list[Tensor] = []
    for group in groups:
        present = patches[group][kept[group]].view(len(group), -1, network.hidden_dim)
        sequence = torch.cat([start.expand(len(group), -1, -1), present], 1)
        encoded = encoder.ln(encoder.layers(encoder.dropout(sequence)))
        logits.append(network.heads(encoded[:, 0]))
    return torch.cat(logits)[torch.cat(groups).argsort()]
