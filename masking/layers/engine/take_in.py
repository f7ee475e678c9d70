"""Which steps compute what a network computes: found out on an example, before any masked pixel.

Two ways to follow a network are compared with the network itself and with each other. The steps that torch.fx draws
hold for every size; those of a recording hold for one shape, but contain hooks, replaced methods and everything else
that happens while the network runs. Drawn steps are used where they are right, recorded ones otherwise.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from typing import Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from masking.layers.rules import Convolution, Joins
from masking.layers.steps.overwriting import OWN_TENSORS, USED_AGAIN
from masking.layers.steps.recorded_calls import Modes
from masking.layers.steps.recording import RANDOM, SCRIPT, record
from masking.layers.steps.trace import Trace, draw, further_inputs
from masking.layers.table import table

from .examples import ALL, EXAMPLES, WHOLE, Shape, agree, answers, distance, left_as_found
from .fingerprint import Snapshot, attributes, changed_attributes, is_altered
from .interpreter import NotMaskedError, Program, compile_steps, execute

T = TypeVar("T")

DIFFERS = "is another function than what can be followed of it, such as by hooks or replaced methods"
VARIES = "answers the same images in another way at each call, as with random numbers or a counter"
_DECISIVE = frozenset((USED_AGAIN, OWN_TENSORS, RANDOM))
"""What a recording finds out and a drawing does not: steps that look right may be wrong for other images."""

_SIZES = (64, 224, 32, 256, 299, 384, 96, 128, 28, 512)
"""Sizes at which a network is tried if none is given: the first that it takes."""

_REMEMBERED_STATES = 4
_REMEMBERED_SHAPES = 64


class MaskingRules(NamedTuple):
    """The rules that a network is masked by."""

    joins: Joins
    convolution: Convolution


class Choice(NamedTuple):
    """How a network is masked at one size: by drawn steps, or by a recording for each number of images.

    recording: the one that the program comes from, if it does.
    """

    program: Program
    recording: Trace | None = None


class KnownNetwork:
    """A network as it is at present, with all that is known about it; nothing here keeps the network alive."""

    def __init__(self, network: nn.Module) -> None:
        self._snapshot = Snapshot(network)
        self._altered = is_altered(network)
        self._drawn: Trace | None = None
        self._recordings: dict[Shape, Trace] = {}
        self._weight_sizes: dict[Shape, list[torch.Size]] = {}
        self._failures: dict[Shape, str | None] = {}
        self._choices: dict[Hashable, Choice] = {}
        self._others: dict[Hashable, Choice] = {}
        self._derived: dict[Hashable, Any] = {}

    def is_up_to_date(self, network: nn.Module) -> bool:
        """Return whether the network is still the same, except for the values of weights."""
        return self._snapshot.holds(network)

    def program(self, network: nn.Module, shape: Shape, rules: MaskingRules) -> Program:
        """Return the instructions for images of a shape; its unsupported operations are known beforehand."""
        example_shape = shape._replace(images=EXAMPLES)
        choice = self._choices.get((example_shape, rules))
        if choice is None or not self._is_present(network, example_shape, choice):
            with _taking_in:
                choice = self._choose(network, example_shape, rules)
                _remember(self._choices, (example_shape, rules), choice)
        if choice.recording is None or shape == example_shape:
            return choice.program
        other = self._others.get((shape, rules))
        if other is None or not self._is_present(network, shape, other):
            with _taking_in:
                other = self._recorded(network, shape, rules, choice.program)
                _remember(self._others, (shape, rules), other)
        return other.program

    def traces(self, network: nn.Module, shape: Shape) -> list[Trace]:
        """Return the ways to follow the network that are to be tried, the likelier one first."""
        with _taking_in:
            recording = self.recording(network, shape)
            if self._drawn is None:
                with left_as_found(network, shape.device):
                    self._drawn = draw(network)
            decisive = tuple(refusal for refusal in recording.refusals if refusal[1] in _DECISIVE)
            drawing = self._drawn._replace(refusals=decisive or self._drawn.refusals)
            return [recording, drawing] if self._altered else [drawing, recording]

    def recording(self, network: nn.Module, shape: Shape) -> Trace:
        """Return the recording for a shape, made anew if numbers that it has read off weights have changed."""
        if not self._recording_holds(network, shape):
            with _taking_in:
                self._weight_sizes[shape] = [weight.shape for weight in network.parameters()]
                _remember(self._recordings, shape, self._watched(network, shape, record))
        return self._recordings[shape]

    def plain(self, network: nn.Module, shape: Shape) -> list[Tensor] | str:
        """Return the network's own answers to the example of a shape, or one sentence on how it fails."""
        with _taking_in:
            result = self._watched(network, shape, answers, seed=1)
            _remember(self._failures, shape._replace(images=EXAMPLES), result if isinstance(result, str) else None)
            return result

    def failure(self, network: nn.Module, shape: Shape) -> str | None:
        """Return how the network fails on images of a shape, or None if it takes them."""
        shape = shape._replace(images=EXAMPLES)
        if shape not in self._failures:
            self.plain(network, shape)
        return self._failures[shape]

    def derived(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what else follows from the network as it is, made once."""
        if key not in self._derived:
            with _taking_in:
                _remember(self._derived, key, make())
        return self._derived[key]

    def _is_present(self, network: nn.Module, shape: Shape, choice: Choice) -> bool:
        """Return whether a choice does not come from a recording that holds no more."""
        if choice.recording is None:
            return True
        return choice.recording is self._recordings.get(shape) and self._recording_holds(network, shape)

    def _recording_holds(self, network: nn.Module, shape: Shape) -> bool:
        """Return whether weights still have the sizes, and the values read off as numbers, that they had."""
        recording = self._recordings.get(shape)
        return (
            recording is not None
            and self._weight_sizes[shape] == [weight.shape for weight in network.parameters()]
            and all(torch.equal(location.read(network), value) for location, value in recording.numbers)
        )

    def _watched(self, network: nn.Module, shape: Shape, work: Any, seed: int = 0) -> Any:
        """Run the network on an example; attributes that it changes by itself do not make it another network."""
        before = attributes(network)
        with left_as_found(network, shape.device):
            result = work(network, shape.example(seed).images)
        if changed := changed_attributes(before, attributes(network)):
            self._snapshot = Snapshot(network, self._snapshot.volatile | changed)
        return result

    def _choose(self, network: nn.Module, shape: Shape, rules: MaskingRules) -> Choice:
        if others := further_inputs(network):
            return Choice(_refused(network, others))
        traces = self.traces(network, shape)
        plain = self.plain(network, shape)
        if isinstance(plain, str):
            return Choice(_refused(network, plain))
        recording = self.recording(network, shape)
        tried = [(trace, *self._tried(network, trace, shape, rules, plain)) for trace in traces]
        right = [way for way in tried if not way[1].unsupported]
        if not right:
            return Choice(self._refusal(tried, recording, rules))
        if len(right) == len(tried) and not agree(right[0][2], right[1][2], ALL):
            right = [way for way in right if way[0] is recording]
        trace, program, _ = right[0]
        return Choice(program, trace if trace is recording else None)

    def _refusal(
        self, tried: list[tuple[Trace, Program, list[Tensor]]], recording: Trace, rules: MaskingRules
    ) -> Program:
        """Return the program whose reasons are given: those of the drawing, if there is one, in its rules' words."""
        by_recording = next(program for trace, program, _ in tried if trace is recording)
        by_drawing = next(program for trace, program, _ in tried if trace is not recording)
        is_script = any(reason == SCRIPT for _, reason in recording.refusals)
        if is_script or self._altered or self._drawn is None or not self._drawn.steps:
            return by_recording
        by_rules = compile_steps(self._drawn, table(*rules))
        return by_rules if by_rules.unsupported else by_drawing

    def _tried(
        self, network: nn.Module, trace: Trace, shape: Shape, rules: MaskingRules, plain: list[Tensor]
    ) -> tuple[Program, list[Tensor]]:
        """Return a trace's program and its answers to the example; where they are wrong, the program says so."""
        program = compile_steps(trace, table(*rules))
        if program.unsupported:
            return program, []
        example = shape.example(seed=1)
        try:
            with left_as_found(network, shape.device):
                result = answers(lambda images: execute(program, network, images, example.keep), example.images)
        except NotMaskedError as error:
            return program._replace(unsupported=((error.name, error.reason),)), []
        if isinstance(result, str):
            return program._replace(unsupported=_refused(network, result).unsupported), []
        differs = not agree(result, plain, WHOLE)
        if (differs or self._snapshot.volatile) and self._varies(network, example.images, plain):
            return program._replace(unsupported=_refused(network, VARIES).unsupported), result
        if differs and not agree(result, plain, WHOLE, self._noise(network, shape, plain)):
            return program._replace(unsupported=_refused(network, DIFFERS).unsupported), result
        return program, result

    @staticmethod
    def _varies(network: nn.Module, images: Tensor, plain: list[Tensor]) -> bool:
        """Return whether the network answers the same images in another way later."""
        with left_as_found(network, images.device):
            torch.rand(1, device=images.device)  # the next random numbers are others
            again = [answers(network, images) for _ in range(2)]
        return any(isinstance(other, str) or not agree(plain, other) for other in again)

    def _noise(self, network: nn.Module, shape: Shape, plain: list[Tensor]) -> float:
        """Return how far rounding errors may move the network's answers: some networks amplify them."""
        images = shape.example(seed=1).images
        nudged = images * (1 + torch.finfo(shape.dtype).eps * images.sign())
        otherwise_laid = images.contiguous(memory_format=torch.channels_last)
        with left_as_found(network, shape.device):
            moved = [answers(network, same) for same in (nudged, otherwise_laid)]
        return 10 * max((distance(plain, other) for other in moved if not isinstance(other, str)), default=0.0)

    def _recorded(self, network: nn.Module, shape: Shape, rules: MaskingRules, tried: Program) -> Choice:
        """Return the program of the recording for another number of images than the tried one's."""
        recording = self.recording(network, shape)
        program = compile_steps(recording, table(*rules))
        if not program.unsupported and _structure(program) != _structure(tried):
            plain = self.plain(network, shape)
            wrong = isinstance(plain, str)
            program = _refused(network, plain) if wrong else self._tried(network, recording, shape, rules, plain)[0]
        return Choice(program, recording)


_known: WeakKeyDictionary[nn.Module, list[KnownNetwork]] = WeakKeyDictionary()
_taking_in = threading.RLock()


def known_network(network: nn.Module) -> KnownNetwork:
    """Return what is known of a network; it is looked at anew if anything but the values of weights has changed.

    Raises:
        ValueError: layers have no weights yet.
    """
    states = _known.get(network, [])
    for state in states:
        if state.is_up_to_date(network):
            return state
    _check_weights(network)
    with _taking_in:
        state = KnownNetwork(network)
        _known[network] = [state, *states][:_REMEMBERED_STATES]
        return state


def usual_shapes(network: nn.Module, size: tuple[int, int] | None = None) -> Iterator[Shape]:
    """Yield shapes of images that a network may take, the likeliest first."""
    weight = next((p for p in network.parameters() if p.is_floating_point()), torch.empty(0))
    first = next((m for m in network.modules() if isinstance(m, nn.Conv2d)), None)
    for channels in dict.fromkeys((3, first.in_channels if first else 3)):
        for height, width in (size,) if size else ((side, side) for side in _SIZES):
            modes = Modes.now(weight.device.type)[1:]
            yield Shape(1, (channels, height, width), weight.dtype, weight.device, modes)


def _check_weights(network: nn.Module) -> None:
    tensors = [*network.parameters(), *network.buffers()]
    if any(is_lazy(tensor) or tensor.is_meta for tensor in tensors):
        raise ValueError(f"{type(network).__name__} has layers without weights yet; load them, or run it on an image")


def _refused(network: nn.Module, reason: str) -> Program:
    return Program((), ((type(network).__name__, reason),))


def _structure(program: Program) -> list[Hashable]:
    """Return the operations of a program and what each takes, without numbers."""
    position = {step.node: index for index, step in enumerate(program.steps)}
    return [(step.operation, tuple(position[node] for node in step.node.all_input_nodes)) for step in program.steps]


def _remember(values: dict[Any, T], key: Hashable, value: T) -> T:
    """Keep a value, and the latest others."""
    while len(values) >= _REMEMBERED_SHAPES:
        values.pop(next(iter(values)), None)
    values[key] = value
    return value
