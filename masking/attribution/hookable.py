"""A network in which every ReLU and max pool is a separate module, for tools that attach hooks to them.

Hooks miss `F.relu` and fail on modules that are used twice or work in place, and a hook on a ReLU breaks the one on a
max pool right behind it. The network's graph is therefore run operation by operation, with fresh modules for ReLUs and
max pools. The network and its weights are only read, so hooks attached here affect nothing else.
"""

from __future__ import annotations

import operator
import warnings
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn
from torch.fx.node import map_arg
from torch.nn.modules.utils import _pair  # pyright: ignore[reportPrivateUsage]

from masking.layers.engine.examples import EXAMPLES, agree, gradients
from masking.layers.engine.take_in import DIFFERS, Shape, known_network, usual_shapes
from masking.layers.steps import Step, image_nodes

RELUS = (nn.ReLU, F.relu, F.relu_, torch.relu, torch.relu_, "relu", "relu_")
MAX_POOLS = (nn.MaxPool2d, F.max_pool2d, torch.max_pool2d)
OTHER_ACTIVATIONS = (
    F.celu, F.elu, F.gelu, F.hardsigmoid, F.hardswish, F.hardtanh, F.leaky_relu, F.mish, F.relu6,
    F.scaled_dot_product_attention, F.selu, F.sigmoid, F.silu, F.softmax, F.softplus, F.tanh, torch.clamp,
    torch.sigmoid, torch.softmax, torch.tanh, "clamp", "clamp_", "sigmoid", "sigmoid_", "softmax", "tanh", "tanh_",
)  # fmt: skip
LINEAR = (
    nn.AdaptiveAvgPool2d, nn.AvgPool2d, nn.BatchNorm2d, nn.Conv2d, nn.Dropout, nn.Dropout2d, nn.Flatten, nn.Identity,
    nn.Linear, F.adaptive_avg_pool2d, F.avg_pool2d, F.batch_norm, F.conv2d, F.dropout, F.linear, F.pad, getattr,
    operator.add, operator.getitem, operator.iadd, torch.add, torch.cat, torch.chunk, torch.concat, torch.flatten,
    torch.mean, torch.permute, torch.reshape, "add", "add_", "chunk", "contiguous", "dim", "flatten", "mean", "permute",
    "reshape", "size", "view",
)  # fmt: skip
"""Operations that pass differences on unchanged or linearly, as adding a constant does."""


