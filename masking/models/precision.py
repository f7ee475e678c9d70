"""A network in the precision in which it runs, without what training wraps around it."""

from __future__ import annotations

import copy
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

HALF = {torch.float16, torch.bfloat16}


def unwrapped(network: nn.Module) -> nn.Module:
    """Return the network inside what `torch.compile`, `DataParallel` or `DistributedDataParallel` made of it.

    Raises:
        ValueError: anything but an instance of `torch.nn.Module`.
    """
    if not isinstance(network, nn.Module):  # pyright: ignore[reportUnnecessaryIsInstance]
        kind = getattr(network, "__name__", type(network).__name__)
        raise ValueError(f"{kind} is no network; give an instance of torch.nn.Module")  # noqa: TRY004 - as for files
    while True:
        inner: Any = getattr(network, "_orig_mod", None)
        if isinstance(network, nn.DataParallel | nn.parallel.DistributedDataParallel):
            inner = network.module
        if not isinstance(inner, nn.Module):
            return network
        network = inner


def check_weights(network: nn.Module, name: str) -> None:
    """Raise ValueError if layers of a network have no weights yet; `name` is how errors call it."""
    tensors = [*network.parameters(), *network.buffers()]
    if any(is_lazy(tensor) for tensor in tensors):
        raise ValueError(f"{name} has layers without weights yet; run it once on an image before")
    if any(tensor.is_meta for tensor in tensors):
        raise ValueError(f"{name} has no weights (they are on the meta device); load them before")


def in_precisions(network: nn.Module) -> Iterator[tuple[nn.Module, torch.dtype]]:
    """Yield a network and the precision of its images, in each way in which it may run, the best first.

    A network with weights in half precision is computed in float32, by a copy: the same weights, but sums are not
    rounded in between. Only a network that casts by itself runs as it is.

    Yields:
        The network or a copy, and the precision of its images.
    """
    tensors = (*network.parameters(), *network.buffers())
    kinds = list(dict.fromkeys(tensor.dtype for tensor in tensors if tensor.is_floating_point()))
    if HALF.intersection(kinds) and (exact := _float_copy(network)) is not None:
        yield exact, torch.float32
    for dtype in dict.fromkeys([*(kind for kind in kinds if kind not in HALF), torch.float32, *kinds]):
        yield network, dtype


def _float_copy(network: nn.Module) -> nn.Module | None:
    try:
        return copy.deepcopy(network).float()
    except Exception:  # a module can refuse to be copied in any way
        return None


def network_device(network: nn.Module) -> torch.device:
    """Return the device of a network's first tensor, or else the CPU."""
    return next((tensor.device for tensor in (*network.parameters(), *network.buffers())), torch.device("cpu"))


@contextmanager
def evaluating(network: nn.Module) -> Generator[None]:
    """Put a network into evaluation mode, without gradients; if the body fails, give each module its mode back.

    Yields:
        Nothing.
    """
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            yield
    except BaseException:
        for module, mode in modes:
            module.training = mode
        raise
