"""The layers of a traced network in readable form: names, kinds, and which operations compute new values."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable
from typing import Any

import torch
import torch.nn.functional as F
from torch import fx, nn
from torchvision.ops import stochastic_depth

from .table import CELLWISE_MODULES, PRODUCTS, QUOTIENTS, SUMS
from .trace import Step

REARRANGEMENTS = (
    nn.Dropout, nn.Dropout2d, nn.Flatten, nn.Identity, F.dropout, F.dropout2d, getattr, operator.getitem,
    stochastic_depth, torch.chunk, torch.clone, torch.flatten, torch.permute, torch.reshape, torch.split,
    torch.transpose, torch.unsqueeze, "chunk", "clone", "contiguous", "detach", "dim", "double", "flatten", "float",
    "half", "permute", "reshape", "size", "split", "to", "transpose", "unsqueeze", "view",
)  # fmt: skip
"""Operations that pass the same numbers on; no layer to look at."""

KINDS: dict[Any, str] = {
    nn.Conv2d: "convolution",
    F.conv2d: "convolution",
    nn.Linear: "linear layer",
    F.linear: "linear layer",
    nn.BatchNorm2d: "batch norm",
    F.batch_norm: "batch norm",
    nn.LayerNorm: "layer norm",
    F.layer_norm: "layer norm",
    nn.MaxPool2d: "max pool",
    F.max_pool2d: "max pool",
    torch.mean: "global average pool",
    "mean": "global average pool",
    torch.cat: "concatenation",
    torch.concat: "concatenation",
    **dict.fromkeys((nn.AvgPool2d, nn.AdaptiveAvgPool2d, F.avg_pool2d, F.adaptive_avg_pool2d), "average pool"),
    **dict.fromkeys(SUMS, "sum"),
    **dict.fromkeys(PRODUCTS, "product"),
    **dict.fromkeys(QUOTIENTS, "quotient"),
}

_MODULE_NAMES = {module.__name__.lower(): module.__name__ for module in CELLWISE_MODULES}


def kind(operation: Any) -> str:
    """Return the readable kind of an operation: "convolution 3×3", "sum", "ReLU"."""
    if not isinstance(operation, nn.Module):
        name = str(getattr(operation, "__name__", operation)).strip("_")
        return KINDS.get(operation) or _MODULE_NAMES.get(name, name)
    for ancestor in type(operation).__mro__:
        if ancestor in KINDS:
            return KINDS[ancestor] + _kernel(operation)
        if ancestor in CELLWISE_MODULES:
            return ancestor.__name__
    return type(operation).__name__


def names(steps: Iterable[Step]) -> dict[str, str]:
    """Return readable names by node, such as `layer1.0.conv1`; `layer1.0.relu:2` is a module's second call."""
    times: Counter[str] = Counter()
    readable: dict[str, str] = {}
    for step in steps:
        name = _path(step.node)
        times[name] += 1
        readable[step.node.name] = f"{name}:{times[name]}" if times[name] > 1 else name
    return readable


def computes(step: Step) -> bool:
    """Return whether an operation computes new values, rather than rearranging those it gets."""
    operation = type(step.operation) if isinstance(step.operation, nn.Module) else step.operation
    return step.node.op not in {"placeholder", "get_attr", "output"} and operation not in REARRANGEMENTS


def _path(node: fx.Node) -> str:
    if node.op == "call_module":
        return str(node.target)
    within = next(reversed(node.meta.get("nn_module_stack", {}).values()), ("", None))[0]
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", node.name)
    name = {"iadd": "add", "imul": "mul", "isub": "sub"}.get(str(name), str(name)).strip("_")
    return f"{within}.{name}" if within else name


def _kernel(module: nn.Module) -> str:
    kernel = getattr(module, "kernel_size", None)
    if kernel is None:
        return ""
    rows, columns = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    return f" {rows}×{columns}"
