"""Which operations of PyTorch belong together, each as a module class, a function or a method's name."""

from __future__ import annotations

import operator

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.ops import stochastic_depth

# They map finite values to finite ones, because values at hidden cells must stay finite (see masked.py).
CELLWISE_MODULES = (
    nn.AlphaDropout, nn.CELU, nn.Dropout, nn.Dropout2d, nn.Dropout3d, nn.ELU, nn.FeatureAlphaDropout,
    nn.GELU, nn.Hardshrink, nn.Hardsigmoid, nn.Hardswish, nn.Hardtanh, nn.Identity, nn.LeakyReLU, nn.LogSigmoid,
    nn.Mish, nn.PReLU, nn.RReLU, nn.ReLU, nn.ReLU6, nn.SELU, nn.SiLU, nn.Sigmoid, nn.Softplus, nn.Softshrink,
    nn.Softsign, nn.Tanh, nn.Tanhshrink, nn.Threshold,
)  # fmt: skip
CELLWISE_FUNCTIONS = (
    F.alpha_dropout, F.celu, F.dropout, F.dropout2d, F.dropout3d, F.elu, F.elu_, F.feature_alpha_dropout,
    F.gelu, F.hardshrink, F.hardsigmoid, F.hardswish, F.hardtanh, F.hardtanh_, F.leaky_relu, F.leaky_relu_,
    F.logsigmoid, F.mish, F.prelu, F.relu, F.relu6, F.relu_, F.rrelu, F.selu, F.selu_, F.sigmoid, F.silu, F.softplus,
    F.softshrink, F.softsign, F.tanh, F.tanhshrink, F.threshold, operator.abs, operator.neg,
    operator.pos, stochastic_depth, torch.celu, torch.clone, torch.detach, torch.dropout, torch.selu, torch.prelu,
    torch.relu, torch.relu_, torch.rrelu,
)  # fmt: skip
CELLWISE_NAMES = (
    "abs", "absolute", "arctan", "arcsinh", "asinh", "atan", "ceil", "cos",
    "deg2rad", "erf", "erfc", "expit", "fix", "floor", "frac", "hardshrink", "heaviside", "logical_not", "nan_to_num",
    "neg", "negative", "positive", "rad2deg", "relu", "round", "sgn", "sigmoid", "sign", "sin", "sinc", "square",
    "tanh", "trunc",
)  # fmt: skip
CELLWISE_METHODS = (
    "bool", "clone", "contiguous", "cpu", "detach", "double", "float", "half", "bfloat16", "int", "long", "prelu",
    "type",
)  # fmt: skip
PASSED_ON = (
    nn.Dropout, nn.Dropout2d, nn.Identity, F.dropout, F.dropout2d, stochastic_depth, torch.clone, "clone", "contiguous",
    "detach", "double", "float", "half", torch.detach,
)  # fmt: skip
"""Operations behind which constant cells around a map hold the same constant."""

CONVERSIONS = ("to", "type_as")
"""Conversions to a type or device, or to those of another tensor, of maps and of constants."""

BOUNDED = ("clamp", "clamp_max", "clamp_min", "clip")
NOT_EVERYWHERE_FINITE = (
    "acos", "arccos", "asin", "arcsin", "cosh", "exp", "exp2", "expm1", "log", "log10", "log1p", "log2", "reciprocal",
    "rsqrt", "sinh", "sqrt", "tan",
)  # fmt: skip
ELEMENTWISE = (
    "addcmul", "atan2", "copysign", "eq", "fmax", "fmin", "ge", "greater", "greater_equal", "gt", "hypot", "le", "lerp",
    "less", "less_equal", "logical_and", "logical_or", "logical_xor", "lt", "masked_fill", "maximum", "minimum", "ne",
    "not_equal", "where",
)  # fmt: skip
COMPARISONS = (
    operator.gt, operator.ge, operator.lt, operator.le, operator.eq, operator.ne, operator.and_, operator.or_,
)  # fmt: skip

SUMS = (
    operator.add, operator.iadd, operator.sub, operator.isub, torch.add, torch.sub, torch.subtract, torch.rsub, "add",
    "add_", "sub", "sub_", "subtract", "subtract_", "__rsub__", "rsub",
)  # fmt: skip
PRODUCTS = (operator.mul, operator.imul, torch.mul, torch.multiply, "mul", "mul_", "multiply", "multiply_")
QUOTIENTS = (
    operator.truediv, operator.itruediv, torch.div, torch.divide, torch.true_divide, "div", "div_", "divide", "divide_",
    "true_divide", "true_divide_", operator.mod, operator.floordiv, torch.remainder, torch.fmod, torch.floor_divide,
    "remainder", "fmod", "floor_divide",
)  # fmt: skip
POWERS = (operator.pow, operator.ipow, torch.pow, torch.float_power, "pow", "pow_", "float_power")
CONCATENATIONS = (torch.cat, torch.concat, torch.concatenate)

PLAIN_ATTRIBUTES = (
    "shape", "ndim", "dtype", "device", "is_cuda", "requires_grad", "is_mps", "is_cpu", "is_sparse", "is_quantized",
    "layout", "itemsize", "is_meta",
)  # fmt: skip
ABOUT = (
    "size", "dim", "ndimension", "numel", "nelement", "is_floating_point", "is_contiguous", "is_complex", "stride",
    "get_device", "element_size",
)  # fmt: skip

CONSTANTS = (
    torch.zeros_like, torch.ones_like, torch.full_like, torch.empty_like, "new_zeros", "new_ones", "new_full",
    "new_tensor", "new_empty",
)  # fmt: skip
"""Operations that take the shape or kind of a map, and none of its values."""

MIXES_CELLS = "mixes all cells with one another, as attention does; layer masking has no rule for it"
CONTRACTS = "may mix cells with one another; write a mix of channels as a linear layer or a 1x1 convolution"
UNSUPPORTED: dict[str, str] = {
    **dict.fromkeys(
        ("MultiheadAttention", "scaled_dot_product_attention", "multi_head_attention_forward", "baddbmm",
         "TransformerEncoder", "TransformerEncoderLayer"),
        MIXES_CELLS,
    ),
    **dict.fromkeys(("einsum", "tensordot"), CONTRACTS),
    **dict.fromkeys(
        ("unfold", "Unfold", "fold", "Fold"), "cuts a map into windows of its own; use a convolution or a pool"
    ),
    **dict.fromkeys(
        ("sort", "topk", "argsort", "argmax", "argmin", "kthvalue", "median"),
        "depends on the order of values, hidden ones included",
    ),
    **dict.fromkeys(
        ("setitem", "copy_", "fill_", "zero_", "index_fill_", "masked_fill_", "scatter_"),
        "writes into a map; compute a new map instead",
    ),
    **dict.fromkeys(("grid_sample", "affine_grid"), "samples cells anywhere in a map"),
    **dict.fromkeys(("rot90", "t", "adjoint"), "turns rows into columns"),
}  # fmt: skip
"""Why operations have no rule, by the name of a function, a method or a module's class."""


def functions_and_names(names: tuple[str, ...]) -> list[object]:
    """Return the methods of these names, those that work in place, and the functions of the same names."""
    operations: list[object] = []
    for name in names:
        operations += [name, f"{name}_"]
        for spelling in (name, f"{name}_"):
            functions = (getattr(torch, spelling, None), getattr(torch.special, spelling, None))
            operations += [function for function in functions if function is not None]
    return operations
