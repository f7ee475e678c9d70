"""Runs a network operation by operation, and hands those that meet a mask to their rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.fx.node import map_aggregate

from .keep import REMEMBERED_CELLS, Recent
from .masked import Masked
from .rules import Convolution, Joins
from .table import JOINS_IN_PLACE, Rules, rule_for, table
from .trace import Step, traced

NO_RULE = "has no rule in layer masking"

_recent = Recent(REMEMBERED_CELLS)


def layer_masked(network: nn.Module, joins: Joins | None = None, convolution: Convolution = "neighbour") -> LayerMasked:
    """The same network, taking a mask beside its image; cheap to call again, since its graph is remembered.

    >>> logits = layer_masked(resnet)(x, keep)

    Args:
        network: in evaluation mode; left as found.
        joins: when a cell is visible after maps come together.
        convolution: "neighbour" padding, or "partial" convolutions as the baseline to compare with.

    Raises:
        ValueError: the network is in training mode.
    """
    return LayerMasked(network, table(joins or Joins(), convolution))


class LayerMasked:
    """A network that takes a mask beside its image; what is hidden has no say in any of its layers.

    Made by `layer_masked`. The network is only read, so threads may share it.
    """

    def __init__(self, network: nn.Module, rules: Rules) -> None:
        _check_mode(network)
        self._network = network
        self._rules = rules
        self._steps: tuple[Step, ...] = ()
        try:
            self._steps = traced(network)
            self._unsupported = list(self._refusals())
        except NotImplementedError as error:
            self._unsupported = [(type(network).__name__, str(error))]

    def unsupported(self) -> list[tuple[str, str]]:
        """The operations that cannot be masked, as (name, reason); found without computing anything."""
        return list(self._unsupported)

    def __call__(self, x: Tensor, keep: Tensor, watch: Callable[[str, Any], None] | None = None) -> Any:
        """The network's output; for a classifier, logits (n, classes).

        Args:
            x: (n, channels, h, w), normalised as the network wants it.
            keep: bool (n, 1, h, w) or (1, 1, h, w), True = present.
            watch: called with the name of each operation and its result, which is a `Masked`, or a tensor if
                everything in it can be seen. Later operations may overwrite its values: copy what you keep.

        Raises:
            ValueError: the mask does not fit the image, or the network is in training mode.
            NotImplementedError: an operation cannot be masked; the sentence names it.
        """
        _check_mode(self._network)
        _check_mask(x, keep)
        if self._unsupported:
            raise NotImplementedError("; ".join(f"{name} {reason}" for name, reason in self._unsupported))
        image, *steps = self._steps
        results: dict[fx.Node, Any] = {image.node: _entered(x, keep)}
        for step in steps:
            args, kwargs = fx.map_arg((step.node.args, step.node.kwargs), results.__getitem__)
            if step.node.op == "output":
                return map_aggregate(args[0], _cleaned)
            result = results[step.node] = self._result(step, args, kwargs)
            if watch is not None:
                watch(step.node.name, result)
            for node in step.done:
                del results[node]
        raise AssertionError("a graph ends with its output")

    def _result(self, step: Step, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if step.node.op == "placeholder":
            return args[0]  # the default of a further input
        if step.node.op == "get_attr":
            return step.run(self._network)
        if not any(_meets_mask(arg) for arg in (*args, *kwargs.values())):
            return step.run(*args, **kwargs)
        rule = rule_for(step.operation, self._rules)
        try:
            if rule is None:
                raise NotImplementedError(NO_RULE)
            return rule.apply(step.run, *args, **kwargs)
        except NotImplementedError as error:
            raise NotImplementedError(f"{step.title} {error}") from error

    def _refusals(self) -> Iterator[tuple[str, str]]:
        """Follows the mask through the graph without values, as far as the operations alone tell where it goes."""
        meets_mask = {self._steps[0].node}
        for step in self._steps:
            args, kwargs = step.node.args, step.node.kwargs
            if step.node.op == "output" or meets_mask.isdisjoint(step.node.all_input_nodes):
                continue
            rule = rule_for(step.operation, self._rules)
            reason = rule.refusal(step.run, *args, **kwargs) if rule else NO_RULE
            if step.operation in JOINS_IN_PLACE and args[0] not in step.done:
                reason = "changes a map in place that is used again, under the mask it had before"
            if reason is not None:
                yield step.title, reason
            if rule is None or not rule.ends(step.run, *args, **kwargs):
                meets_mask.add(step.node)


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


def _entered(x: Tensor, keep: Tensor) -> Masked | Tensor:
    """The image as it enters the network, hidden pixels erased: the only place that sees them."""
    known = _recent.keep(keep.to(x.device))
    if known.full:
        return x
    if x.device.type == "cpu":
        x = x.contiguous(memory_format=torch.channels_last)  # faster there, and what neighbour padding works on
    entered = Masked(x, known)
    return replace(entered, values=entered.cleaned())


def _cleaned(value: Any) -> Any:
    return value.cleaned() if isinstance(value, Masked) else value


def _meets_mask(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_meets_mask(item) for item in value)
    return isinstance(value, Masked)
