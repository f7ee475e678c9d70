"""Trial runs of a network on noise, before it becomes a classifier: which images it takes, in which precision."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from masking.models.precision import check_weights, in_precisions, network_device
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
        dtype: precision of the images.
        channels: 3, or 1 for grey images.
    """

    network: nn.Module
    size: tuple[int, int]
    name: str
    normalisation: tuple[list[float], list[float]]
    dtype: torch.dtype = torch.float32
    channels: int = 3

    def noise(self, count: int, seed: int = 0, scale: float = 1.0) -> Tensor:
        """Return the first one or two of two images of noise in [0, 1], normalised, then multiplied by `scale`.

        The second image is darker, so that a network shows if it answers an image by the others of its batch.
        """
        image = torch.rand(2, self.channels, *self.size, generator=torch.Generator().manual_seed(seed))
        image[1] *= 0.3
        mean, std = (torch.tensor(values[: self.channels]).view(1, -1, 1, 1) for values in self.normalisation)
        x = (image - mean) / std * scale
        return x[:count].to(network_device(self.network), self.dtype)

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


def first_trial(
    network: nn.Module,
    size: tuple[int, int],
    name: str,
    normalisation: tuple[list[float], list[float]],
    colours: int = 3,
) -> tuple[Trial, Any]:
    """Return the first trial of a network that runs on one image, and its answer.

    Args:
        network: in evaluation mode.
        size: (h, w) of its images.
        name: how errors call it.
        normalisation: mean and std of red, green and blue.
        colours: 3, or 1 if it may take grey images.

    Raises:
        ValueError: it does not run; the sentence says which images it takes, if that can be found out.
    """
    check_weights(network, name)
    trials = [Trial(each, size, name, normalisation, dtype) for each, dtype in in_precisions(network)]
    refusals: list[ValueError] = []
    for trial in trials:
        try:
            return trial, trial.run(1)
        except ValueError as refusal:
            refusals.append(refusal)
    for trial in trials:
        grey = replace(trial, channels=1)
        if grey.accepts():
            if colours == 1:
                return grey, grey.run(1)
            raise ValueError(
                f"{name} takes grey images of one channel; give one mean and one std, such as mean=(0.5,) and "
                "std=(0.5,), and colours become grey"
            )
    for candidate in (trials[0], replace(trials[0], channels=1)):
        for side in USUAL_SIDES:
            if replace(candidate, size=(side, side)).accepts():
                height, width = size
                raise ValueError(
                    f"{name} takes images of {side}x{side} but its input_size is {height}x{width} (height x width); "
                    f"give input_size=({side}, {side})"
                )
    raise refusals[0]


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
