"""The first convolution of a network as it ran: what its windows read, and what they answered, in each run."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

from masking.layer_trace.layer_view import MASKED
from masking.layer_trace.tracing import TraceBatch
from masking.layers import Masked
from masking.layers.maps.keep import Window
from masking.layers.maps.neighbours import fill, rings_around
from masking.layers.steps.trace import Step
from masking.layers.table.sliding import window_of
from masking.masks.mask import Mask
from masking.models.classifier import Classifier

OUTSIDE, UNREACHED, VISIBLE = -2, -1, 0
"""What stands in `rounds` for a cell outside the picture, for a hidden one that stays empty, and for a visible one."""
_ARGUMENTS = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")


@dataclass(frozen=True, eq=False)
class FirstConvolution:
    """The first convolution, in the plain, the filled and the masked run; cells include those around the picture.

    Attributes:
        name: such as `stem.1`.
        weights: (channels, colours, kernel rows, kernel columns).
        bias: (channels,).
        window: its window on the picture; `padding` counts the cells above and on the left that are outside.
        cells: (3, colours, rows, columns), what the windows read. In the masked run hidden cells are filled with their
            neighbours' means, as far as any window with a visible cell reaches.
        rounds: int (rows, columns), the round in which a hidden cell is filled in the masked run, from 1; or `VISIBLE`,
            `UNREACHED` or `OUTSIDE`.
        answers: (3, channels, h, w), the results, from the network's own run.
        seen: bool (h, w), which results the masked run counts as visible.
    """

    name: str
    weights: Tensor
    bias: Tensor
    window: Window
    cells: Tensor
    rounds: Tensor
    answers: Tensor
    seen: Tensor

    def read(self, row: int, column: int) -> tuple[slice, slice]:
        """Return the cells that the window of one result reads, as rows and columns of `cells`."""
        starts = row * self.window.stride[0], column * self.window.stride[1]
        sizes = zip(starts, self.window.kernel, self.window.dilation, strict=True)
        rows, columns = (slice(start, start + (kernel - 1) * step + 1, step) for start, kernel, step in sizes)
        return rows, columns

    def counts(self, cells: Tensor) -> Tensor:
        """Return how many of the marked cells, bool (rows, columns), each window reads: int (h, w)."""
        ones = torch.ones(1, 1, *self.window.kernel)
        sums = F.conv2d(cells[None, None].float(), ones, None, self.window.stride, 0, self.window.dilation)
        return sums[0, 0].round().int()[: self.seen.shape[0], : self.seen.shape[1]]


def first_convolution(classifier: Classifier, image: Tensor, mask: Mask, fill_name: str) -> FirstConvolution:
    """Run a network as far as its first convolution and return that.

    Args:
        classifier: as for `trace_layers`.
        image: as for `trace_layers`.
        mask: as for `trace_layers`.
        fill_name: as `fill` for `trace_layers`.

    Raises:
        ValueError: as for `trace_layers`, or the first convolution does not slide over the picture; one sentence.
    """
    batch = TraceBatch(classifier, image, mask, fill_name)
    first = next((step for step in batch.steps if step.node in batch.image_nodes and _is_convolution(step)), None)
    if first is None:
        raise ValueError(f"{classifier.name} has no convolution, so there is no window to look into")
    results: dict[fx.Node, Any] = {}

    def watch(step: Step, position: int, result: Any) -> None:
        del position
        results[step.node] = replace(result, values=result.values.clone()) if isinstance(result, Masked) else result
        if step is first:
            raise _ConvolutionReached

    with contextlib.suppress(_ConvolutionReached):
        batch.run(watch)
    arguments = _arguments(first, results)
    seen, keep = results.get(arguments["input"]), mask.keep[0, 0].cpu()
    entering = seen if isinstance(seen, Masked) else Masked(batch.normalised, results[first.node].keep)
    is_picture = seen is None or (isinstance(seen, Masked) and _is_picture(seen, keep))
    if not is_picture or arguments["mode"] != "zeros":
        raise ValueError(
            f"in {classifier.name} something else comes between the picture and the first convolution, so a window of "
            "that is no window of the picture"
        )
    return _as_it_ran(batch.titles[first.node.name][0], entering, keep, arguments, results[first.node])


class _ConvolutionReached(Exception):  # noqa: N818
    """Ends a run early: all that is wanted has been seen."""


def _is_convolution(step: Step) -> bool:
    return isinstance(step.operation, nn.Conv2d) or step.operation in (F.conv2d, torch.conv2d)


def _arguments(step: Step, results: Mapping[fx.Node, Any]) -> dict[str, Any]:
    """Return the arguments of a convolution by name; `input` is a node, and `mode` says what its padding holds."""
    conv = step.operation
    given = {**dict(zip(_ARGUMENTS, step.node.args, strict=False)), **step.node.kwargs}
    if isinstance(conv, nn.Conv2d):
        settings = {name: getattr(conv, name) for name in _ARGUMENTS[1:]}
        return {**settings, "input": given["input"], "mode": conv.padding_mode}
    values = {name: results.get(value, value) if isinstance(value, fx.Node) else value for name, value in given.items()}
    defaults = {"bias": None, "stride": 1, "padding": 0, "dilation": 1, "groups": 1}
    return {**defaults, **values, "input": given["input"], "mode": "zeros"}


def _is_picture(entering: Masked, keep: Tensor) -> bool:
    """Return whether a map still has the cells of the picture, with the mask as it was."""
    is_image = entering.is_map and entering.grid == (-2, -1) and entering.values.ndim == 4
    return is_image and entering.keep.cells[MASKED, 0].cpu().equal(keep)


def _as_it_ran(
    name: str, entering: Masked, keep: Tensor, arguments: Mapping[str, Any], answered: Masked
) -> FirstConvolution:
    weight: Tensor = arguments["weight"].detach().cpu()
    window = window_of(tuple(weight.shape[2:]), arguments["stride"], arguments["padding"], arguments["dilation"])
    values = entering.values.cpu()
    rings = rings_around(keep[None], window.reach, values.dtype)
    filled = fill(values[MASKED : MASKED + 1].clone(), rings)
    rounds = torch.where(keep, VISIBLE, UNREACHED).flatten()
    for number, ring in enumerate(rings, 1):
        rounds[ring.cells] = number
    erased = torch.where((rounds == UNREACHED).view(keep.shape), 0, filled)
    around = entering.surrounded(torch.cat([values[:MASKED], erased]))
    answers = answered.values[: MASKED + 1].cpu()
    cells = _padded(around, window, (answers.shape[2], answers.shape[3]))
    whole = entering.widened(window)
    top, left = whole.padding
    all_rounds = torch.full(cells.shape[2:], OUTSIDE)
    all_rounds[top : top + keep.shape[0], left : left + keep.shape[1]] = rounds.view(keep.shape)
    bias = arguments["bias"]
    return FirstConvolution(
        name=name,
        weights=_for_all_colours(weight.float(), arguments["groups"]),
        bias=weight.new_zeros(len(weight)).float() if bias is None else bias.detach().cpu().float(),
        window=whole,
        cells=cells.float(),
        rounds=all_rounds,
        answers=answers.float(),
        seen=answered.keep.cells[MASKED, 0].cpu(),
    )


def _for_all_colours(weight: Tensor, groups: int) -> Tensor:
    """Return weights for every colour, 0 for those that a channel's group does not read."""
    width, all_colours = weight.shape[1], groups * weight.shape[1]
    parts = weight.chunk(groups)
    return torch.cat(
        [F.pad(part, (0, 0, 0, 0, i * width, all_colours - (i + 1) * width)) for i, part in enumerate(parts)]
    )


def _padded(values: Tensor, window: Window, size: tuple[int, int]) -> Tensor:
    """Return maps with the zeros that the convolution itself puts around them, so that each window lies inside."""
    sides: list[int] = []
    for dim in (1, 0):
        before, length = window.padding[dim], values.shape[2 + dim]
        last = (size[dim] - 1) * window.stride[dim] + (window.kernel[dim] - 1) * window.dilation[dim] + 1
        sides += [before, max(0, last - before - length)]
    return F.pad(values, sides)
