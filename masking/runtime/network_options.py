"""What a network needs beside its weights and class names: size and normalisation of its input, and its arguments."""

import math
import re
from collections.abc import Mapping
from numbers import Real
from typing import Any, TypedDict

from masking.runtime.paths import quote_name

INTERPOLATIONS = ("nearest", "nearest-exact", "bilinear", "bicubic", "box", "hamming", "lanczos")
"""Torchvision's names of the ways to resize a picture."""
MOST_PIXELS = 2048
"""The longest side of an input; a batch of larger ones fills the memory."""


class NetworkOptions(TypedDict, total=False):
    """How a network takes pictures, and how it is made; what is left out keeps its default.

    Attributes:
        input_size: (height, width) in pixels.
        mean: what normalisation subtracts, in [0, 1]: RGB, or one number for all channels or for grey images.
        std: what normalisation divides by, likewise.
        resize: the shorter side of a picture before the central crop, in pixels; default that of the input.
        interpolation: one of `INTERPOLATIONS`.
        arguments: keyword arguments of the function that makes the network; of timm's too.
        output: which entry of an answer with several parts holds the logits: an index or a name.
        transform_input: whether GoogLeNet or Inception v3 normalises its input once more, as published weights expect.
    """

    input_size: tuple[int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    resize: int
    interpolation: str
    arguments: dict[str, Any]
    output: int | str
    transform_input: bool


def read_options(values: Mapping[str, Any]) -> NetworkOptions:
    """Return options from plain values of a settings file, a specification or a command line; None is left out.

    Sizes are 64, "64", "64x48" (height x width) or [64, 48]. Means and divisors are one number or three, in a list or
    in a text with commas.

    Raises:
        ValueError: a value is wrong; one sentence that names it.
    """
    options: dict[str, Any] = {}
    for name, value in values.items():
        if value is not None:
            options[name] = _READERS[name](name, value)
    return NetworkOptions(**options)


def _read_size(name: str, value: Any) -> tuple[int, int]:
    numbers = re.split(r"\s*[x×,]\s*", value.strip().lower()) if isinstance(value, str) else value
    sides = [numbers] if isinstance(numbers, int) else list(numbers) if isinstance(numbers, list | tuple) else []
    try:
        sides = [int(side) for side in sides if not isinstance(side, bool | float)]
    except (TypeError, ValueError, OverflowError):
        sides = []
    if len(sides) not in {1, 2} or min(sides) < 1:
        raise ValueError(
            f"{name} is {quote_name(value)}; write one number of pixels such as 64, or height and width as 64x48"
        )
    if max(sides) > MOST_PIXELS:
        raise ValueError(f"{name} is {quote_name(value)}; write at most {MOST_PIXELS} pixels")
    return sides[0], sides[-1]


def _read_channels(name: str, value: Any) -> tuple[float, ...]:
    numbers = value.split(",") if isinstance(value, str) else value
    numbers = list(numbers) if isinstance(numbers, list | tuple) else [numbers]
    try:
        channels = [float(number) for number in numbers if isinstance(number, str | Real)]
    except (ValueError, OverflowError):
        channels = []
    if len(channels) not in {1, 3} or len(channels) != len(numbers) or not all(map(math.isfinite, channels)):
        raise ValueError(f"{name} is {quote_name(value)}; write one number, or three for red, green and blue")
    if max(map(abs, channels)) > 1:
        raise ValueError(
            f"{name} is {quote_name(value)}; pictures are in [0, 1] here, so divide what belongs to 0 … 255 by 255"
        )
    if name == "std" and min(channels) <= 0:
        raise ValueError(f"std is {quote_name(value)}; divisors are above 0")
    return tuple(channels)


def _read_pixels(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_PIXELS:
        raise ValueError(f"{name} is {quote_name(value)}; write a number of pixels from 1 to {MOST_PIXELS}")
    return value


def _read_interpolation(name: str, value: Any) -> str:
    if value not in INTERPOLATIONS:
        raise ValueError(f"{name} is {quote_name(value)}; choose from {', '.join(INTERPOLATIONS)}")
    return value


def _read_arguments(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ValueError(f"{name} is {quote_name(value)}; write a table such as {{ width = 0.5 }}")
    return dict(value)


def _read_output(name: str, value: Any) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"{name} is {quote_name(value)}; write the index or the name of one part of the answer")  # noqa: TRY004
    return value


def _read_flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name} is {quote_name(value)}; write true or false")  # noqa: TRY004
    return value


_READERS = {
    "input_size": _read_size,
    "mean": _read_channels,
    "std": _read_channels,
    "resize": _read_pixels,
    "interpolation": _read_interpolation,
    "arguments": _read_arguments,
    "output": _read_output,
    "transform_input": _read_flag,
}

OPTION_NAMES = tuple(_READERS)
"""The names of all options, as settings files write them."""
