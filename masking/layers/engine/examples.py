"""Examples that a network is tried on: random images, one whole, one mostly hidden, one hidden altogether."""

from __future__ import annotations

import random
from collections.abc import Generator, Hashable, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from masking.layers.steps.recorded_calls import Modes
from masking.layers.steps.trace import first_line
from masking.runtime.memory import out_of_memory

from .interpreter import NotMaskedError

EXAMPLES = 3
"""The number of images in an example."""

WHOLE = slice(0, None, EXAMPLES)
"""The images of which nothing is hidden."""

ALL = slice(None)

_BLOCKS, _SHARE = 8, 0.3
_SEED = 0


class Example(NamedTuple):
    """Random images (n, channels, h, w) and the masks (n, 1, h, w) to try them under.

    Image by image, in turn: whole, mostly hidden, hidden altogether. The mask of the last one lasts through the
    network, so every operation meets it.
    """

    images: Tensor
    keep: Tensor

    @staticmethod
    def of(
        count: int, size: tuple[int, int, int], dtype: torch.dtype, device: torch.device, seed: int = _SEED
    ) -> Example:
        """Draw an example of that many images of a size (channels, h, w)."""
        generator = torch.Generator().manual_seed(seed)
        channels, height, width = size
        distinct = torch.randn(EXAMPLES, channels, height, width, generator=generator)
        rows, columns = (torch.arange(side) * _BLOCKS // side for side in (height, width))
        some = (torch.rand(_BLOCKS, _BLOCKS, generator=generator) < _SHARE)[rows][:, columns]
        keep = torch.stack([torch.ones_like(some), some, torch.zeros_like(some)])[:, None]
        turn = torch.arange(count) % EXAMPLES
        return Example(distinct[turn].to(device, dtype), keep[turn].to(device))


class Shape(NamedTuple):
    """What a recording holds for: the shape and kind of the images, and the modes that the network runs in."""

    images: int
    size: tuple[int, int, int]
    dtype: torch.dtype
    device: torch.device
    modes: Hashable = None

    @staticmethod
    def of(x: Tensor) -> Shape:
        """Return the shape of images (n, channels, h, w) in the present modes of this thread."""
        n, channels, height, width = x.shape
        return Shape(n, (channels, height, width), x.dtype, x.device, Modes.now(x.device.type)[1:])

    def example(self, seed: int = 0) -> Example:
        """Return images and masks of this shape."""
        return Example.of(self.images, self.size, self.dtype, self.device, seed)


@contextmanager
def left_as_found(network: nn.Module, device: torch.device) -> Generator[None]:
    """Run code of a network without gradients, and put back random states and buffers that it changes."""
    held = [(buffer, buffer.clone()) for buffer in network.buffers()]
    states = random.getstate(), np.random.get_state()
    devices = [device] if device.type == "cuda" else []
    with torch.inference_mode(mode=False), torch.no_grad(), torch.random.fork_rng(devices=devices):
        try:
            yield
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])
            for buffer, value in held:
                if not torch.equal(buffer, value):
                    buffer.copy_(value)


def answers(network: Any, images: Tensor) -> list[Tensor] | str:
    """Return the tensors in a network's answer to images, or one sentence on how it failed.

    Raises:
        NotMaskedError: an operation cannot be masked.
        RuntimeError: memory is short.
    """
    try:
        return [leaf for leaf in tree_leaves(network(images)) if isinstance(leaf, Tensor)]
    except NotMaskedError:
        raise
    except Exception as error:
        if isinstance(error, RuntimeError) and out_of_memory(error):
            raise
        size = "x".join(map(str, images.shape[1:]))
        return f"fails on an example of size {size}: {first_line(error)}"


def gradients(network: Any, images: Tensor) -> list[Tensor] | str:
    """Return a network's answers to images, and their gradient if there is one; or one sentence on how it failed.

    Raises:
        RuntimeError: memory is short.
    """
    with torch.inference_mode(mode=False), torch.enable_grad():
        x = images.clone().requires_grad_()
        result = answers(network, x)
        if isinstance(result, str) or not any(leaf.requires_grad for leaf in result):
            return result
        try:
            (gradient,) = torch.autograd.grad([leaf.square().sum() for leaf in result if leaf.requires_grad], x)
        except RuntimeError as error:  # what is needed for it was changed in place
            if out_of_memory(error):
                raise
            return result
        return [*result, gradient]


def agree(first: Sequence[Tensor], second: Sequence[Tensor], images: slice = ALL, tolerance: float = 0.0) -> bool:
    """Return whether two answers to a batch are the same but for rounding, for some of its images."""
    return len(first) == len(second) and all(
        a.shape == b.shape and a.dtype == b.dtype and _close(a, b, images, tolerance)
        for a, b in zip(first, second, strict=True)
    )


def distance(first: Sequence[Tensor], second: Sequence[Tensor]) -> float:
    """Return the largest difference between answers, in units of their size."""
    return max((_distance(a, b) for a, b in zip(first, second, strict=True)), default=0.0)


def _close(a: Tensor, b: Tensor, images: slice, tolerance: float) -> bool:
    if a.ndim:
        a, b = a[images], b[images]
    if not a.is_floating_point():
        return torch.equal(a, b)
    if not (a.isfinite().all() and b.isfinite().all()):
        return torch.equal(a.isfinite(), b.isfinite())
    return _distance(a, b) <= max(1e-4, 64 * torch.finfo(a.dtype).eps, tolerance)


def _distance(a: Tensor, b: Tensor) -> float:
    a, b = a.detach().cpu().double(), b.detach().cpu().double()
    size = torch.maximum(a.abs().max(), b.abs().max()) if a.numel() else a.new_zeros(())
    return float((a - b).abs().max() / size) if size > 0 else 0.0
