"""What a network answers: tensors in tuples, dicts and output objects, and the module that turns them into logits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

Step = int | str
"""One step into an answer: the index of a tuple, or the key or attribute of a dict or output object."""

Path = tuple[Step, ...]
Form = Literal["logits", "probabilities"]
Shape = Literal["rows", "maps", "numbers"]
"""(n, k); (n, k, 1, 1) or the like; or (n,) for k = 1, (k,) for n = 1, or anything else of n · k numbers."""

SMALLEST = torch.finfo(torch.float32).tiny
"""Probabilities below this one count as this one, since 0 has no logarithm."""

LOGITS = "logits"
"""The entry that holds the logits by convention, for example in HuggingFace's outputs."""


def entry(answer: Any, step: Step) -> Any:
    """Return one entry of a tuple, dict or output object."""
    if isinstance(step, str) and not isinstance(answer, Mapping):
        return getattr(answer, step)
    return answer[step]


def tensors_in(answer: Any, path: Path = ()) -> Iterator[tuple[Path, Tensor]]:
    """Yield the tensors of an answer in order, each with the steps that lead to it.

    Yields:
        Steps and tensor; the steps of a plain tensor are ().
    """
    if isinstance(answer, Tensor):
        yield path, answer
        return
    for step in _steps(answer):
        yield from tensors_in(entry(answer, step), (*path, step))


def _steps(answer: Any) -> list[Step]:
    if isinstance(answer, Mapping):
        return [key for key in answer if isinstance(key, int | str)]  # pyright: ignore[reportUnknownVariableType]
    if names := getattr(type(answer), "_fields", None):  # a named tuple
        return list(names)
    if isinstance(answer, tuple | list):
        return list(range(len(answer)))  # pyright: ignore[reportUnknownArgumentType]
    if is_dataclass(answer):
        return [field.name for field in fields(answer)]
    return [LOGITS] if hasattr(answer, LOGITS) else []


def describe_answer(answer: Any) -> str:
    """Describe an answer for an error message, such as "tuple with tensors of shape (2, 5), (2, 64)"."""
    shapes = [str(tuple(tensor.shape)) for _, tensor in tensors_in(answer)]
    if isinstance(answer, Tensor):
        return f"tensor of shape {shapes[0]}"
    more = f" and {len(shapes) - 4} more" if len(shapes) > 4 else ""
    content = f" with tensors of shape {', '.join(shapes[:4])}{more}" if shapes else " without tensors"
    return type(answer).__name__ + content


class NetworkLogits(nn.Module):
    """A network whose answer is turned into logits (n, classes) such that their softmax is what the network means.

    Args:
        network: the network itself; its layers keep their names below `network`.
        path: the steps into its answer, () for a plain tensor.
        classes: number of classes; 2 for a network that gives one number per image.
        single: whether the network gives one number z per image; the logits of two classes are then −z/2 and z/2, so
            each has attributions.
        form: "probabilities" if the network ends in softmax or sigmoid; their logarithms are the logits.
        shape: how the numbers are arranged.
        rounded: whether the numbers are in half precision.
        grey: the layer that makes images grey, for a network that takes them so.
    """

    def __init__(
        self,
        network: nn.Module,
        path: Path = (),
        classes: int = 2,
        single: bool = False,
        form: Form = "logits",
        shape: Shape = "rows",
        rounded: bool = False,
        grey: nn.Module | None = None,
    ):
        super().__init__()
        self.network = network
        self.path = path
        self.classes = classes
        self.single = single
        self.form: Form = form
        self.shape: Shape = shape
        self.rounded = rounded
        self.grey = grey
        self.halves = halves_layer(network) if single and form == "logits" else None

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (n, classes) of normalised images (n, 3, h, w)."""
        return self.logits(self.network(x if self.grey is None else self.grey(x)))

    def logits(self, answer: Any) -> Tensor:
        """Return logits (n, classes) of an answer of the network."""
        for step in self.path:
            answer = entry(answer, step)
        if self.shape == "maps":
            answer = torch.flatten(answer, 1)
        elif self.shape == "numbers":
            answer = answer.reshape(-1, 1 if self.single else self.classes)
        values: Tensor = answer.float() if self.rounded else answer
        if self.form == "logits":
            return values if self.halves is None else self.halves(values)
        share = torch.cat([1 - values, values], 1) if self.single else values
        return share.clamp_min(SMALLEST).log()


def halves_layer(network: nn.Module) -> nn.Linear:
    """Return a frozen layer that turns z (n, 1) into −z/2 and z/2, on the device and in the precision of a network."""
    with torch.random.fork_rng(devices=[]):
        layer = nn.Linear(1, 2, bias=False)
    layer.weight.data = torch.tensor([[-0.5], [0.5]])
    example = next((tensor for tensor in network.parameters() if tensor.is_floating_point()), torch.zeros(()))
    dtype = torch.promote_types(example.dtype, torch.float32)
    return layer.requires_grad_(requires_grad=False).to(example.device, dtype)


def grey_layer(device: torch.device, dtype: torch.dtype) -> nn.Conv2d:
    """Return a frozen 1x1 convolution that turns RGB into grey, with the weights of ITU-R BT.601."""
    with torch.random.fork_rng(devices=[]):
        layer = nn.Conv2d(3, 1, 1, bias=False)
    layer.weight.data = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    return layer.requires_grad_(requires_grad=False).to(device, dtype)
