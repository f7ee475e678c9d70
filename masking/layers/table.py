"""The table from operation to rule: the only place that knows how PyTorch spells its operations.

An operation is a module class, a function, or the name of a tensor method. To support a new one, add its entry here
and its literal counterpart to the oracle in the tests.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.ops import stochastic_depth

from . import rules
from .keep import Window
from .rules import Convolution, Joins, Run
from .spelling import Operation
from .spelling import writes_in_place as writes_in_place


def _never(*_: Any, **__: Any) -> bool:
    return False


def _always(*_: Any, **__: Any) -> bool:
    return True


def _fine(*_: Any, **__: Any) -> None:
    return None


@dataclass(frozen=True)
class Rule:
    """How an operation treats masked activations; all three functions take the operation, then its arguments.

    apply: computes the result. ends: whether the result is certainly an ordinary tensor. refusal: why it cannot be
    computed, or None. The last two are called before anything is computed, with placeholders for activations.
    """

    apply: Run
    ends: Callable[..., bool] = _never
    refusal: Callable[..., str | None] = _fine


Rules = Mapping[Operation, Rule]

# They map finite values to finite ones, because values at hidden cells must stay finite (see masked.py).
CELLWISE_MODULES = (
    nn.CELU, nn.Dropout, nn.Dropout2d, nn.ELU, nn.GELU, nn.Hardsigmoid, nn.Hardswish, nn.Hardtanh, nn.Identity,
    nn.LeakyReLU, nn.LogSigmoid, nn.Mish, nn.PReLU, nn.ReLU, nn.ReLU6, nn.SELU, nn.SiLU, nn.Sigmoid, nn.Softplus,
    nn.Tanh,
)  # fmt: skip
CELLWISE_FUNCTIONS = (
    F.celu, F.dropout, F.dropout2d, F.elu, F.gelu, F.hardsigmoid, F.hardswish, F.hardtanh, F.leaky_relu, F.mish,
    F.relu, F.relu6, F.relu_, F.selu, F.sigmoid, F.silu, F.softplus, F.tanh, operator.neg, stochastic_depth,
    torch.abs, torch.clamp, torch.clone, torch.neg, torch.relu, torch.relu_, torch.sigmoid, torch.tanh,
)  # fmt: skip
CELLWISE_METHODS = (
    "abs", "clamp", "clamp_", "clamp_max", "clamp_min", "clone", "contiguous", "detach", "double", "float", "half",
    "neg", "relu", "relu_", "sigmoid", "sigmoid_", "tanh", "tanh_", "to",
)  # fmt: skip
SUMS = (operator.add, operator.iadd, operator.sub, operator.isub, torch.add, torch.sub, "add", "add_", "sub", "sub_")
PRODUCTS = (operator.mul, operator.imul, torch.mul, "mul", "mul_")
QUOTIENTS = (operator.truediv, operator.itruediv, torch.div, "div", "div_")
JOINS_IN_PLACE = ("add_", "sub_", "mul_", "div_")
PLAIN_ATTRIBUTES = ("shape", "ndim", "dtype", "device", "is_cuda", "requires_grad")


@cache
def table(joins: Joins, convolution: Convolution = "neighbour") -> Rules:
    """Return the rule of every supported operation, with the given rules for joins and convolutions."""
    conv_module, conv2d = (
        (partial(_conv_module, joins), partial(_conv2d, joins))
        if convolution == "neighbour"
        else (partial(_partial_module, joins), partial(_partial_conv2d, joins))
    )
    return {
        **dict.fromkeys((*CELLWISE_MODULES, *CELLWISE_FUNCTIONS, *CELLWISE_METHODS), Rule(rules.cellwise)),
        **dict.fromkeys(SUMS, Rule(rules.residual(joins))),
        **dict.fromkeys(PRODUCTS, Rule(rules.gate)),
        **dict.fromkeys(QUOTIENTS, Rule(rules.quotient)),
        **dict.fromkeys((torch.cat, torch.concat), Rule(rules.concatenation(joins))),
        nn.Conv2d: Rule(conv_module, refusal=_padding_mode),
        F.conv2d: Rule(conv2d),
        nn.BatchNorm2d: Rule(rules.cellwise, refusal=_batch_statistics_module),
        F.batch_norm: Rule(rules.cellwise, refusal=_batch_statistics),
        nn.Linear: Rule(rules.over_channels),
        F.linear: Rule(_linear),
        nn.LayerNorm: Rule(_layer_norm_module),
        F.layer_norm: Rule(_layer_norm),
        nn.MaxPool2d: Rule(_max_pool_module, refusal=_indices_module),
        F.max_pool2d: Rule(_max_pool2d, refusal=_indices),
        nn.AvgPool2d: Rule(_avg_pool_module),
        F.avg_pool2d: Rule(_avg_pool2d),
        nn.AdaptiveAvgPool2d: Rule(_adaptive_pool_module, ends=_to_one_cell_module),
        F.adaptive_avg_pool2d: Rule(_adaptive_pool, ends=_to_one_cell),
        **dict.fromkeys((torch.mean, "mean"), Rule(rules.mean, ends=_always)),
        **dict.fromkeys((nn.Flatten, torch.flatten, "flatten"), Rule(rules.flatten, ends=_always)),
        **dict.fromkeys((torch.reshape, "reshape"), Rule(rules.view, ends=_is_matrix, refusal=_sequence)),
        **dict.fromkeys((torch.chunk, "chunk", torch.split, "split"), Rule(rules.chunk)),
        **dict.fromkeys((torch.permute, "permute"), Rule(rules.permute)),
        **dict.fromkeys((torch.transpose, "transpose"), Rule(rules.transpose)),
        **dict.fromkeys((torch.unsqueeze, "unsqueeze"), Rule(rules.unsqueeze)),
        operator.getitem: Rule(rules.choice(joins)),
        F.pad: Rule(rules.pad_channels, refusal=_pads_cells),
        getattr: Rule(rules.about, ends=_always, refusal=_attribute),
        **dict.fromkeys(("size", "dim"), Rule(rules.about, ends=_always)),
    }


def rule_for(operation: Any, table: Rules) -> Rule | None:
    """Return the rule of a function, a method's name or a module; a subclass with its own forward has none."""
    if not isinstance(operation, nn.Module):
        return table.get(operation)
    for ancestor in type(operation).__mro__:
        if ancestor in table and type(operation).forward is ancestor.forward:
            return table[ancestor]
    return None


