"""Every colour mode of a picture, and every array of numbers, becomes 8-bit RGB in one way."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

CHANNELS = (1, 3, 4)
"""How many channels a picture in an array may have: grey, RGB, or RGB with opacity."""
FLOAT_SLACK = 1e-3
"""Floats may leave their range by this share of it, since rounding and resizing do that."""
BAND = 2**20
"""Pixels that are scaled at once."""
DARKEST_WHITE = 16
"""Floats whose maximum lies between 1 and this are neither 0 … 1 nor likely to be 0 … 255."""


def to_rgb(picture: Image.Image, name: str = "the picture") -> Image.Image:
    """Turn a picture into 8-bit RGB without metadata: transparency on white, 16 bits and floats scaled to 8 bits.

    Colour profiles are ignored.

    Raises:
        ValueError: floats or integers of an unknown range, or a mode that has no RGB colours; one sentence.
    """
    if is_wide(picture):
        return _grey_to_rgb(picture, name)
    try:
        if picture.mode == "La":
            picture = picture.convert("LA")
        rgb = _on_white(picture) if picture.has_transparency_data else picture.convert("RGB")
    except ValueError:
        raise ValueError(f"{name} is in the colour mode {picture.mode}; save it as RGB") from None
    rgb.info.clear()
    return rgb


def _grey_to_rgb(picture: Image.Image, name: str) -> Image.Image:
    """Return a wide picture in RGB; it is scaled band by band, so that it never exists as floats as a whole."""
    clear = picture.info.get("transparency")
    values = np.asarray(picture)
    grey = np.empty(values.shape, np.uint8)
    scale = _scale_of(picture.mode, values, name)
    for rows in _bands(picture.size):
        grey[rows] = (scale(values[rows]) * 255).round()
        if clear is not None:
            grey[rows][values[rows] == clear] = 255
    del values
    return Image.fromarray(grey).convert("RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    """Return a picture in RGB on white, composed band by band to save memory."""
    rgb = Image.new("RGB", picture.size)
    for rows in _bands(picture.size):
        band = picture.crop((0, rows.start, picture.width, rows.stop)).convert("RGBA")
        rgb.paste(Image.alpha_composite(Image.new("RGBA", band.size, "white"), band).convert("RGB"), (0, rows.start))
    return rgb


def _bands(size: tuple[int, int]) -> Iterator[slice]:
    """Yield the rows of a picture of a size (w, h) in bands of about BAND pixels."""
    step = max(1, BAND // max(1, size[0]))
    for top in range(0, size[1], step):
        yield slice(top, min(top + step, size[1]))


def is_wide(picture: Image.Image) -> bool:
    """Return whether a picture holds greys of more than 8 bits: 16 or 32 bits, or floats."""
    return picture.mode.startswith("I") or picture.mode == "F"


def opacity_of(picture: Image.Image) -> NDArray[np.uint8] | None:
    """Return how opaque each pixel is, uint8 (h, w); None for a picture without transparency."""
    if is_wide(picture):
        clear = picture.info.get("transparency")
        return None if clear is None else np.where(np.asarray(picture) == clear, 0, 255).astype(np.uint8)
    if not picture.has_transparency_data:
        return None
    return np.asarray((picture.convert("LA") if picture.mode == "La" else picture).convert("RGBA").getchannel("A"))


def unit_grey(picture: Image.Image, name: str = "the picture") -> NDArray[np.float64]:
    """Return the greys of a wide picture, scaled from their own range to 0 … 1.

    Raises:
        ValueError: their range is unknown.
    """
    values = np.asarray(picture)
    return _scale_of(picture.mode, values, name)(values)


def _scale_of(mode: str, values: NDArray[Any], name: str) -> Callable[[NDArray[Any]], NDArray[np.float64]]:
    """Return a function that scales a part of the values of a wide picture to 0 … 1."""
    if mode.startswith("I;16"):
        return lambda part: part.astype(np.float64) / 65535
    return _float_scale(values, name) if mode == "F" else _integer_scale(values, name)


def _integer_scale(values: NDArray[Any], name: str) -> Callable[[NDArray[Any]], NDArray[np.float64]]:
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    if low < 0:
        raise ValueError(f"{name} has values from {low} to {high}; scale them to 0 … 255 or 0 … 65535")
    full = max(high, 65535 if high > 255 else 255)  # above 65535 there is no usual white: it is the brightest
    return lambda part: part.astype(np.float64) / full


def _float_scale(values: NDArray[Any], name: str) -> Callable[[NDArray[Any]], NDArray[np.float64]]:
    low, high = float(values.min(initial=0)), float(values.max(initial=0))  # NaN wherever there is one
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError(f"{name} holds NaN or infinite values; replace them")
    full = 1 if high <= 1 + FLOAT_SLACK else 255
    too_high = high > full * (1 + FLOAT_SLACK) or (full == 255 and high < DARKEST_WHITE)
    if low < -FLOAT_SLACK * full or too_high:
        raise ValueError(f"{name} has values from {low:.4g} to {high:.4g}; scale them to 0 … 1 or 0 … 255")
    return lambda part: (part.astype(np.float64) / full).clip(0, 1)


def picture_of_array(array: NDArray[np.generic], name: str = "the picture") -> Image.Image:
    """Turn an array (h, w) or (h, w, channels) into a picture: grey, RGB, or RGB with opacity.

    Integers of 8 bits are 0 … 255, those of 16 bits 0 … 65535; bools are black and white; floats are 0 … 1 or 0 … 255.

    Raises:
        ValueError: another shape, channels that come first, or values of an unknown range; one sentence.
    """
    shape, first_channels = array.shape, "the channels come first; give array.transpose(1, 2, 0)"
    if not (array.ndim == 2 or (array.ndim == 3 and shape[2] in CHANNELS)) or not array.size:
        remedy = first_channels if array.ndim == 3 and shape[0] in CHANNELS else "give (h, w, 3)"
        raise ValueError(f"{name} is an array of shape {shape}; {remedy}")
    if array.ndim == 3 and shape[0] in CHANNELS and shape[1] not in CHANNELS:
        raise ValueError(f"{name} is an array of shape {shape}, {shape[0]} pixels high; {first_channels}")
    kind = array.dtype.kind
    if kind not in "buif":
        raise ValueError(f"{name} is an array of {array.dtype}; give uint8 or floats in 0 … 1")
    scale = _array_scale(array, name)
    pixels = np.empty(shape, np.uint8)
    for rows in _bands((shape[1], shape[0])):
        pixels[rows] = (scale(array[rows]) * 255).round()
    return Image.fromarray(pixels[..., 0] if shape[2:] == (1,) else pixels)


def _array_scale(array: NDArray[Any], name: str) -> Callable[[NDArray[Any]], NDArray[np.float64]]:
    """Return a function that scales a part of an array to 0 … 1, as its type says."""
    if array.dtype.kind == "b":
        return lambda part: part.astype(np.float64)
    if array.dtype in {np.dtype(np.uint8), np.dtype(np.uint16)}:
        full = np.iinfo(array.dtype).max
        return lambda part: part.astype(np.float64) / full
    return _float_scale(array, name) if array.dtype.kind == "f" else _integer_scale(array, name)
