"""The table from operation to rule: the only place that knows how PyTorch spells its operations.

An operation is a module class, a function, or the name of a tensor method. To support a new one, add its entry here
and its literal counterpart to the oracle in the tests.
"""

from __future__ import annotations

import operator
from functools import cache, partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from masking.layers.maps.masked import HalfReduced, Padded, Row, Shares
from masking.layers.rules import Convolution, Joins, Run, arrange, cellwise, selection
from masking.layers.rules import joins as joining

from . import calls, normalising, reducing, sliding
from . import operations as groups
from .rule import Rule, Rules, always
from .spelling import canonical


@cache
def table(joins: Joins, convolution: Convolution = "neighbour") -> Rules:
    """Return the rule of every supported operation, with the given rules for joins and convolutions."""
    return {
        **_cell_by_cell(),
        **_where_maps_meet(joins),
        **_sliding(joins, convolution),
        **_reductions(joins),
        **_norms(),
        **_moves(joins),
    }


def rule_for(operation: Any, table: Rules) -> Rule | None:
    """Return the rule of a function, a method or a module; a subclass with its own forward has none.

    An operation that can have no rule has one that refuses it with a reason.
    """
    if isinstance(operation, nn.Module):
        kind = next(
            (a for a in type(operation).__mro__ if a in table and type(operation).forward is a.forward), None
        )  # fmt: skip
        return table[kind] if kind else _refusal(type(operation).__name__)
    operation = canonical(operation)
    return table.get(operation) or _refusal(operation)


def _refusal(operation: Any) -> Rule | None:
    reason = groups.UNSUPPORTED.get(str(getattr(operation, "__name__", operation)))
    return (reason and Rule(calls.refuse(reason), objection=lambda *_, **__: reason)) or None


def _of(operations: Any, compute: Run, *, names: bool = False, **settings: Any) -> dict[Any, Rule]:
    return dict.fromkeys(groups.functions_and_names(operations) if names else operations, Rule(compute, **settings))


def _cell_by_cell() -> dict[Any, Rule]:
    return {
        **_of(groups.CELLWISE_NAMES, cellwise.cellwise, names=True),
        **_of(
            (*groups.CELLWISE_MODULES, *groups.CELLWISE_FUNCTIONS, *groups.CELLWISE_METHODS), cellwise.cellwise
        ),
        **_of(groups.PASSED_ON, cellwise.cellwise, accepts=(Padded, Shares)),
        **_of(groups.CONVERSIONS, cellwise.converted, accepts=(Padded, Shares)),
        **_of(groups.BOUNDED, cellwise.bounded, names=True),
        **_of(groups.NOT_EVERYWHERE_FINITE, cellwise.cellwise_where_defined, names=True),
        **_of(groups.ELEMENTWISE, cellwise.elementwise, names=True),
        **_of(groups.COMPARISONS, cellwise.elementwise),
        **_of(groups.POWERS, cellwise.power),
        **_of(("__rpow__",), cellwise.power),
        **_of((nn.Linear,), cellwise.over_channels),
        **_of((F.linear,), calls.linear),
        **_of((torch.matmul, "matmul", operator.matmul, torch.bmm, "bmm"), cellwise.matrix_product, accepts=(Shares,)),
        **_of((nn.LocalResponseNorm, F.local_response_norm), cellwise.among_neighbouring_channels),
        **_of((nn.ChannelShuffle, F.channel_shuffle), cellwise.among_neighbouring_channels),
        **_of((nn.Softmax, F.softmax, torch.softmax, "softmax"), calls.softmax, accepts=(Row,)),
        **_of((nn.LogSoftmax, nn.Softmin, nn.Softmax2d, nn.GLU), calls.along_module),
        **_of((F.log_softmax, F.softmin, torch.log_softmax, "log_softmax",
               torch.cumsum, "cumsum", torch.cumprod, "cumprod"), calls.along()),
        **_of((F.glu,), calls.along(-1)),
        **_of((F.normalize,), normalising.normalize),
    }  # fmt: skip