def _conv_module(joins: Joins, conv: nn.Conv2d, x: Any) -> Any:
    window = _window(conv.kernel_size, conv.stride, conv.padding, conv.dilation)
    return rules.convolution(conv, x, joins.seen(window))


def _conv2d(
    joins: Joins, run: Run, x: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
    groups: int = 1,
) -> Any:  # fmt: skip
    window = _window(tuple(weight.shape[2:]), stride, padding, dilation)
    return rules.convolution(lambda v: run(v, weight, bias, stride, padding, dilation, groups), x, joins.seen(window))


def _partial_module(joins: Joins, conv: nn.Conv2d, x: Any) -> Any:
    settings = conv.stride, conv.padding, conv.dilation, conv.groups
    return _partial_conv2d(joins, F.conv2d, x, conv.weight, conv.bias, *settings)


def _partial_conv2d(
    joins: Joins, run: Run, x: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
    groups: int = 1,
) -> Any:  # fmt: skip
    settings = stride, padding, dilation, groups
    window = _window(tuple(weight.shape[2:]), stride, padding, dilation)
    if not window.reach:  # a window of a single cell has no hidden rest
        return _conv2d(joins, run, x, weight, bias, *settings)
    return rules.partial_convolution(lambda v: run(v, weight, None, *settings), x, window, bias)


def _linear(run: Run, x: Any, *args: Any, **kwargs: Any) -> Any:
    return rules.over_channels(lambda v: run(v, *args, **kwargs), x)


def _layer_norm_module(norm: nn.LayerNorm, x: Any) -> Any:
    return rules.over_channels(norm, x, len(norm.normalized_shape))


def _layer_norm(run: Run, x: Any, normalized_shape: Any, *args: Any, **kwargs: Any) -> Any:
    return rules.over_channels(lambda v: run(v, normalized_shape, *args, **kwargs), x, len(normalized_shape))


