"""What the author of a mask file meant: which pixels are present, or which belong to an object.

In all files the marked side is the opaque one, the higher of two values, or what is not black. What can be read in
two ways is refused with the values that it holds.
"""

from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import maximum_filter

from masking.colour_modes import is_wide, opacity_of, to_rgb
from masking.image import FORMATS, decode_picture
from masking.masks.two_levels import END, Greys, bright_side
from masking.masks.value_counts import MOST_VALUES, count_values

Pixels = NDArray[np.bool_]
DARK, WHITE = 25, 230
"""Colours with no channel above the first are near black, those with none below the second near white."""
ALMOST_GREY = 16
"""Channels that differ by no more than this are one grey: JPEG changes colours a little."""
SAME_COLOUR = 50
"""Channels of one colour differ by no more than this after compression or smoothing."""
LABELS = 64
"""An object mask with more values than this is no map of labels."""


def read_present(data: bytes, name: str = "the mask") -> Pixels:
    """Read a mask file: where pixels are present, bool (h, w).

    Where the opacity varies, opaque pixels are present. Otherwise the higher of two values is: of greys of any depth,
    of colours, of a palette's entries. Smooth or compressed edges are cut at half the range. A file with one value
    hides nothing if it is white, and everything if it is black.

    Args:
        data: the bytes of a PNG, JPEG or WEBP file; its EXIF orientation is applied.
        name: how errors call it.

    Raises:
        ValueError: not a picture, or one that can be read in more than one way: a photograph, a soft mask, several
            labels. The sentence names the values and the remedy.
    """
    picture = decode_picture(data, name, FORMATS)
    opaque = _opaque_side(picture, name)
    return _marked_side(picture, name) if opaque is None else opaque


def read_object(data: bytes, name: str = "the object mask") -> Pixels:
    """Read the mask file of an object: where the object is, bool (h, w).

    It is read as `read_present` does, but smooth edges belong to the object, and it may hold labels: up to 64 values
    with 0, or colours with black. Then everything above 0 or other than black is the object, also the rim that
    Pascal VOC labels 255.

    Raises:
        ValueError: see `read_present`.
    """
    picture = decode_picture(data, name, FORMATS)
    opaque = _opaque_side(picture, name)
    if opaque is not None:
        return opaque
    if (smooth := _smooth_greys(picture, name)) is not None:
        greys, full = smooth
        near_object = maximum_filter((greys > END * full).view(np.uint8), 3) > 0
        return near_object & (greys > 0)  # further away it is the noise of a compression
    labels = _labels(picture, name)
    levels, _ = count_values(labels)
    if len(levels) == 1:
        return labels > 0
    if 2 < len(levels) <= LABELS and levels[0] == 0:
        return labels > 0
    if len(levels) == 2 and levels[0] > 0 and levels[1] <= DARK:
        raise ValueError(f"{name} has the labels {_join(levels)} but no 0 for what is no object; save it with 0 and 1")
    return _marked_side(picture, name)


def _labels(picture: Image.Image, name: str) -> Greys:
    """Return the number of each pixel: its grey, its index in a palette, or its colour as one number."""
    if _is_grey(picture):
        return np.asarray(picture.getchannel(0) if picture.mode in {"LA", "La"} else picture)
    colours = _colours(picture, name)
    if picture.mode != "P":
        return _packed(colours)
    indices = np.asarray(picture)
    used, first = np.unique(indices, return_index=True)
    entries = colours.reshape(-1, 3)[first]
    differ = len(np.unique(entries, axis=0)) == len(used)
    if differ and not np.ptp(entries, axis=1).any():
        return colours[..., 0]  # a picture in greys, whatever the order of its palette
    if differ and used[0] == 0 and not _is_black(entries[0]) and len(used) > 2:
        raise ValueError(
            f"{name} has a palette whose entry 0 is {_hex(entries[0])}, so it may be an object or none; "
            "save it in black and white"
        )
    return indices


def _is_grey(picture: Image.Image) -> bool:
    return picture.mode in {"1", "L", "LA", "La"} or is_wide(picture)


