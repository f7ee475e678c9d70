"""The test whether a network is free of input bias: f(a·x) = a·f(x) for every a > 0 (Attribution Mask, section 4)."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_flatten, tree_map_only

FACTORS = (0.0, 0.5, 3.0)
"""The factors that multiply an input; the answer has to be multiplied by the same."""

TOLERANCE = 1e-6
"""Differences up to this share of the largest answer count as rounding; the arithmetic is float64."""


@dataclass(frozen=True)
class Nib:
    """Whether a network is NIB (true as a condition), and which modules break it.

    Attributes:
        error: largest |f(a·x) − a·f(x)| relative to the largest |f(x)|.
        broken_by: names of the innermost modules that break it, in order; "" is the network's own forward pass.
    """

    error: float
    broken_by: tuple[str, ...]

    def __bool__(self) -> bool:
        return not self.broken_by

    def __str__(self) -> str:
        if self:
            return "NIB: multiplied inputs give multiplied logits"
        names = [name or "the forward pass itself" for name in self.broken_by]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return f"not NIB, because of {', '.join(names[:3])}{more}"


def is_nib(network: nn.Module, size: tuple[int, int] = (32, 32), seed: int = 0) -> Nib:
    """Test whether a multiplied input gives a multiplied answer, for the network and for each of its modules.

    Args:
        network: takes normalised images (n, 3, h, w), such as `classifier.network`; it is left unchanged.
        size: (h, w) of the images that it takes.
        seed: seed of the images, which are Gaussian noise.

    Raises:
        ValueError: the network does not take images of that size.
    """
    probe = copy.deepcopy(network).cpu().double().eval()
    x = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    with torch.inference_mode():
        calls = _calls(probe, x)
        errors = {name: _error(module, *calls[module]) for name, module in probe.named_modules() if module in calls}
    broken = [name for name, error in errors.items() if not error <= TOLERANCE]  # NaN is broken too
    innermost = [name for name in broken if not any(_is_inside(other, name) for other in broken)]
    return Nib(errors[""], tuple(innermost))


Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def _calls(network: nn.Module, x: Tensor) -> dict[nn.Module, Arguments]:
    """Run the network and return the arguments of each module's first call.

    Raises:
        ValueError: the network does not take images of that size.
    """
    calls: dict[nn.Module, Arguments] = {}

    def note(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        calls.setdefault(
            module, (_times(1, args), _times(1, kwargs))
        )  # copies, since later operations may work in place

    hooks = [module.register_forward_pre_hook(note, with_kwargs=True) for module in network.modules()]
    try:
        network(x)
    except RuntimeError as error:
        height, width = x.shape[2:]
        raise ValueError(f"the network takes no images of {height}x{width} ({error}); give the size it takes") from None
    finally:
        for hook in hooks:
            hook.remove()
    return calls


def _error(module: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> float:
    """Return the largest difference between f(a·x) and a·f(x), relative to the largest answer."""
    plain = _floats(module(*_times(1, args), **_times(1, kwargs)))
    scale = max((answer.abs().max().item() for answer in plain), default=0) or 1.0
    worst = 0.0
    for factor in FACTORS:
        multiplied = _floats(module(*_times(factor, args), **_times(factor, kwargs)))
        for actual, expected in zip(multiplied, plain, strict=True):
            worst = max(worst, (actual - factor * expected).abs().max().item() / scale)
    return worst


def _floats(answer: Any) -> list[Tensor]:
    return [leaf for leaf in tree_flatten(answer)[0] if isinstance(leaf, Tensor) and leaf.is_floating_point()]


def _times(factor: float, arguments: Any) -> Any:
    return tree_map_only(Tensor, lambda value: value * factor if value.is_floating_point() else value, arguments)


def _is_inside(name: str, outer: str) -> bool:
    return name != outer and (not outer or name.startswith(f"{outer}."))