def _max_pool_module(pool: nn.MaxPool2d, x: Any) -> Any:
    return rules.max_pool(pool, x, _window(pool.kernel_size, pool.stride, pool.padding, pool.dilation))


def _max_pool2d(
    run: Run, x: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    window = _window(kernel_size, stride or kernel_size, padding, dilation)
    return rules.max_pool(lambda v: run(v, kernel_size, stride, padding, dilation, ceil_mode), x, window)


def _avg_pool_module(pool: nn.AvgPool2d, x: Any) -> Any:
    return _avg_pool2d(
        F.avg_pool2d, x, pool.kernel_size, pool.stride, pool.padding, pool.ceil_mode, pool.count_include_pad,
        pool.divisor_override,
    )  # fmt: skip


def _avg_pool2d(
    run: Run, x: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Any:  # fmt: skip
    settings = (_pair(kernel_size), _pair(stride or kernel_size), _pair(padding))
    return rules.average_pool(run, x, *settings, ceil_mode, count_include_pad, divisor_override)


def _adaptive_pool_module(pool: nn.AdaptiveAvgPool2d, x: Any) -> Any:
    return _adaptive_pool(F.adaptive_avg_pool2d, x, pool.output_size)


def _adaptive_pool(run: Run, x: Any, output_size: Any) -> Any:
    return rules.average_pool(run, x, _pair(output_size))


@cache
def _window(kernel: Any, stride: Any, padding: Any, dilation: Any) -> Window:
    kernel, dilation = _pair(kernel), _pair(dilation)
    if padding == "same":  # an odd cell too many goes behind the image
        padding = tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))
    return Window(kernel, _pair(stride), (0, 0) if padding == "valid" else _pair(padding), dilation)


def _pair(size: Any) -> Any:
    """Return a setting for rows and columns; PyTorch takes one number for both, a tuple or a list."""
    sizes = (size,) if isinstance(size, int) or size is None else tuple(size)
    return sizes * 2 if len(sizes) == 1 else sizes


def _padding_mode(conv: nn.Conv2d, _: Any) -> str | None:
    hidden_too = f"pads with the {conv.padding_mode} of its input, hidden cells included"
    return None if conv.padding_mode == "zeros" else hidden_too


def _batch_statistics_module(norm: nn.BatchNorm2d, _: Any) -> str | None:
    return _batch_statistics(norm, _, norm.running_mean, training=norm.training)


def _batch_statistics(run: Any, _: Any, running_mean: Any, *__: Any, training: bool = False, **___: Any) -> str | None:
    return "normalises by batch statistics, hidden cells included" if training or running_mean is None else None


def _indices_module(pool: nn.MaxPool2d, _: Any) -> str | None:
    return _indices(pool, _, return_indices=pool.return_indices)


def _indices(*_: Any, return_indices: bool = False, **__: Any) -> str | None:
    return "returns positions, and layer masking knows no masked positions" if return_indices else None


def _to_one_cell_module(pool: nn.AdaptiveAvgPool2d, _: Any) -> bool:
    return _pair(pool.output_size) == (1, 1)


def _to_one_cell(run: Any, _: Any, output_size: Any) -> bool:
    return _pair(output_size) == (1, 1)


def _shape(shape: tuple[Any, ...]) -> tuple[Any, ...]:
    return shape if len(shape) != 1 or not isinstance(shape[0], list | tuple) else tuple(shape[0])


def _is_matrix(run: Any, _: Any, *shape: Any, **__: Any) -> bool:
    return len(_shape(shape)) == 2


def _sequence(run: Any, _: Any, *shape: Any, **__: Any) -> str | None:
    is_sequence = len(_shape(shape)) == 3
    return "makes a sequence of the cells, and layer masking knows no masked sequences" if is_sequence else None


def _pads_cells(run: Any, _: Any, pad: Any, *__: Any, **___: Any) -> str | None:
    return "puts new cells around a map" if any(pad[:4]) else None


def _attribute(run: Any, _: Any, name: str) -> str | None:
    return None if name in PLAIN_ATTRIBUTES else f"uses .{name} of a masked map"
