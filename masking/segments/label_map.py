"""Label maps from outside: tensors, arrays, and uploaded files."""

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.lib.format import read_array_header_1_0, read_array_header_2_0, read_magic
from numpy.typing import NDArray
from torch import Tensor

from masking.colour_modes import to_rgb
from masking.image import decode_picture
from masking.runtime.door import guard, show_name
from masking.runtime.file_bytes import read_file

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
        ValueError: another size, numbers that are no integers, or a file without a label map or that cannot be read.
    """
    if isinstance(source, Tensor):
        numbers = source.detach().cpu().numpy()
    elif isinstance(source, np.ndarray):
        numbers = source
    else:
        name = "the label map" if isinstance(source, bytes) else f"the label map {show_name(source)}"
        data = source if isinstance(source, bytes) else read_file(source, "label map")
        numbers = _decode(data, name, size)
    _check(numbers.dtype, numbers.shape, size)
    _, labels = np.unique(numbers, return_inverse=True)
    return torch.from_numpy(labels.reshape(size).astype(np.int64))


def _check(dtype: np.dtype[Any], shape: tuple[int, ...], size: tuple[int, int]) -> None:
    """Raise ValueError unless an array holds whole numbers and has a size."""
    if dtype.kind not in "biu" or len(shape) != 2:
        kind = f"{show_name(str(dtype))} of shape {show_name(str(shape))}"
        raise ValueError(f"the label map is {kind}; give whole numbers of shape (h, w)")
    if shape != size:
        raise ValueError(
            "the label map is {}x{} but the image is {}x{} (height x width); make it that size".format(*shape, *size)
        )


def _decode(data: bytes, name: str, size: tuple[int, int]) -> NDArray[Any]:
    """Read the integers in a file; errors call it `name`. A file of another size is refused before it is decoded."""
    if data.startswith(NUMPY):
        return _decode_numpy(data, name, size)
    if not data.startswith(PNG):
        raise ValueError(f"{name} is neither a PNG nor a .npy file; save it as one of these")
    picture = decode_picture(data, name, ("PNG",), size=size)
    if picture.mode in NUMBERED:
        return np.asarray(picture)
    red, green, blue = np.asarray(to_rgb(picture, name)).astype(np.int64).transpose(2, 0, 1)
    return (red << 16) + (green << 8) + blue


def _decode_numpy(data: bytes, name: str, size: tuple[int, int]) -> NDArray[Any]:
    with guard(f"{name} is not a whole .npy file of numbers; save it again"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what Python 2 wrote
        stream = io.BytesIO(data)
        read = read_array_header_1_0 if read_magic(stream) == (1, 0) else read_array_header_2_0
        shape, _, dtype = read(stream)
        if dtype.hasobject:
            raise ValueError(str(dtype))
    _check(dtype, shape, size)
    with guard(f"{name} is not a whole .npy file of numbers; save it again"):
        return np.load(io.BytesIO(data), allow_pickle=False)