def _where_maps_meet(joins: Joins) -> dict[Any, Rule]:
    return {
        **_of(groups.SUMS, joining.residual(joins), accepts=(Shares,)),
        **_of(groups.PRODUCTS, joining.gate, accepts=(Shares,)),
        **_of(groups.QUOTIENTS, joining.quotient, accepts=(Shares,)),
        **_of(("__rtruediv__",), joining.reversed_quotient),
        **_of(groups.CONCATENATIONS, joining.concatenation(joins), accepts=(Shares,)),
        **_of((torch.hstack,), lambda run, tensors: joining.concatenation(joins)(torch.cat, tensors, 1)),
        **_of((torch.stack,), joining.stack(joins)),
    }


def _sliding(joins: Joins, kind: Convolution) -> dict[Any, Rule]:
    average_module, average, adaptive_module, adaptive, upsample, interpolate = sliding.averages(joins)
    conv_module, conv2d, transposed_module, conv_transpose2d = sliding.convolutions(joins, kind)
    padded: dict[str, Any] = {"accepts": (Padded,)}
    averaged: dict[str, Any] = {"accepts": (Padded, Shares)}
    return {
        **_of((nn.Conv2d,), conv_module, **padded),
        **_of((F.conv2d,), conv2d, **padded),
        **_of((nn.ConvTranspose2d,), transposed_module),
        **_of((F.conv_transpose2d,), conv_transpose2d),
        **_of((nn.MaxPool2d,), sliding.max_pool_module, objection=sliding.positions_module, **padded),
        **_of((F.max_pool2d, torch.max_pool2d), sliding.max_pool2d, objection=sliding.positions, **padded),
        **_of((nn.AvgPool2d,), average_module, **averaged),
        **_of((F.avg_pool2d,), average, **averaged),
        **_of((nn.AdaptiveAvgPool2d,), adaptive_module, ending=sliding.to_one_cell_module,
              accepts=(Shares,)),
        **_of((F.adaptive_avg_pool2d,), adaptive, ending=sliding.to_one_cell, accepts=(Shares,)),
        **_of((nn.AdaptiveMaxPool2d,), sliding.adaptive_max_module, ending=sliding.to_one_cell_module,
              objection=sliding.positions_module),
        **_of((F.adaptive_max_pool2d,), sliding.adaptive_max, ending=sliding.to_one_cell,
              objection=sliding.positions),
        **_of((nn.Upsample, nn.UpsamplingNearest2d, nn.UpsamplingBilinear2d), upsample,
              objection=sliding.interpolation_refusal),
        **_of((F.interpolate, F.upsample), interpolate, objection=sliding.interpolation_refusal),
        **_of((nn.PixelShuffle,), sliding.shuffle_module),
        **_of((F.pixel_shuffle,), sliding.pixel_shuffle),
        **_of((nn.PixelUnshuffle,), partial(sliding.unshuffle_module, joins)),
        **_of((F.pixel_unshuffle,), partial(sliding.pixel_unshuffle, joins)),
        **_of([layer for layer, _ in sliding.PADDING_LAYERS], sliding.pad_module, **padded),
        **_of((F.pad,), sliding.pad, **padded),
    }  # fmt: skip


def _reductions(joins: Joins) -> dict[Any, Rule]:
    settings: dict[str, Any] = {"ending": reducing.may_end, "accepts": (HalfReduced, Row, Shares)}
    whole: dict[str, Any] = {**settings, "objection": reducing.reduces_all}
    return {
        **_of((torch.mean, "mean"), reducing.reduction(joins, "mean"), **whole),
        **_of((torch.sum, "sum"), reducing.reduction(joins, "sum"), **whole),
        **_of((torch.amax, "amax"), reducing.reduction(joins, "amax"), **whole),
        **_of((torch.amin, "amin"), reducing.reduction(joins, "amin"), **whole),
        **_of((torch.logsumexp, "logsumexp"), reducing.reduction(joins, "logsumexp"), **whole),
        **_of((torch.prod, "prod"), reducing.reduction(joins, "prod"), **whole),
        **_of((torch.max, "max"), reducing.extreme(joins, "amax"), **whole),
        **_of((torch.min, "min"), reducing.extreme(joins, "amin"), **whole),
        **_of((torch.norm, "norm", torch.linalg.norm, torch.linalg.vector_norm), reducing.norm(joins), **settings),
        **_of((torch.var, "var"), reducing.spread(joins, root=False), **whole),
        **_of((torch.std, "std"), reducing.spread(joins, root=True), **whole),
        **_of((torch.var_mean,), reducing.variance_and_mean(joins, root=False), **whole),
        **_of((torch.std_mean,), reducing.variance_and_mean(joins, root=True), **whole),
        **_of((nn.AdaptiveAvgPool1d, F.adaptive_avg_pool1d), reducing.pool_of_sequence(joins, "Avg"), ending=always),
        **_of((nn.AdaptiveMaxPool1d, F.adaptive_max_pool1d), reducing.pool_of_sequence(joins, "Max"), ending=always),
    }


