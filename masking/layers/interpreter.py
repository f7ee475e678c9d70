"""Runs a network operation by operation, and applies the rules where an operation meets a mask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, fx, nn
from torch.fx.node import map_aggregate

from .maps.keep import REMEMBERED_CELLS, Recent
from .maps.masked import Masked
from .rules import Convolution, Joins
from .table import JOINS_IN_PLACE, Rule, Rules, rule_for, table
from .trace import Step, traced

NO_RULE = "has no rule in layer masking"

_recent = Recent(REMEMBERED_CELLS)


def layer_masked(network: nn.Module, joins: Joins | None = None, convolution: Convolution = "neighbour") -> LayerMasked:
    """Return the same network, which takes a mask beside its image; the graph is cached, so later calls are cheap.

    >>> logits = layer_masked(resnet)(x, keep)

    Args:
        network: in evaluation mode; it is left unchanged.
        joins: when a cell is visible where maps are joined.
        convolution: "neighbour" padding, or "partial" convolutions as the baseline to compare with.

    Raises:
        ValueError: the network is in training mode.
    """
    return LayerMasked(network, joins or Joins(), convolution)


class Instruction(NamedTuple):
    """A step with all that is known before any image is: its rule (None if it needs none, or there is none).

    nested: whether its arguments hold results inside lists or as keywords.
    """

    step: Step
    rule: Rule | None
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    nested: bool


class Program(NamedTuple):
    """A network under one set of rules: its instructions, and its unsupported operations as (name, reason)."""

    instructions: tuple[Instruction, ...]
    unsupported: tuple[tuple[str, str], ...]


class LayerMasked:
    """A network that takes a mask beside its image; hidden pixels influence none of its layers.

    Made by `layer_masked`. The network is only read, so threads may share it.
    """

    def __init__(self, network: nn.Module, joins: Joins, convolution: Convolution) -> None:
        _check_mode(network)
        self._network = network
        try:
            trace = traced(network)
        except NotImplementedError as error:
            self._program = Program((), ((type(network).__name__, str(error)),))
        else:
            modes = tuple(
                module.training for module in trace.modules
            )  # a batch norm may have another mode than the rest
            key = joins, convolution, modes
            if key not in trace.programs:
                trace.programs[key] = _program(trace.steps, table(joins, convolution))
            self._program: Program = trace.programs[key]

    def unsupported(self) -> list[tuple[str, str]]:
        """List the operations that cannot be masked, as (name, reason), without computing anything."""
        return list(self._program.unsupported)

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
            AssertionError: the graph has no output, which torch.fx rules out.
        """
        _check_mode(self._network)
        _check_mask(x, keep)
        if self._program.unsupported:
            raise NotImplementedError("; ".join(f"{name} {reason}" for name, reason in self._program.unsupported))
        image, *instructions = self._program.instructions
        results: dict[fx.Node, Any] = {image.step.node: _entered(x, keep)}
        for step, rule, row, names, nested in instructions:
            if nested:
                args, kwargs = fx.map_arg((row, names), results.__getitem__)
            else:
                args, kwargs = [results[arg] if type(arg) is fx.Node else arg for arg in row], names
            if step.node.op == "output":
                return map_aggregate(args[0], _cleaned)
            result = results[step.node] = self._result(step, rule, args, kwargs)
            if watch is not None:
                watch(step.node.name, result)
            for node in step.done:
                del results[node]
        raise AssertionError("a graph ends with its output")

    def _result(self, step: Step, rule: Rule | None, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        if step.node.op == "placeholder":
            return args[0]  # the default of a further input
        if step.node.op == "get_attr":
            return step.run(self._network)
        if not any(map(_meets_mask, args)) and not any(map(_meets_mask, kwargs.values())):
            return step.run(*args, **kwargs)
        try:
            if rule is None:
                raise NotImplementedError(NO_RULE)
            return rule.apply(step.run, *args, **kwargs)
        except NotImplementedError as error:
            raise NotImplementedError(f"{step.title} {error}") from error


def _program(steps: tuple[Step, ...], rules: Rules) -> Program:
    instructions: list[Instruction] = []
    for step in steps:
        args, kwargs = step.node.args, step.node.kwargs
        in_a_row = [arg for arg in args if isinstance(arg, fx.Node)]
        nested = set(in_a_row) != set(step.node.all_input_nodes)
        instructions.append(Instruction(step, rule_for(step.operation, rules), args, dict(kwargs), nested))
    return Program(tuple(instructions), tuple(_refusals(instructions)))


def _refusals(instructions: list[Instruction]) -> Iterator[tuple[str, str]]:
    """Follow the mask through the graph without values, and yield the operations that cannot be masked."""
    meets_mask = {instructions[0].step.node}
    for step, rule, args, kwargs, _ in instructions:
        if step.node.op == "output" or meets_mask.isdisjoint(step.node.all_input_nodes):
            continue
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
    """Return the image as it enters the network, with hidden pixels erased; no other code sees hidden pixels."""
    mask = _recent.keep(keep.to(x.device))
    if mask.full:
        return x
    if x.device.type != "cpu":
        return Masked(torch.where(mask.cells, x, 0), mask)  # selected, not multiplied: NaN does not survive
    erased = x.clone(memory_format=torch.channels_last)  # faster on a CPU, and what neighbour padding works on
    rows = erased.permute(0, 2, 3, 1).view(-1, x.shape[1])
    rows.index_fill_(0, mask.hidden(len(x)), 0)
    return Masked(erased, mask)


def _cleaned(value: Any) -> Any:
    settled = value.settled() if isinstance(value, Masked) else value
    return settled.cleaned() if isinstance(settled, Masked) else settled


def _meets_mask(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_meets_mask, value))
    return isinstance(value, Masked)
