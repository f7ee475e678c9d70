"""Classifiers that a file of weights describes itself, as `missingness train` writes it."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from masking.models import ARCHITECTURES
from masking.models.checkpoints import State
from masking.models.classifier import Classifier
from masking.models.picture_kinds import described_kind
from masking.models.weights import fit, read_state
from masking.runtime.door import InputError, guard, show_name


def described_classifier(path: Path) -> Classifier:
    """Return the classifier in a file of weights.

    Raises:
        ValueError: the file is damaged or describes no classifier, or its weights are of another one; one sentence.
    """
    state, about, sha = read_state(path)
    if "architecture" not in about:
        raise ValueError(
            f"{show_name(path)} holds weights but does not name their architecture; give it, and this file as weights"
        )
    network = _build(path, about, state)
    fit(network, state, show_name(path.name), len(about["categories"]))
    keys = ("name", "categories", "mean", "std", "family", "resize")
    size = tuple(about["input_size"])
    classifier = Classifier(network=network, input_size=size, weights_digest=sha, **{key: about[key] for key in keys})
    classifier.trained_on = described_kind(about)
    return classifier


def _build(path: Path, about: dict[str, Any], state: State) -> nn.Module:
    """Return the network that a file describes; its tensors are made only if those in the file are as large.

    Raises:
        InputError: there is no such network, or the weights are of another one; one sentence.
    """
    make = ARCHITECTURES[about["architecture"]]
    with guard(f"{show_name(path)} describes a network that cannot be made ({{reason}}); train it again, or repair it"):
        with torch.device("meta"):
            outline = make(len(about["categories"]), **about["arguments"])
        if sum(map(Tensor.numel, outline.state_dict().values())) > 2 * sum(map(Tensor.numel, state.values())):
            raise InputError(f"{show_name(path)} describes a larger network than its weights are of; train it again")
        return make(len(about["categories"]), **about["arguments"])
