"""Every colour mode of a picture, and every array of numbers, becomes 8-bit RGB in one way."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

CHANNELS = (1, 3, 4)
"""How many channels a picture in an array may have: grey, RGB, or RGB with opacity."""
FLOAT_SLACK = 1e-3
"""Floats may leave their range by this share of it, since rounding and resizing do that."""
DARKEST_WHITE = 16
"""Floats whose maximum lies between 1 and this are neither 0 … 1 nor likely to be 0 … 255."""


def to_rgb(picture: Image.Image, name: str = "the picture") -> Image.Image:
    """Turn a picture into 8-bit RGB without metadata: transparency on white, 16 bits and floats scaled to 8 bits.

    Colour profiles are ignored.

    Raises:
        ValueError: floats or integers of an unknown range, or a mode that has no RGB colours; one sentence.
    """
    if is_wide(picture):
        grey = (unit_grey(picture, name) * 255).round().astype(np.uint8)
        if (opacity := opacity_of(picture)) is not None:
            grey[opacity == 0] = 255
        return Image.fromarray(grey).convert("RGB")
    try:
        if picture.mode == "La":
            picture = picture.convert("LA")
        if picture.has_transparency_data:
            picture = picture.convert("RGBA")
            picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
        rgb = picture.convert("RGB")
    except ValueError:
        raise ValueError(f"{name} is in the colour mode {picture.mode}; save it as RGB") from None
    rgb.info.clear()
    return rgb


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
    values = np.asarray(picture, dtype=np.float64)
    if picture.mode.startswith("I;16"):
        return values / 65535
    return _unit_floats(values, name) if picture.mode == "F" else _unit_integers(values, name)


def _unit_integers(values: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    low, high = values.min(initial=0), values.max(initial=0)
    if low < 0:
        raise ValueError(f"{name} has values from {low:.0f} to {high:.0f}; scale them to 0 … 255 or 0 … 65535")
    return values / max(high, 65535 if high > 255 else 255)  # above 65535 there is no usual white: it is the brightest


def _unit_floats(values: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    if not np.isfinite(values).all():
        raise ValueError(f"{name} holds NaN or infinite values; replace them")
    low, high = values.min(initial=0), values.max(initial=0)
    full = 1 if high <= 1 + FLOAT_SLACK else 255
    too_high = high > full * (1 + FLOAT_SLACK) or (full == 255 and high < DARKEST_WHITE)
    if low < -FLOAT_SLACK * full or too_high:
        raise ValueError(f"{name} has values from {low:.4g} to {high:.4g}; scale them to 0 … 1 or 0 … 255")
    return (values / full).clip(0, 1)


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
    values = array.astype(np.float64)
    if array.dtype == np.uint8:
        units = values / 255
    elif array.dtype == np.uint16:
        units = values / 65535
    elif kind == "b":
        units = values
    else:
        units = _unit_floats(values, name) if kind == "f" else _unit_integers(values, name)
    pixels = (units * 255).round().astype(np.uint8)
    return Image.fromarray(pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels)
