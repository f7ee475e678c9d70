"""Runs a network step by step, and applies the rules where an operation meets a mask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import Tensor, fx, nn
from torch.fx.node import map_aggregate

from masking.layers.maps.keep import REMEMBERED_CELLS, Recent
from masking.layers.maps.masked import Masked
from masking.layers.steps.trace import Step, Trace, first_line
from masking.layers.table import Rule, Rules, refuse, rule_for, writes_in_place
from masking.runtime.memory import out_of_memory

NO_RULE = "has no rule in layer masking"

Watch = Callable[[str, Any], None]

_WITHOUT_RULE = Rule(refuse(NO_RULE))

_recent = Recent(REMEMBERED_CELLS)


class NotMaskedError(NotImplementedError):
    """An operation that cannot be masked, by its name, and the reason."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} {reason}")
        self.name, self.reason = name, reason


class Instruction(NamedTuple):
    """A step with all that is known before any image is: its rule (None if it needs none, or there is none).

    nested: whether its arguments hold results inside lists or as keywords. writes: whether it writes into its first
    argument.
    """

    step: Step
    rule: Rule | None
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    nested: bool
    writes: bool


class Program(NamedTuple):
    """A network under one set of rules: its instructions, and its unsupported operations as (name, reason)."""

    instructions: tuple[Instruction, ...]
    unsupported: tuple[tuple[str, str], ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the network."""
        return tuple(instruction.step for instruction in self.instructions)


def compile_steps(trace: Trace, rules: Rules) -> Program:
    """Look up the rule of every step, and list what cannot be masked, without computing anything."""
    instructions: list[Instruction] = []
    for step in trace.steps:
        args, kwargs = step.node.args, dict(step.node.kwargs)
        in_a_row = [arg for arg in args if isinstance(arg, fx.Node)]
        nested = set(in_a_row) != set(step.node.all_input_nodes)
        calls = step.node.op.startswith("call")
        writes = calls and writes_in_place(step.operation, args, kwargs)
        rule = rule_for(step.operation, rules) if calls else None
        instructions.append(Instruction(step, rule, args, kwargs, nested, writes))
    return Program(tuple(instructions), (*trace.refusals, *_refusals(instructions)))


def execute(program: Program, network: nn.Module, x: Tensor, keep: Tensor, watch: Watch | None = None) -> Any:
    """Compute the network's output.

    Args:
        program: the network's instructions, all of which can be masked.
        network: gives parameters and buffers their present values.
        x: (n, channels, h, w), normalised for the network.
        keep: bool (n, 1, h, w) or (1, 1, h, w), True = present.
        watch: called with the name of each operation and its result, which is a `Masked`, or a tensor if everything
            in it is visible.

    Raises:
        NotMaskedError: an operation cannot be masked; the sentence names it.
        AssertionError: the steps have no output, which cannot be.
    """
    image, *instructions = program.instructions
    results: dict[fx.Node, Any] = {image.step.node: _entered(x, keep)}
    for step, rule, row, names, nested, writes in instructions:
        node, _, run, done = step
        if nested:
            args, kwargs = fx.map_arg((row, names), results.__getitem__)
        else:
            args, kwargs = [results[arg] if type(arg) is fx.Node else arg for arg in row], names
        if node.op == "output":
            return run(map_aggregate(args[0], _cleaned))
        if writes:
            args = _apart(args, row, results)
        result = results[node] = run(network) if node.op == "get_attr" else _result(step, rule, args, kwargs)
        if watch is not None:
            watch(node.name, result)
        for used in done:
            del results[used]
    raise AssertionError("a graph ends with its output")


def _result(step: Step, rule: Rule | None, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    if step.node.op == "placeholder":
        return args[0]  # the default of a further input
    if not any(map(_meets_mask, args)) and not any(map(_meets_mask, kwargs.values())):
        return step.run(*args, **kwargs)
    try:
        return (rule or _WITHOUT_RULE).apply(step.run, *args, **kwargs)
    except NotImplementedError as error:
        raise NotMaskedError(step.title, str(error)) from error
    except Exception as error:
        if isinstance(error, RuntimeError) and out_of_memory(error):
            raise
        raise NotMaskedError(step.title, _unknown_call(error)) from error


def _unknown_call(error: Exception) -> str:
    return f"is called in a way that layer masking does not know: {first_line(error)}"


def _apart(args: Sequence[Any], row: tuple[Any, ...], results: dict[fx.Node, Any]) -> Sequence[Any]:
    """Give an operation that writes in place memory of its own, if a map that is needed later lies in the same.

    Later steps read what was written from the operation itself, so no other map may change.
    """
    target = args[0] if args else None
    if not isinstance(target, Masked):
        return args
    memory = target.values.untyped_storage().data_ptr()
    others = (value for node, value in results.items() if node is not row[0])
    if not any(memory == held for value in others for held in _memory_of(value)):
        return args
    return [replace(target, values=target.values.clone()), *args[1:]]


def _memory_of(value: Any) -> Iterator[int]:
    if isinstance(value, list | tuple):
        for entry in value:
            yield from _memory_of(entry)
    elif isinstance(value, Masked):
        yield value.values.untyped_storage().data_ptr()
    elif isinstance(value, Tensor):
        yield value.untyped_storage().data_ptr()


def _refusals(instructions: list[Instruction]) -> Iterator[tuple[str, str]]:
    """Follow the mask through the steps without values, and yield the operations that cannot be masked."""
    meets_mask = {instruction.step.node for instruction in instructions[:1]}
    for step, rule, args, kwargs, _, _ in instructions:
        if step.node.op == "output" or meets_mask.isdisjoint(step.node.all_input_nodes):
            continue
        reason, ends = NO_RULE, False
        if rule is not None:
            try:
                reason, ends = rule.refusal(step.run, *args, **kwargs), rule.ends(step.run, *args, **kwargs)
            except Exception as error:
                reason = _unknown_call(error)
        if reason is not None:
            yield step.title, reason
        if not ends:
            meets_mask.add(step.node)


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
