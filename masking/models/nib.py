"""The test whether a network is free of input bias: f(a·x) = a·f(x) for every a > 0 (Attribution Mask, section 4)."""

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_flatten, tree_map_only

SCALES = (-10, -6, -3, -1, 1, 2, 3, 4, 5, 6, 7, 8, 10, 14, 20)
"""Powers of two that multiply an input, besides 0; the answer has to be multiplied by the same.

A power of two changes no digit of a floating point number, so a network without bias answers without rounding errors.
"""

MODULE_SCALES = (-6, 3, 10, 20)
"""The same for the modules of a network that is not NIB."""

HALF_REACH = 3
"""The largest power of two in half precision, which overflows beyond."""

TOLERANCE = 1e-6
"""Differences up to this share of the answer that is due count as rounding."""
HALF_TOLERANCE = 1e-3
"""The same in half precision, where the smallest numbers lose digits."""


@dataclass(frozen=True)
class Nib:
    """Whether a network is NIB (true as a condition), and which modules break it.

    It is measured on random images, each multiplied by 0 and by factors from 1/1024 to 1,048,576 (from 1/8 to 8 where
    the network runs in half precision only).

    Attributes:
        error: largest |f(a·x) − a·f(x)| relative to the largest |f(x)|, or to a times it where a is above 1.
        broken_by: names of the innermost modules that break it, in order; "" is the network's own forward pass. Empty
            where the whole network is NIB, even if the biases of two modules cancel. Where all answers are 0, they say
            nothing, and the modules alone decide.
        biased: names of modules that hold a bias or a shift other than 0.
    """

    error: float
    broken_by: tuple[str, ...]
    biased: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return not self.broken_by

    def __str__(self) -> str:
        if self:
            plain = "NIB: multiplied inputs give multiplied logits"
            verb = "holds a bias that cancels or has" if len(self.biased) == 1 else "hold biases that cancel or have"
            return plain + (f"; {_shorten(self.biased)} {verb} no effect on the images tried" if self.biased else "")
        return f"not NIB, because of {_shorten(self.broken_by)}"


def _shorten(names: tuple[str, ...]) -> str:
    shown = [name or "the forward pass itself" for name in names[:3]]
    return ", ".join(shown) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def is_nib(network: nn.Module, size: tuple[int, int] = (32, 32), seed: int = 0) -> Nib:
    """Test whether a multiplied input gives a multiplied answer, for the network and, if not, for each of its modules.

    The arithmetic is float64, or the network's own precision where it does not run in float64.

    Args:
        network: takes normalised images (n, 3, h, w), such as `classifier.network`; it is left unchanged.
        size: (h, w) of the images that it takes.
        seed: seed of the images, which are Gaussian noise.

    Raises:
        ValueError: the network does not run on images of that size.
    """
    probe, x, calls = _run_probe(network, size, seed)
    with torch.inference_mode():
        whole, is_silent = _error(probe, (x,), {}, SCALES), not any(map(torch.any, _floats(probe(_times(1, x)))))
        if whole <= TOLERANCE and not is_silent:
            return Nib(whole, (), tuple(_biased(probe)))
        modules = [(name, module) for name, module in probe.named_modules() if module in calls]
        broken = [name for name, module in modules if _error(module, *calls[module], MODULE_SCALES) > TOLERANCE]
    broken = [""] * (not is_silent and "" not in broken) + broken
    within = [name for name, _ in modules if name in broken]
    if not is_silent:  # a bias that another one cancels inside a module breaks nothing
        outer = {name: [other for other, _ in modules if _is_inside(name, other)] for name in within}
        within = [name for name in within if all(other in broken for other in outer[name])]
    innermost = [name for name in within if not any(_is_inside(other, name) for other in within)]
    return Nib(whole, tuple(innermost), tuple(_biased(probe)))


def _run_probe(
    network: nn.Module, size: tuple[int, int], seed: int
) -> tuple[nn.Module, Tensor, dict[nn.Module, "Arguments"]]:
    """Return a copy of the network that runs on random images, the images, and the arguments of each module's call.

    Raises:
        ValueError: it runs neither in float64 nor in its own precision.
    """
    images = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    own = next((p.dtype for p in network.parameters() if p.is_floating_point()), torch.float32)
    reason = ""
    for precision in dict.fromkeys((torch.float64, own, torch.float32)):
        probe, x = copy.deepcopy(network).cpu().to(precision).eval(), images.to(precision)
        try:
            with torch.inference_mode():
                return probe, x, _calls(probe, x)
        except Exception as error:  # whatever the network's own code raises
            reason = str(error).partition("\n")[0] or type(error).__name__
    height, width = size
    raise ValueError(f"the network does not run on images of {height}x{width} ({reason}); give the size it takes")


def _biased(network: nn.Module) -> Iterator[str]:
    """Yield the names of the modules that hold a bias, or a batch norm's shift, other than 0."""
    for name, module in network.named_modules():
        own = [value for key, value in module.named_parameters(recurse=False) if "bias" in key]
        mean, scale = getattr(module, "running_mean", None), getattr(module, "weight", None)
        if isinstance(mean, Tensor):
            own.append(mean if scale is None else mean * scale)
        if any(value.detach().any() for value in own):
            yield name


Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def _calls(network: nn.Module, x: Tensor) -> dict[nn.Module, Arguments]:
    """Run the network and return the arguments of each module's first call."""
    calls: dict[nn.Module, Arguments] = {}

    def note(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        calls.setdefault(
            module, (_times(1, args), _times(1, kwargs))
        )  # copies, since later operations may work in place

    hooks = [module.register_forward_pre_hook(note, with_kwargs=True) for module in network.modules()]
    try:
        network(_times(1, x))
    finally:
        for hook in hooks:
            hook.remove()
    return calls


def _error(module: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], scales: tuple[int, ...]) -> float:
    """Return the `Nib.error` of a module, infinite where it is no number."""
    plain = _floats(module(*_times(1, args), **_times(1, kwargs)))
    largest = max((answer.abs().max().item() for answer in plain), default=0) or 1.0
    is_half = any(value.dtype == torch.float16 for value in (*plain, *_floats((args, kwargs))))
    worst = 0.0
    for factor in (0.0, *(2.0**power for power in scales if abs(power) <= HALF_REACH or not is_half)):
        multiplied = _floats(module(*_times(factor, args), **_times(factor, kwargs)))
        for actual, expected in zip(multiplied, plain, strict=True):
            difference = (actual.double() - factor * expected.double()).abs().max().item()
            if not math.isfinite(difference):
                return math.inf
            worst = max(worst, difference / (max(factor, 1.0) * largest))
    return worst if not is_half or worst > HALF_TOLERANCE else 0.0


def _floats(answer: Any) -> list[Tensor]:
    return [leaf for leaf in tree_flatten(answer)[0] if isinstance(leaf, Tensor) and leaf.is_floating_point()]


def _times(factor: float, arguments: Any) -> Any:
    return tree_map_only(Tensor, lambda value: value * factor if value.is_floating_point() else value, arguments)


def _is_inside(name: str, outer: str) -> bool:
    return name != outer and (not outer or name.startswith(f"{outer}."))
