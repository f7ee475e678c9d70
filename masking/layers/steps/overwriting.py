"""Operations that write into a map in place: whoever reads the map later must read the new one.

A graph names results, a network names memory. After `y += x`, every other name of the same memory holds the sum, with
the mask of the sum; in a graph those names would still stand for the old map, with the old mask.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

from masking.layers.table.spelling import canonical, writes_in_place

USED_AGAIN = "changes a map in place that is used again under another name"
OWN_TENSORS = "changes the network's own tensors"

_VIEWS = frozenset((
    operator.getitem, getattr, torch.flatten, torch.reshape, torch.permute, torch.transpose, torch.unsqueeze,
    torch.squeeze, torch.chunk, torch.split, torch.unbind, torch.narrow, torch.movedim, torch.select, torch.detach,
    torch.unflatten, torch.swapaxes, F.dropout, F.dropout2d, F.alpha_dropout, F.feature_alpha_dropout, "chunk",
    "contiguous", "detach", "double", "expand", "expand_as", "flatten", "float", "half", "movedim", "narrow",
    "permute", "reshape", "reshape_as", "select", "split", "squeeze", "swapaxes", "to", "transpose", "type",
    "type_as", "unbind", "unflatten", "unsqueeze",
))  # fmt: skip
_VIEW_MODULES = (
    nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout,
    nn.Flatten, nn.Unflatten,
)  # fmt: skip
"""Operations whose result may lie in the memory of their first argument."""

_EXACT_CELLS = 2**22


def redirect_overwritten(graph: fx.Graph, operations: Mapping[fx.Node, Any]) -> list[tuple[str, str]]:
    """Let later steps read a map that was changed in place from the operation that changed it; the graph is changed.

    Returns:
        (name, reason) of operations that write into a map of which a part, or a view, is used again.
    """
    return list(_redirect(graph, operations))


def _redirect(graph: fx.Graph, operations: Mapping[fx.Node, Any]) -> Iterator[tuple[str, str]]:
    position = {node: index for index, node in enumerate(graph.nodes)}
    memory: dict[fx.Node, fx.Node] = {}  # the node that made the memory in which a result may lie
    for node in graph.nodes:
        source = _first(node)
        memory[node] = node
        if source is None or node.op in {"placeholder", "get_attr", "output"}:
            continue
        operation = operations[node]
        if writes_in_place(operation, node.args, node.kwargs):
            target = node.kwargs.get("out", source)
            if not isinstance(target, fx.Node) or _own(memory[target]):
                yield _title(node, operation), OWN_TENSORS
                continue
            node.kwargs = {name: value for name, value in node.kwargs.items() if name != "out"}
            memory[node] = memory[target]
            for user in list(target.users):
                if position[user] > position[node]:
                    user.replace_input_with(target, node)
            if any(
                memory.get(other) is memory[node] and other is not node
                for later in graph.nodes
                if position[later] > position[node]
                for other in later.all_input_nodes
            ):
                yield _title(node, operation), USED_AGAIN
        elif _may_be_view(operation):
            memory[node] = memory[source]


def _first(node: fx.Node) -> fx.Node | None:
    values = [*node.args, *node.kwargs.values()]
    return next((value for value in values if isinstance(value, fx.Node)), None)


def _own(node: fx.Node) -> bool:
    return node.op == "get_attr"


def _title(node: fx.Node, operation: Any) -> str:
    kind = type(operation) if isinstance(operation, nn.Module) else operation
    return f"{node.name} ({getattr(kind, '__name__', kind)})"


def _may_be_view(operation: Any) -> bool:
    return isinstance(operation, _VIEW_MODULES) or (
        not isinstance(operation, nn.Module) and canonical(operation) in _VIEWS
    )


class Extent(NamedTuple):
    """The memory that a tensor covers: where it starts, its shape and its strides, in elements."""

    start: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: torch.dtype

    @staticmethod
    def of(tensor: Tensor) -> Extent:
        """Return the extent of a tensor in its storage."""
        return Extent(int(tensor.storage_offset()), tuple(tensor.shape), tensor.stride(), tensor.dtype)

    @property
    def end(self) -> int:
        """One past the last element."""
        if 0 in self.shape:
            return self.start
        return self.start + sum((n - 1) * step for n, step in zip(self.shape, self.strides, strict=True)) + 1

    def overlaps(self, other: Extent) -> bool:
        """Return whether two tensors of one storage share an element; True where finding out would take long."""
        if self.end <= other.start or other.end <= self.start:
            return False
        cells = max(self.end, other.end)
        if cells > _EXACT_CELLS or self.dtype != other.dtype:
            return True
        covered = torch.zeros(cells, dtype=torch.bool)
        covered.as_strided(other.shape, other.strides, other.start).fill_(True)
        return bool(covered.as_strided(self.shape, self.strides, self.start).any())