def _colours(picture: Image.Image, name: str = "the mask") -> NDArray[np.uint8]:
    """Return the colours (h, w, 3) without any transparency."""
    if picture.mode in {"RGBA", "PA", "P"}:
        return np.asarray(picture.convert("RGBA"))[..., :3]
    if picture.mode in {"LA", "La"}:
        return np.asarray(picture.getchannel(0).convert("RGB"))
    if picture.mode == "RGB":
        return np.asarray(picture)
    plain = picture.copy()
    plain.info.pop("transparency", None)
    return np.asarray(to_rgb(plain, name))


# --- opacity ---------------------------------------------------------------------------------------------------------


def _opaque_side(picture: Image.Image, name: str) -> Pixels | None:
    """Return where a picture is opaque; None where its opacity is the same everywhere."""
    opacity = opacity_of(picture)
    if opacity is None:
        return None
    if opacity.min() == opacity.max():
        if not opacity.max():
            raise ValueError(f"{name} is transparent everywhere; save it without transparency")
        return None
    opaque = bright_side(opacity, 255)
    if opaque is None:
        _refuse_greys(name, opacity, 255, "its opacity has ")
    colours = _colours(picture, name)[opaque]
    if np.ptp(colours, axis=0).max() <= DARK:
        if colours.min() < WHITE:
            shade = _hex(np.median(colours, axis=0))
            raise ValueError(
                f"{name} is {shade} where it is opaque and transparent elsewhere, so either may be hidden; "
                "save it in black and white, without transparency"
            )
        return opaque
    black, white = (colours.max(1) <= DARK).mean(), (colours.min(1) >= WHITE).mean()
    if black and white and black + white >= 0.8:
        raise ValueError(
            f"{name} is partly transparent, and black and white elsewhere, so it has two meanings; "
            "save it in black and white, without transparency"
        )
    return opaque


# --- values ----------------------------------------------------------------------------------------------------------


def _marked_side(picture: Image.Image, name: str) -> Pixels:
    """Return where a picture has the higher of two values, or is not black."""
    if picture.mode == "P":
        return _marked_indices(picture, name)
    if _is_grey(picture):
        return _marked_greys(*_grey_levels(picture), name)
    return _marked_colours(_colours(picture, name), name)


def _grey_levels(picture: Image.Image) -> tuple[Greys, float]:
    """Return the greys as they are stored, and the value of white."""
    greys = np.asarray(picture.getchannel(0) if picture.mode in {"LA", "La"} else picture)
    if picture.mode == "1":
        return greys.astype(np.uint8), 1
    if picture.mode.startswith("I;16"):
        return greys, 65535
    high = float(greys.max(initial=0))
    if picture.mode == "F":
        return greys, 1 if high <= 1 else 255
    return greys, 65535 if high > 255 else 255


def _marked_greys(greys: Greys, full: float, name: str) -> Pixels:
    if not np.isfinite(greys).all():
        raise ValueError(f"{name} holds NaN or infinite values; save it in black and white")
    low, high = greys.min(), greys.max()
    if low == high:
        if low not in {0, full}:
            raise ValueError(
                f"{name} has the value {low:g} everywhere, neither black (0) nor white ({full:g}); "
                "save it in black and white"
            )
        return greys == full
    if ((greys == low) | (greys == high)).all():
        return greys == high
    bright = bright_side(greys, full)
    return _refuse_greys(name, greys, full) if bright is None else bright


def _marked_indices(picture: Image.Image, name: str) -> Pixels:
    """Return the marked side of a picture with a palette: by its colours, by its indices, or refuse if they differ."""
    indices, colours = np.asarray(picture), _colours(picture, name)
    used, first = np.unique(indices, return_index=True)
    entries = colours.reshape(-1, 3)[first].astype(int)
    if len(used) == 2:
        low, high = entries
        if _is_black(high) and _is_white(low):
            return indices == used[0]
        if low.sum() > high.sum() and not (_is_black(low) or _is_white(high)):
            raise ValueError(
                f"{name} has the palette entries {used[0]} ({_hex(low)}) and {used[1]} ({_hex(high)}), and the lower "
                "one is brighter; save it in black and white"
            )
        return indices == used[1]
    if len(np.unique(entries, axis=0)) < len(used) or (len(used) == 1 and used[0] and _is_black(entries[0])):
        entries_used = f"the palette entries {_join(used)}" if len(used) <= 6 else f"{len(used)} palette entries"
        raise ValueError(f"{name} has {entries_used}; save it in black and white")
    return _marked_colours(colours, name)


