"""Trial runs of a network on noise, before it becomes a classifier: which images it takes, in which precision."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from masking.runtime.memory import out_of_memory

USUAL_SIDES = (28, 32, 64, 96, 128, 224, 256, 299, 384)
"""Sides of square images that are tried where a network refuses its input size, so that the sentence can name one."""


@dataclass(frozen=True)
class Trial:
    """A network and the images that it is tried on.

    Attributes:
        network: in evaluation mode.
        size: (h, w) of the images.
        name: how errors call the network.
        normalisation: mean and std of red, green and blue.
        channels: 3, or 1 for grey images.
    """

    network: nn.Module
    size: tuple[int, int]
    name: str
    normalisation: tuple[list[float], list[float]]
    channels: int = 3

    def noise(self, count: int, seed: int = 0, scale: float = 1.0) -> Tensor:
        """Return the first one or two of two images of noise in [0, 1], normalised, then multiplied by `scale`."""
        image = torch.rand(2, self.channels, *self.size, generator=torch.Generator().manual_seed(seed))
        mean, std = (torch.tensor(values[: self.channels]).view(1, -1, 1, 1) for values in self.normalisation)
        x = (image - mean) / std * scale
        return x[:count].to(network_device(self.network), network_dtype(self.network))

    def run(self, count: int, seed: int = 0, scale: float = 1.0) -> Any:
        """Run the network on one or two images of noise.

        Raises:
            ValueError: it fails; the sentence says how.
        """
        try:
            return self.network(self.noise(count, seed, scale))
        except Exception as error:  # a network can raise anything
            if isinstance(error, RuntimeError) and out_of_memory(error):
                raise
            needed = _needed_inputs(self.network)
            if _takes_keywords_only(self.network):
                keyword = _parameters(self.network)[0].name
                raise ValueError(
                    f"{self.name} takes its image as a keyword ({keyword}=…); wrap it in a module whose forward takes "
                    "the image first"
                ) from None
            if len(needed) > 1:
                raise ValueError(
                    f"{self.name} takes more than an image ({', '.join(needed)}); wrap it in a module whose forward "
                    "takes the image only"
                ) from None
            height, width = self.size
            raise ValueError(
                f"{self.name} does not run on {_counted(count)} of {self.channels} channels and {height}x{width} "
                f"({_cause(error)}); check its input_size, and that its forward takes normalised images (n, 3, h, w)"
            ) from None

    def accepts(self) -> bool:
        """Return whether the network runs on one image."""
        try:
            self.run(1)
        except ValueError:
            return False
        return True


def fitting_trial(trial: Trial, colours: int) -> Trial:
    """Return the trial if its network runs, or one with grey images if it takes these and `colours` is 1.

    Raises:
        ValueError: the sentence says which images the network takes, if that can be found out.
    """
    try:
        trial.run(1)
    except ValueError as refusal:
        grey = replace(trial, channels=1)
        if grey.accepts():
            if colours == 1:
                return grey
            raise ValueError(
                f"{trial.name} takes grey images of one channel; give one mean and one std, such as mean=(0.5,) and "
                "std=(0.5,), and colours become grey"
            ) from None
        for candidate in (trial, grey):
            for side in USUAL_SIDES:
                if replace(candidate, size=(side, side)).accepts():
                    height, width = trial.size
                    raise ValueError(
                        f"{trial.name} takes images of {side}x{side} but its input_size is {height}x{width} (height x "
                        f"width); give input_size=({side}, {side})"
                    ) from None
        raise refusal from None
    return trial


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


def in_float(network: nn.Module, name: str) -> nn.Module:
    """Return the network, or a float32 copy if it is in half precision, whose sums would be rounded visibly.

    Raises:
        ValueError: layers without weights, or a network that cannot be copied.
    """
    tensors = [*network.parameters(), *network.buffers()]
    if any(is_lazy(tensor) for tensor in tensors):
        raise ValueError(f"{name} has layers without weights yet; run it once on an image before")
    if any(tensor.is_meta for tensor in tensors):
        raise ValueError(f"{name} has no weights (they are on the meta device); load them before")
    if not any(tensor.dtype in {torch.float16, torch.bfloat16} for tensor in tensors):
        return network
    try:
        return copy.deepcopy(network).float()
    except Exception as error:  # a module can refuse to be copied in any way
        raise ValueError(
            f"{name} is in half precision and cannot be copied ({_cause(error)}); give network.float()"
        ) from None


def network_dtype(network: nn.Module) -> torch.dtype:
    """Return the precision of a network's images: that of its first floating-point tensor, or else float32."""
    tensors = (*network.parameters(), *network.buffers())
    return next((tensor.dtype for tensor in tensors if tensor.is_floating_point()), torch.float32)


def network_device(network: nn.Module) -> torch.device:
    """Return the device of a network's first tensor, or else the CPU."""
    return next((tensor.device for tensor in (*network.parameters(), *network.buffers())), torch.device("cpu"))


def _cause(error: BaseException) -> str:
    text = str(error).strip().partition("\n")[0].rstrip(".")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _counted(count: int) -> str:
    return "an image" if count == 1 else f"{count} images"


def _takes_keywords_only(network: nn.Module) -> bool:
    kinds = {parameter.kind for parameter in _parameters(network)}
    return inspect.Parameter.KEYWORD_ONLY in kinds and not kinds - {
        inspect.Parameter.KEYWORD_ONLY,
        inspect.Parameter.VAR_KEYWORD,
    }


def _parameters(network: nn.Module) -> list[inspect.Parameter]:
    """Return the parameters of `forward`; [] if Python does not know them."""
    try:
        return list(inspect.signature(network.forward).parameters.values())
    except (TypeError, ValueError):
        return []


def _needed_inputs(network: nn.Module) -> list[str]:
    """Return the names of the arguments of `forward` that have no default."""
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [each.name for each in _parameters(network) if each.default is each.empty and each.kind not in optional]