class Hookable(nn.Module):
    """The same function as `network`, in evaluation mode; each call of a ReLU or max pool is its own submodule.

    Args:
        network: its modules and weights are only read.
        example: images (n, channels, h, w) of the size that it will get; by default, a size that the network takes.

    Raises:
        NotImplementedError: the network cannot be followed, or what can be followed of it is another function; the
            reason says why.
    """

    def __init__(self, network: nn.Module, example: Tensor | None = None):
        super().__init__()
        self._network = (network,)  # in a tuple, so that its modules are not registered here
        self._followed = follow(network, None if example is None else Shape.of(example))
        self._attach(self._followed.steps)

    def _attach(self, steps: tuple[Step, ...]) -> None:
        own = {step.node.name: module for step in steps if (module := _own_module(step)) is not None}
        self._names = frozenset(own)
        self.own = nn.ModuleDict(own)
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (n, classes) of normalised images (n, channels, h, w)."""
        values: dict[fx.Node, Any] = {}
        inputs = iter((x,))
        for step in self._followed.steps_for(self._network[0], x):
            args: Any = map_arg(step.node.args, values.__getitem__)
            kwargs: Any = map_arg(step.node.kwargs, values.__getitem__)
            if step.node.op == "output":
                return step.run(args[0])
            values[step.node] = self._run(step, inputs, args, kwargs)
            for used in step.done:
                del values[used]
        raise AssertionError("a graph ends with its output")

    def _run(self, step: Step, inputs: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if step.node.op == "placeholder":
            return next(inputs, *args)
        if step.node.op == "get_attr":
            return step.run(self._network[0])
        if step.node.name in self._names:
            # The copies separate a module's hooks from other uses of its input and from the next module's, and from
            # operations in place.
            return self.own[step.node.name]((args[0] if args else kwargs["input"]).clone()).clone()
        return step.run(*args, **kwargs)


class _Trial(Hookable):
    """A copy by a given trace, to be compared with the network."""

    def __init__(self, network: nn.Module, followed: Followed):
        nn.Module.__init__(self)
        self._network = (network,)
        self._followed = followed
        self._attach(followed.steps)


def follow(network: nn.Module, shape: Shape | None = None) -> Followed:
    """Return the steps of a network from which a copy computes what it computes, values and gradients.

    Raises:
        NotImplementedError: there are none; the reason says why.
    """
    shapes = [shape] if shape else list(usual_shapes(network))
    state = known_network(network)
    shape = next((s for s in shapes if state.failure(network, s) is None), shapes[0])
    shape = shape._replace(images=EXAMPLES)
    followed = state.derived(("hookable", shape), lambda: _follow(network, shape))
    if isinstance(followed, str):
        raise NotImplementedError(followed)
    return followed


def _follow(network: nn.Module, shape: Shape) -> Followed | str:
    state = known_network(network)
    plain = state.plain(network, shape)
    if isinstance(plain, str):
        return plain
    reasons: list[str] = []
    recording = state.recording(network, shape)
    for trace in state.traces(network, shape):
        if trace.refusals:
            name, reason = trace.refusals[0]
            reasons.append(reason if not trace.steps else f"has {name}, which {reason}")
            continue
        followed = Followed(trace.steps, trace is recording)
        images = shape.example(seed=1).images
        expected, copied = (gradients(run, images) for run in (network, _Trial(network, followed)))
        if isinstance(expected, list) and isinstance(copied, list) and agree(copied[: len(expected)], expected):
            return followed
        reasons.append(DIFFERS)
    return reasons[0]


class Followed(NamedTuple):
    """The steps of a network: drawn for every shape, or recorded for each."""

    steps: tuple[Step, ...]
    recorded: bool

    def steps_for(self, network: nn.Module, x: Tensor) -> tuple[Step, ...]:
        """Return the steps for images (n, channels, h, w).

        Raises:
            NotImplementedError: the network does something else for that many images.
        """
        if not self.recorded:
            return self.steps
        steps = known_network(network).recording(network, Shape.of(x)).steps
        if [step.node.name for step in steps] != [step.node.name for step in self.steps]:
            raise NotImplementedError(f"the network computes something else for {len(x)} images of that size")
        return steps


def activations(network: nn.Module, size: tuple[int, int] | None = None) -> list[tuple[str, bool]]:
    """List every activation in the order of computing, such as ("features_1 (ReLU)", True); True marks a ReLU.

    Raises:
        NotImplementedError: the network cannot be followed.
    """
    steps = _image_steps(network, size)
    return [(step.title, relu) for step in steps if (relu := _is(step, RELUS)) or _is_activation(step)]


def first_not(network: nn.Module, *allowed: tuple[Any, ...], size: tuple[int, int] | None = None) -> str | None:
    """Return the first operation that is not allowed, such as "features_1 (SiLU)"; None if all are allowed.

    Raises:
        NotImplementedError: the network cannot be followed.
    """
    for step in _image_steps(network, size):
        is_allowed = step.operation is None or step.node.op == "output" or any(_is(step, group) for group in allowed)
        if not is_allowed:
            return step.title
    return None


def _image_steps(network: nn.Module, size: tuple[int, int] | None) -> list[Step]:
    steps = follow(network, next(usual_shapes(network, size)) if size else None).steps
    nodes = image_nodes(steps)
    return [step for step in steps if step.node in nodes]


def _is_activation(step: Step) -> bool:
    if isinstance(step.operation, nn.Module):
        return type(step.operation).__module__ == nn.ReLU.__module__
    return step.operation in OTHER_ACTIVATIONS


def hush_captum() -> None:
    """Silence captum's warning about hooks; here they are attached to a copy's own modules."""
    warnings.filterwarnings("ignore", "Setting (forward, )?backward hooks", UserWarning)


def _is(step: Step, group: tuple[Any, ...]) -> bool:
    if step.node.op == "output" or step.operation is None or _returns_indices(step):
        return False
    if not isinstance(step.operation, nn.Module):
        return step.operation in group
    kinds = [ancestor for ancestor in type(step.operation).__mro__ if ancestor in group]
    return any(type(step.operation).forward is kind.forward for kind in kinds)


def _returns_indices(step: Step) -> bool:
    return bool(getattr(step.operation, "return_indices", False) or step.node.kwargs.get("return_indices"))


def _own_module(step: Step) -> nn.Module | None:
    if _is(step, RELUS):
        return nn.ReLU()
    if not _is(step, MAX_POOLS):
        return None
    names = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
    if isinstance(step.operation, nn.MaxPool2d):
        settings: dict[str, Any] = {name: getattr(step.operation, name) for name in names}
    else:
        arguments = dict(zip(names, step.node.args[1:], strict=False)) | step.node.kwargs
        settings = {name: value for name, value in arguments.items() if name in names}
    pool = nn.MaxPool2d(**settings)
    plain = pool.kernel_size == pool.stride and not pool.padding and pool.dilation == 1 and not pool.ceil_mode
    return pool if plain else WindowedMaxPool(pool)


class WindowedMaxPool(nn.Module):
    """A max pool that first lays its windows side by side.

    Captum's DeepLIFT returns the maximum of each window to its cell with `max_unpool2d`, which keeps only one of
    several windows with the same cell. If windows overlap, contributions are lost and do not sum up.
    """

    def __init__(self, pool: nn.MaxPool2d):
        super().__init__()
        self._like = (pool,)  # in a tuple, so that hooks attach to the pool below only
        self.kernel, self.stride, self.padding, self.dilation = (
            _pair(setting) for setting in (pool.kernel_size, pool.stride, pool.padding, pool.dilation)
        )
        self.pool = nn.MaxPool2d((self.kernel[0] * self.kernel[1], 1))

    def forward(self, x: Tensor) -> Tensor:
        """Pool (n, c, h, w) with the result of the original pool."""
        with torch.no_grad():
            height, width = self._like[0](x[:1, :1]).shape[2:]
            nothing = float(x.min()) - 1  # a padded cell is never the maximum
        ends = [
            (cells - 1) * stride + dilation * (kernel - 1) + 1 - length - padding
            for cells, stride, dilation, kernel, length, padding in zip(
                (height, width), self.stride, self.dilation, self.kernel, x.shape[2:], self.padding, strict=True
            )
        ]
        padded = F.pad(x, (self.padding[1], ends[1], self.padding[0], ends[0]), value=nothing)
        windows = F.unfold(padded, self.kernel, self.dilation, 0, self.stride)
        maxima = self.pool(windows.view(len(x), x.shape[1], -1, height * width))
        return maxima.view(len(x), x.shape[1], height, width)