def _norms() -> dict[Any, Rule]:
    return {
        **_of((nn.BatchNorm2d,), cellwise.cellwise, objection=normalising.batch_statistics_module),
        **_of((F.batch_norm,), cellwise.cellwise, objection=normalising.batch_statistics),
        **_of((nn.LayerNorm,), normalising.layer_norm_module),
        **_of((F.layer_norm,), normalising.layer_norm),
        **_of((nn.RMSNorm,), normalising.rms_norm_module),
        **_of((F.rms_norm,), normalising.rms_norm),
        **_of((nn.GroupNorm,), normalising.group_norm_module),
        **_of((F.group_norm,), normalising.group_norm),
        **_of((nn.InstanceNorm2d,), normalising.instance_norm_module),
        **_of((F.instance_norm,), normalising.instance_norm),
    }


def _moves(joins: Joins) -> dict[Any, Rule]:
    shapes: dict[str, Any] = {"ending": calls.makes_vectors, "accepts": (Row, Shares)}
    orders: dict[str, Any] = {"accepts": (Padded, Shares)}
    rows: dict[str, Any] = {"accepts": (Row, Shares)}
    others: dict[str, Any] = {"accepts": (Shares,)}
    return {
        **_of((nn.Flatten, torch.flatten, "flatten"), calls.flatten, ending=calls.flattens_all, **others),
        **_of((torch.reshape, "reshape"), arrange.reshape_blocks(joins), **shapes),
        **_of(("reshape_as",), arrange.reshape_as, **rows),
        **_of((nn.Unflatten,), calls.unflatten_module, **rows),
        **_of((torch.unflatten, "unflatten"), arrange.unflatten, **rows),
        **_of((torch.chunk, "chunk", torch.split, "split", torch.tensor_split, "tensor_split"),
              arrange.split, **others),
        **_of((torch.unbind, "unbind"), arrange.unbind, **others),
        **_of((torch.permute, "permute"), arrange.permute, **orders),
        **_of((torch.transpose, "transpose", torch.swapaxes, "swapaxes", torch.swapdims, "swapdims"),
              arrange.transpose, **orders),
        **_of((torch.movedim, "movedim", torch.moveaxis, "moveaxis"), arrange.movedim, **orders),
        **_of((torch.unsqueeze, "unsqueeze"), arrange.unsqueeze, **rows),
        **_of((torch.squeeze, "squeeze"), arrange.squeeze, **others),
        **_of(("expand",), arrange.expand, **others),
        **_of(("expand_as",), arrange.expand_as, **others),
        **_of(("repeat", torch.tile, "tile"), arrange.repeat, **others),
        **_of((torch.repeat_interleave, "repeat_interleave"), arrange.repeat, **others),
        **_of((torch.roll, "roll"), calls.roll),
        **_of((torch.flip, "flip"), selection.reverse),
        **_of((operator.getitem,), selection.select(joins), **others),
        **_of((torch.narrow, "narrow"), selection.narrow(joins)),
        **_of((torch.select, "select"), selection.pick, **others),
        **_of((torch.index_select, "index_select"), selection.pick_several, **others),
        **_of((getattr,), calls.attribute, ending=calls.attribute_ends, objection=calls.attribute_refusal),
        **_of((*groups.ABOUT, *groups.CONSTANTS), arrange.about, ending=always),
    }  # fmt: skip
