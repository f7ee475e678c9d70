"""Label maps from outside: tensors, arrays, and uploaded files."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from masking.colour_modes import to_rgb
from masking.image import decode_picture
from masking.runtime.paths import expand

NUMPY, PNG = b"\x93NUMPY", b"\x89PNG"
NUMBERED = ("1", "L", "P", "I", "I;16", "I;16B", "I;16L")
"""Picture modes whose pixels are numbers; in all other modes, each colour is a segment."""


def label_map(source: Tensor | NDArray[Any] | bytes | str | Path, size: tuple[int, int]) -> Tensor:
    """Return a label map numbered from 0 without gaps: int64 (h, w), on the CPU.

    Args:
        source: integers (h, w), or a file that holds them: .npy, or a PNG in which every grey value, palette entry or
            colour is a segment.
        size: (h, w) that the map has to have.

    Raises:
        ValueError: another size, numbers that are no integers, or a file without a label map.
        OSError: a file that cannot be read.
    """
    if isinstance(source, Tensor):
        numbers = source.detach().cpu().numpy()
    elif isinstance(source, np.ndarray):
        numbers = source
    else:
        name = "the label map" if isinstance(source, bytes) else f"the label map {source}"
        numbers = _decode(source if isinstance(source, bytes) else expand(source).read_bytes(), name)
    if numbers.dtype.kind not in "biu" or numbers.ndim != 2:
        raise ValueError(
            f"the label map is {numbers.dtype} of shape {numbers.shape}; give whole numbers of shape (h, w)"
        )
    if numbers.shape != size:
        raise ValueError(
            "the label map is {}x{} but the image is {}x{} (height x width); make it that size".format(
                *numbers.shape, *size
            )
        )
    _, labels = np.unique(numbers, return_inverse=True)
    return torch.from_numpy(labels.reshape(size).astype(np.int64))


def _decode(data: bytes, name: str) -> NDArray[Any]:
    """Read the integers in a file; errors call it `name`."""
    if data.startswith(NUMPY):
        try:
            return np.load(io.BytesIO(data), allow_pickle=False)
        except (ValueError, EOFError, MemoryError):
            raise ValueError(f"{name} is not a whole .npy file of numbers; save it again") from None
    if not data.startswith(PNG):
        raise ValueError(f"{name} is neither a PNG nor a .npy file; save it as one of these")
    picture = decode_picture(data, name, ("PNG",))
    if picture.mode in NUMBERED:
        return np.asarray(picture)
    red, green, blue = np.asarray(to_rgb(picture, name)).astype(np.int64).transpose(2, 0, 1)
    return (red << 16) + (green << 8) + blue