def _marked_colours(colours: NDArray[np.uint8], name: str) -> Pixels:
    """Return the brighter of two colours, or what is white or coloured on black."""
    packed = _packed(colours)
    levels, counts = count_values(packed)
    if len(levels) <= 2:
        low, high = (np.array([level >> 16 & 255, level >> 8 & 255, level & 255]) for level in levels[[0, -1]])
        if len(levels) == 1 and (low.max() == 0 or low.min() == 255):
            return packed > 0
        if len(levels) == 2 and (low <= high).all():
            return packed == levels[-1]
    elif np.ptp(colours, axis=2).max() <= ALMOST_GREY:
        return _marked_greys(colours.max(2), 255, name)
    elif (bright := _one_colour_on_black(colours)) is not None:
        return bright
    more = "more than " if len(levels) > MOST_VALUES else ""
    count = f"{more}{len(levels)} colours" if len(levels) > 1 else "one colour"
    common = levels[counts.argsort(kind="stable")[::-1][:4]].tolist()
    shades = ", ".join(f"#{level:06x}" for level in common) + (" …" if len(levels) > 4 else "")
    raise ValueError(f"{name} has {count} ({shades}); save it in black and white")


def _packed(colours: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return each colour as one number."""
    packed = colours[..., 0].astype(np.int32)
    for channel in (1, 2):
        packed <<= 8
        packed |= colours[..., channel]
    return packed


def _one_colour_on_black(colours: NDArray[np.uint8]) -> Pixels | None:
    """Return where one colour is on black, with smooth or compressed edges; None for other pictures."""
    strongest = colours.max(2)
    full = float(strongest.max())
    bright = bright_side(strongest, full)
    if bright is None:
        return None
    marked = strongest >= (1 - END) * full
    same = np.ones(np.count_nonzero(marked), bool)
    for channel in range(3):
        values = colours[..., channel][marked]
        median = float(np.median(values))
        same &= (values >= median - SAME_COLOUR) & (values <= median + SAME_COLOUR)
    return bright if same.mean() >= 0.95 else None


def _smooth_greys(picture: Image.Image, name: str) -> tuple[Greys, float] | None:
    """Return the greys of a black-and-white picture with smooth edges, and the value of white; None for others."""
    if picture.mode == "P":
        return None
    if _is_grey(picture):
        greys, full = _grey_levels(picture)
        return (greys, full) if bright_side(greys, full) is not None else None
    colours = _colours(picture, name)
    if np.ptp(colours, axis=2).max() <= ALMOST_GREY:
        return (colours.max(2), 255) if bright_side(colours.max(2), 255) is not None else None
    return (colours.max(2), float(colours.max())) if _one_colour_on_black(colours) is not None else None


def _refuse_greys(name: str, greys: Greys, full: float, holds: str = "it has ") -> NoReturn:
    levels = np.unique(greys)
    many = f"{len(levels)} values from {levels[0]:g} to {levels[-1]:g}"
    values = f"the values {_join(levels)}" if len(levels) <= 6 else many
    raise ValueError(
        f"{name} is not black and white: {holds}{values}; threshold it, so that it has only 0 and {full:g}"
    )


def _join(values: NDArray[Any]) -> str:
    *others, last = [f"{value:g}" for value in values.tolist()]
    return f"{', '.join(others)} and {last}" if others else last


def _is_black(colour: NDArray[Any]) -> bool:
    return bool(colour.max() <= DARK)


def _is_white(colour: NDArray[Any]) -> bool:
    return bool(colour.min() >= WHITE)


def _hex(colour: NDArray[Any]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*(int(channel) for channel in colour))
