"""Two entropies that are easily confused: of one prediction, and of the predicted classes; both in bits."""

import torch
from torch import Tensor


def _bits(probabilities: Tensor) -> Tensor:
    return torch.special.entr(probabilities).sum(-1) / torch.log(torch.tensor(2.0, dtype=probabilities.dtype))


def predictive_entropy(logits: Tensor) -> Tensor:
    """Compute how undecided each single output is: the entropy of its softmax.

    Args:
        logits: (n, classes) or (classes,).

    Returns:
        float64 (n,) or scalar, in bits, 0 … log2(classes).
    """
    return _bits(logits.double().softmax(-1))


def class_entropy(predicted: Tensor) -> float:
    """Compute how varied the predicted classes are over a set of masked inputs: the entropy of their histogram.

    A model that answers "crossword puzzle" to everything has 0 bits (Jain et al. 2022, section 3; there in nats).

    Args:
        predicted: integer class indices (n,).

    Returns:
        bits, 0 … log2(min(n, classes)).

    Raises:
        ValueError: no predictions.
    """
    if predicted.numel() == 0:
        raise ValueError("class entropy needs at least one prediction; none was given")
    return _bits(torch.bincount(predicted.flatten().cpu()).double() / predicted.numel()).item()
