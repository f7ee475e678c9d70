"""Weights of binary classifiers with one logit: their last layer has one output, and there are two class names."""

from torch import nn

from masking.models.checkpoints import State, match_names


def count_outputs(network: nn.Module, state: State, name: str, classes: int) -> int:
    """Return how many outputs a network needs to take these weights: 1 for one logit of two classes, else `classes`.

    Args:
        network: of the architecture, with `classes` outputs; it is left unchanged.
        state: the weights.
        name: how errors call their file.
        classes: the number of class names.
    """
    if classes != 2:
        return classes
    try:
        matched = match_names(network, state, name)
    except ValueError:
        return classes  # `fit` says what does not fit
    own = network.state_dict()
    differing = [key for key in own if key in matched and own[key].shape != matched[key].shape]
    one_output = all(own[key].shape[:1] == (2,) and matched[key].shape == (1, *own[key].shape[1:]) for key in differing)
    return 1 if differing and one_output else classes
