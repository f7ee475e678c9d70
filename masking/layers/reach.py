"""Receptive fields: the part of the picture that one cell of a layer depends on, derived from the graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import getitem
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import fx, nn

from .maps.keep import Window
from .steps.trace import Step

Cells = tuple[int, int]


class Reach(NamedTuple):
    """A receptive field as (rows, columns) in pixels of the network's input.

    size: the extent of the pixels that one cell depends on; it may exceed the picture. stride: the distance between
    the fields of two neighbouring cells.
    """

    size: Cells = (1, 1)
    stride: Cells = (1, 1)

    def through(self, window: Window) -> Reach:
        """Return the field of a cell behind a sliding window."""
        sides = zip(self.size, self.stride, window.kernel, window.dilation, strict=True)
        rows, columns = (size + (kernel - 1) * dilation * stride for size, stride, kernel, dilation in sides)
        return Reach((rows, columns), (self.stride[0] * window.stride[0], self.stride[1] * window.stride[1]))

    def resampled(self, kernel: Cells, before: Cells, after: Cells) -> Reach | None:
        """Return the field of a cell behind an interpolation; None if cells lie at fractions of pixels.

        Args:
            kernel: rows and columns of cells that one new cell depends on.
            before: rows and columns of the map before it.
            after: and behind it.
        """
        distances = [stride * b for stride, b in zip(self.stride, before, strict=True)]
        if any(distance % a for distance, a in zip(distances, after, strict=True)):
            return None
        field = self.through(Window(kernel))
        return Reach(field.size, (distances[0] // after[0], distances[1] // after[1]))

    @staticmethod
    def widest(reaches: Iterable[Reach]) -> Reach:
        """Return the field where paths meet: the largest size and the smallest stride, since gates have one cell."""
        paths = list(reaches)
        rows, columns = zip(*(path.stride for path in paths), strict=True)
        return Reach(_largest(path.size for path in paths), (min(rows), min(columns)))


def reaches(steps: Iterable[Step], sizes: Mapping[str, Cells], weights: Mapping[str, Cells]) -> dict[str, Reach]:
    """Return the receptive field of every operation that depends on the image, by the name of its node.

    Operations behind an enlargement whose cells lie at fractions of pixels are left out.

    Args:
        steps: the steps of one traced network; the first is its image.
        sizes: rows and columns of each result that is a map; (1, 1) once there are no cells.
        weights: kernel sizes of convolutions that the network calls as functions, by the name of their weight.
    """
    image, *rest = steps
    fields: dict[fx.Node, Reach] = {image.node: Reach()}
    unknown: set[fx.Node] = set()
    for step in rest:
        inputs = [node for node in step.node.all_input_nodes if node in fields]
        if not unknown.isdisjoint(step.node.all_input_nodes):
            unknown.add(step.node)
            continue
        if step.node.op == "output" or not inputs:
            continue
        field = Reach.widest(fields[node] for node in inputs)
        before, after = _largest(sizes.get(node.name, (1, 1)) for node in inputs), sizes.get(step.node.name)
        kernel = _resampling_kernel(step)
        if kernel is not None and after is not None:
            resampled = field.resampled(kernel, before, after)
            if resampled is None:
                unknown.add(step.node)
            else:
                fields[step.node] = resampled
            continue
        window = _declared(step, weights) or _of_cells(step, before) or _covering(before, after)
        fields[step.node] = field.through(window)
    return {node.name: reach for node, reach in fields.items()}


def _declared(step: Step, weights: Mapping[str, Cells]) -> Window | None:
    """Return the window of a convolution or pool; None if it has none, or its numbers are known only while running."""
    operation, arguments = step.operation, step.node.args
    if isinstance(operation, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d):
        stride = operation.stride or operation.kernel_size
        return _window(operation.kernel_size, stride, getattr(operation, "dilation", 1))

    def argument(name: str, position: int, default: Any) -> Any:
        value = step.node.kwargs.get(name, arguments[position] if len(arguments) > position else None)
        return default if value is None else value

    if operation is F.conv2d:
        kernel = weights.get(getattr(argument("weight", 1, None), "name", ""))
        return kernel and _window(kernel, argument("stride", 3, 1), argument("dilation", 5, 1))
    if operation in (F.max_pool2d, torch.max_pool2d, F.avg_pool2d):
        kernel = argument("kernel_size", 1, None)
        dilation = argument("dilation", 4, 1) if operation is not F.avg_pool2d else 1
        return _window(kernel, argument("stride", 2, kernel), dilation)
    return None


def _resampling_kernel(step: Step) -> Cells | None:
    """Return how many cells a cell behind an interpolation depends on; None if the operation is none."""
    operation = step.operation
    if isinstance(operation, nn.PixelShuffle) or operation is F.pixel_shuffle:
        return (1, 1)
    if isinstance(operation, nn.ConvTranspose2d):
        sides = zip(*map(_pair, (operation.kernel_size, operation.dilation, operation.stride)), strict=True)
        rows, columns = ((kernel - 1) * dilation // stride + 1 for kernel, dilation, stride in sides)
        return rows, columns
    if isinstance(operation, nn.Upsample) or operation is F.interpolate:
        mode = getattr(operation, "mode", None) or step.node.kwargs.get("mode", [*step.node.args, *["nearest"] * 4][3])
        return {"nearest": (1, 1), "nearest-exact": (1, 1), "bilinear": (2, 2)}.get(str(mode))
    return None


def _of_cells(step: Step, size: Cells) -> Window | None:
    """Return the window of operations that keep a map's cells apart although its size changes, or mix all of them."""
    operation = step.operation
    if isinstance(operation, nn.GroupNorm) or operation in (F.group_norm, F.instance_norm):
        return Window(size)
    if isinstance(operation, nn.InstanceNorm2d) and not operation.track_running_stats:
        return Window(size)
    if isinstance(operation, nn.LayerNorm) and len(operation.normalized_shape) > 1:
        return Window(size)
    if operation is F.pad or isinstance(operation, _PADDING_LAYERS):
        return Window((1, 1))
    if operation is getitem and len(step.node.args) > 1:
        index = step.node.args[1]
        items = index if isinstance(index, tuple) else (index,)
        steps = [item.step or 1 for item in items if isinstance(item, slice) and isinstance(item.step, int | None)]
        if max(steps, default=1) == 1:
            return Window((1, 1))
    return None


