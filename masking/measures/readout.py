"""The class that all probabilities together reveal, even if the prediction is always the same."""

import torch
from torch import Tensor

FOLDS = 8
SHRINKAGE = 3.0
"""Added to every feature's sum of squares; the features have variance 1."""


def read_out(truth: Tensor, logits: Tensor, seed: int = 0) -> Tensor:
    """Predict the class (n,) of each scene from its logits, with a reader that was fitted to other scenes.

    A network that always predicts "bottle", with varying confidence, leaks nothing through its predictions. The
    reader, a cross-validated ridge regression on logits and their squares, finds what its confidence still reveals.
    The `leaked_bits` of the result are a lower bound of the information in the logits.

    Args:
        truth: true class of each scene, integers (n,).
        logits: (n, classes).
        seed: seed of the division into folds.

    Raises:
        ValueError: fewer scenes than folds, or another number of labels than of logits.
    """
    if len(truth) != len(logits) or len(truth) < FOLDS:
        raise ValueError(
            f"there are {len(logits)} logits for {len(truth)} scenes; give one for each of {FOLDS} or more"
        )
    classes, target = truth.unique(return_inverse=True)
    values = logits.double()
    values = (values - values.mean(0)) / values.std(0).clamp(min=1e-9)
    features = torch.cat([torch.ones(len(values), 1, dtype=values.dtype), values, values.square()], 1)
    one_hot = torch.nn.functional.one_hot(target, len(classes)).double()
    fold = torch.randperm(len(values), generator=torch.Generator().manual_seed(seed)) % FOLDS
    predicted = torch.empty_like(target)
    penalty = SHRINKAGE * torch.eye(features.shape[1], dtype=features.dtype)
    for part in range(FOLDS):
        training, held_out = features[fold != part], features[fold == part]
        weights = torch.linalg.solve(training.T @ training + penalty, training.T @ one_hot[fold != part])
        predicted[fold == part] = (held_out @ weights).argmax(1)
    return classes[predicted]
