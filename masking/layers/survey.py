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

from .steps.trace import Step, image_nodes
from .table import CELLWISE_MODULES, CONCATENATIONS, PRODUCTS, QUOTIENTS, SUMS

REARRANGEMENTS = (
    nn.ChannelShuffle, nn.CircularPad2d, nn.ConstantPad2d, nn.Dropout, nn.Dropout2d, nn.Flatten, nn.Identity,
    nn.PixelShuffle, nn.PixelUnshuffle, nn.ReflectionPad2d, nn.ReplicationPad2d, nn.Unflatten, nn.ZeroPad2d,
    F.channel_shuffle, F.dropout, F.dropout2d, F.pad, F.pixel_shuffle, F.pixel_unshuffle, getattr, operator.getitem,
    stochastic_depth, torch.chunk, torch.clone, torch.flatten, torch.flip, torch.index_select, torch.movedim,
    torch.moveaxis, torch.narrow, torch.permute, torch.repeat_interleave, torch.reshape, torch.roll, torch.select,
    torch.split, torch.squeeze, torch.stack, torch.swapaxes, torch.swapdims, torch.tensor_split, torch.tile,
    torch.transpose, torch.unbind, torch.unflatten, torch.unsqueeze, "bfloat16", "chunk", "clone", "contiguous", "cpu",
    "detach", "dim", "double", "expand", "expand_as", "flatten", "flip", "float", "half", "index_select", "moveaxis",
    "movedim", "narrow", "permute", "repeat", "repeat_interleave", "reshape", "reshape_as", "roll", "select", "size",
    "split", "squeeze", "swapaxes", "swapdims", "tensor_split", "tile", "to", "transpose", "type", "type_as", "unbind",
    "unflatten", "unsqueeze", "view",
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
    nn.ConvTranspose2d: "transposed convolution",
    F.conv_transpose2d: "transposed convolution",
    nn.MaxPool2d: "max pool",
    F.max_pool2d: "max pool",
    torch.max_pool2d: "max pool",
    torch.mean: "global average pool",
    "mean": "global average pool",
    **dict.fromkeys((torch.amax, torch.max, "amax", "max"), "maximum"),
    **dict.fromkeys((nn.AdaptiveMaxPool2d, F.adaptive_max_pool2d), "max pool"),
    **dict.fromkeys((nn.GroupNorm, F.group_norm), "group norm"),
    **dict.fromkeys((nn.InstanceNorm2d, F.instance_norm), "instance norm"),
    **dict.fromkeys((nn.LocalResponseNorm, F.local_response_norm), "local response norm"),
    **dict.fromkeys((nn.RMSNorm, F.rms_norm), "RMS norm"),
    **dict.fromkeys((nn.Upsample, F.interpolate, F.upsample), "interpolation"),
    **dict.fromkeys(CONCATENATIONS, "concatenation"),
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
    steps = list(steps)
    nodes = image_nodes(steps)  # operations on weights alone are counted for themselves
    times: Counter[tuple[str, bool]] = Counter()
    readable: dict[str, str] = {}
    for step in steps:
        name, of_image = _path(step.node), step.node in nodes
        times[name, of_image] += 1
        count = times[name, of_image]
        readable[step.node.name] = f"{name}:{count}" if count > 1 else name
    return readable


def computes(step: Step) -> bool:
    """Return whether an operation computes new values, rather than rearranging those it gets."""
    operation = type(step.operation) if isinstance(step.operation, nn.Module) else step.operation
    return step.node.op not in {"placeholder", "get_attr", "output"} and operation not in REARRANGEMENTS


def _path(node: fx.Node) -> str:
    if node.op == "call_module":
        return str(node.target)
    if "module_path" in node.meta:  # of recorded steps
        return str(node.meta["module_path"])
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
