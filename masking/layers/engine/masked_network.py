"""The masked network: takes a mask beside its image, and says beforehand what it cannot mask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from masking.layers.rules import Convolution, Joins
from masking.layers.steps.trace import Step, further_inputs

from .interpreter import execute
from .take_in import MaskingRules, Shape, known_network, usual_shapes


def layer_masked(
    network: nn.Module,
    joins: Joins | None = None,
    convolution: Convolution = "neighbour",
    size: tuple[int, int] | None = None,
) -> LayerMasked:
    """Return the same network, which takes a mask beside its image.

    >>> logits = layer_masked(resnet)(x, keep)

    The network is compared with itself once for each size: its steps with nothing hidden give what it gives. That
    takes a few forward passes; later calls are cheap. It is looked at anew when its modules, hooks, attributes or
    methods change.

    Args:
        network: in evaluation mode; it is left unchanged.
        joins: when a cell is visible where maps are joined.
        convolution: "neighbour" padding, or "partial" convolutions as the baseline to compare with.
        size: (h, w) of its images, for `unsupported`; by default, the first of some usual sizes that it takes.

    Raises:
        ValueError: the network is in training mode.
    """
    return LayerMasked(network, joins or Joins(), convolution, size)


class LayerMasked:
    """A network that takes a mask beside its image; hidden pixels influence none of its layers.

    Made by `layer_masked`. The network is only read, so threads may share it.
    """

    def __init__(
        self, network: nn.Module, joins: Joins, convolution: Convolution, size: tuple[int, int] | None = None
    ) -> None:
        _check_mode(network)
        self._network = network
        self._rules = MaskingRules(joins, convolution)
        self._size = size

    def unsupported(self) -> list[tuple[str, str]]:
        """List the operations that cannot be masked, as (name, reason); empty for a network that can, under any mask.

        The network runs on an example the first time, of the size that was given.
        """
        refusals: list[tuple[str, str]] = []
        known_network(self._network)
        for shape in usual_shapes(self._network, self._size):
            state = known_network(self._network)
            refusals = list(state.program(self._network, shape, self._rules).unsupported)
            if further_inputs(self._network) or state.failure(self._network, shape) is None:
                break
        return refusals

    def steps(self, x: Tensor) -> tuple[Step, ...]:
        """Return the steps that a call on images (n, channels, h, w) runs; their names are those that it shows."""
        return known_network(self._network).program(self._network, Shape.of(x), self._rules).steps

    def __call__(self, x: Tensor, keep: Tensor, watch: Callable[[str, Any], None] | None = None) -> Any:
        """Compute the network's output; for a classifier, logits (n, classes).

        Args:
            x: (n, channels, h, w), normalised for the network.
            keep: bool (n, 1, h, w) or (1, 1, h, w), True = present.
            watch: called with the name of each operation and its result, which is a `Masked`, or a tensor if
                everything in it is visible. Later operations may overwrite its values, so copy what you keep.

        Raises:
            ValueError: the mask does not fit the image, or the network is in training mode.
            NotImplementedError: an operation cannot be masked; the sentence names it.
        """
        _check_mode(self._network)
        _check_mask(x, keep)
        program = known_network(self._network).program(self._network, Shape.of(x), self._rules)
        if program.unsupported:
            raise NotImplementedError("; ".join(f"{name} {reason}" for name, reason in program.unsupported))
        return execute(program, self._network, x, keep, watch)


def _check_mode(network: nn.Module) -> None:
    if network.training:
        raise ValueError("the network is in training mode: call its eval() before masking its layers")


def _check_mask(x: Tensor, keep: Tensor) -> None:
    if keep.dtype != torch.bool:
        raise ValueError(f"mask is {keep.dtype} but has to be torch.bool, True = present")
    if keep.ndim != 4 or keep.shape[1] != 1:
        raise ValueError(f"mask has shape {tuple(keep.shape)} but has to be (n, 1, h, w)")
    if keep.shape[2:] != x.shape[2:]:
        mask_size, image_size = ("x".join(map(str, v.shape[2:])) for v in (keep, x))
        raise ValueError(f"mask is {mask_size} but the image is {image_size}")
    if len(keep) not in (1, len(x)):
        raise ValueError(f"there are {len(keep)} masks for {len(x)} images: give one each, or one for all")
