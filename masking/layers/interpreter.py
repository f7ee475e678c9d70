"""Runs a network operation by operation, and hands those that meet a mask to their rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from operator import attrgetter
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.fx.node import map_aggregate

from .keep import REMEMBERED_CELLS, Recent
from .masked import Masked
from .rules import Joins
from .table import Rules, rule_for, table
from .trace import Trace, traced

NO_RULE = "has no rule in layer masking"

_recent = Recent(REMEMBERED_CELLS)


def layer_masked(network: nn.Module, joins: Joins | None = None) -> LayerMasked:
    """A network in evaluation mode, made to take masks; cheap, since its graph is remembered.

    >>> logits = layer_masked(resnet)(x, keep)

    Raises:
        NotImplementedError: the network cannot be drawn as a graph of operations.
    """
    return LayerMasked(network, traced(network), table(joins or Joins()))


class LayerMasked:
    """A network that takes a mask beside its image; what is hidden has no say in any of its layers.

    Made by `layer_masked`. The network is only read, so threads may share it.
    """

    def __init__(self, network: nn.Module, trace: Trace, rules: Rules) -> None:
        self._network = network
        self._trace = trace
        self._rules = rules
        self._unsupported = list(self._refusals())

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
            NotImplementedError: an operation has no rule; the sentence names it.
        """
        if self._network.training:
            raise ValueError("the network is in training mode: call its eval() before masking its layers")
        _check_mask(x, keep)
        if self._unsupported:
            raise NotImplementedError("; ".join(f"{name} {reason}" for name, reason in self._unsupported))
        first, *others = self._trace.graph.nodes
        results: dict[fx.Node, Any] = {first: _entered(x, keep)}
        for node in others:
            args, kwargs = fx.map_arg((node.args, node.kwargs), results.__getitem__)
            if node.op == "output":
                return map_aggregate(args[0], _cleaned)
            results[node] = self._result(node, args, kwargs)
            if watch is not None:
                watch(node.name, results[node])
            for used in self._trace.last_uses[node]:
                del results[used]
        raise AssertionError("a graph ends with its output")

    def _result(self, node: fx.Node, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if node.op == "placeholder":
            return args[0]  # the default of a further input
        if node.op == "get_attr":
            return self._attribute(str(node.target))
        operation, run = self._operation(node)
        if not any(_meets_mask(arg) for arg in (*args, *kwargs.values())):
            return run(*args, **kwargs)
        rule = rule_for(operation, self._rules)
        try:
            if rule is None:
                raise NotImplementedError(NO_RULE)
            return rule.apply(run, *args, **kwargs)
        except NotImplementedError as error:
            raise NotImplementedError(f"{_title(node, operation)} {error}") from error

    def _refusals(self) -> Iterator[tuple[str, str]]:
        """Follows the mask through the graph without values, as far as the operations alone tell where it goes."""
        meets_mask: set[fx.Node] = set()
        for node in self._trace.graph.nodes:
            if node.op == "placeholder" and not meets_mask:
                meets_mask.add(node)
            if node.op == "output" or meets_mask.isdisjoint(node.all_input_nodes):
                continue
            operation, run = self._operation(node)
            rule = rule_for(operation, self._rules)
            reason = rule.refusal(run, *node.args, **node.kwargs) if rule else NO_RULE
            if reason is not None:
                yield _title(node, operation), reason
            if rule is None or not rule.ends(run, *node.args, **node.kwargs):
                meets_mask.add(node)

    def _operation(self, node: fx.Node) -> tuple[Any, Callable[..., Any]]:
        """What a node calls: as the table of rules knows it, and to be called."""
        if node.op == "call_module":
            module = self._network.get_submodule(str(node.target))
            return module, module
        if node.op == "call_method":
            name = str(node.target)
            return name, lambda x, *args, **kwargs: getattr(x, name)(*args, **kwargs)
        function: Any = node.target
        return function, function

    def _attribute(self, path: str) -> Any:
        constants = self._trace.constants
        return constants[path] if path in constants else attrgetter(path)(self._network)


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


def _title(node: fx.Node, operation: Any) -> str:
    if isinstance(operation, nn.Module):
        return f"{node.name} ({type(operation).__name__})"
    return f"{node.name} ({getattr(operation, '__name__', operation)})"