_PADDING_LAYERS = (nn.ConstantPad2d, nn.ZeroPad2d, nn.ReflectionPad2d, nn.ReplicationPad2d, nn.CircularPad2d)


def _window(kernel: Any, stride: Any, dilation: Any) -> Window | None:
    sides = [_pair(kernel), _pair(stride), _pair(dilation)]
    if any(not isinstance(number, int) for side in sides for number in side):
        return None
    return Window(kernel=sides[0], stride=sides[1], dilation=sides[2])


def _pair(setting: Any) -> tuple[Any, ...]:
    sides = tuple(setting) if isinstance(setting, tuple | list) else (setting,)
    return sides * 2 if len(sides) == 1 else sides


def _covering(before: Cells, after: Cells | None) -> Window:
    """Return the window between two map sizes, for adaptive and global pools; one cell if nothing changes."""
    if after is None or before == after:
        return Window((1, 1))
    sides = list(zip(before, after, strict=True))
    rows, columns = (min(b, -(-b // a) + (b % a > 0)) for b, a in sides)
    return Window((rows, columns), (max(1, sides[0][0] // sides[0][1]), max(1, sides[1][0] // sides[1][1])))


def _largest(sides: Iterable[Cells]) -> Cells:
    rows, columns = zip(*sides, strict=True)
    return max(rows), max(columns)
