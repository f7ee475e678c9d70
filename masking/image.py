"""Images: float32 (n, 3, h, w), RGB in [0, 1], never normalised; from files, bytes, PIL images, arrays or tensors."""

import hashlib
import io
import os
import warnings
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError
from torch import Tensor
from torchvision.transforms import functional as tv

from masking.colour_modes import picture_of_array, to_rgb
from masking.picture_structure import check_structure
from masking.runtime.door import InputError, reason_of, show_name
from masking.runtime.file_bytes import read_file
from masking.runtime.paths import expand

MAX_PIXELS = 40_000_000
"""The most pixels of a picture; larger ones are refused before decoding (a 9 KiB file can hold 81 megapixels)."""
MAX_WEBP_PIXELS = 20_000_000
"""The most pixels of a WEBP picture, whose decoder holds every picture three times."""
FORMATS = ("PNG", "JPEG", "WEBP")
STORED_FORMATS = (*FORMATS, "BMP", "GIF", "PPM", "TIFF")
"""Formats in which data sets hold pictures."""
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How a picture is turned for each value of the EXIF orientation."""
_ORIENTATION = 0x0112
LONGEST = 100
"""The most that one side of a picture may be longer than the other; a view of it would be enlarged beyond memory."""

ImageInput = Tensor | Image.Image | NDArray[np.generic] | str | Path | bytes


def open_picture(
    source: Image.Image | NDArray[np.generic] | str | Path | bytes,
    name: str = "",
    formats: tuple[str, ...] = FORMATS,
    most_pixels: int = MAX_PIXELS,
) -> Image.Image:
    """Decode a picture to 8-bit RGB: EXIF orientation applied, first frame, transparency on white, no metadata.

    Greys of 16 bits and floats are scaled to 8 bits, and CMYK is converted. Colour profiles are ignored.

    Args:
        source: a PIL image, an array (h, w) or (h, w, channels), a path, or the bytes of a PNG, JPEG or WEBP file.
        name: how errors call it; default its path.
        formats: the formats that are accepted.
        most_pixels: larger pictures are refused before they are decoded.

    Raises:
        ValueError: not a picture of these formats, truncated, larger than `most_pixels`, built of more parts than
            programs write, one side more than LONGEST times as long as the other, or of an unknown range of values;
            one sentence.
    """
    name = name or _name_of(source)
    picture = to_rgb(decode_picture(source, name, formats, most_pixels), name)
    if max(picture.size) > LONGEST * min(picture.size):
        raise ValueError(f"{name} is {picture.width}x{picture.height}; crop it nearer to a square")
    return picture


def decode_picture(
    source: Image.Image | NDArray[np.generic] | str | Path | bytes,
    name: str = "",
    formats: tuple[str, ...] = FORMATS,
    most_pixels: int = MAX_PIXELS,
    size: tuple[int, int] | None = None,
) -> Image.Image:
    """Decode a picture in its own colour mode: EXIF orientation applied, first frame; see `open_picture`.

    A picture of another `size` (h, w), if one is given, may come back as an empty one of its own size, not decoded.

    Raises:
        ValueError: see `open_picture`.
    """
    name = name or _name_of(source)
    if isinstance(source, Image.Image):
        return _upright(source.copy())
    if isinstance(source, np.ndarray):
        return picture_of_array(source, name)
    if not isinstance(source, str | Path | bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
        kind = type(source).__name__
        raise ValueError(f"a picture cannot be made of {kind}; give a path, bytes, a PIL image or an array")  # noqa: TRY004
    data = source if isinstance(source, bytes) else _read(source, name)
    check_structure(data, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # MAX_PIXELS replaces Pillow's own limit; damaged EXIF data is ignored
            with Image.open(io.BytesIO(data), formats=formats) as picture:
                width, height = picture.size
                if picture.format == "WEBP":
                    most_pixels = min(most_pixels, MAX_WEBP_PIXELS)
                if size is not None and {width, height} != {*size}:
                    return Image.new("1", picture.size)
                if width * height <= most_pixels:
                    _scale_clear_grey(picture)
                    picture.load()
                    return _upright(picture)
    except UnidentifiedImageError:
        *others, last = formats
        words = f"{', '.join(others)} or {last}" if others else last
        remedy = "one of these" if others else "one"
        raise ValueError(f"{name} is not a {words} picture; save it as {remedy}") from None
    except Image.DecompressionBombError:
        raise ValueError(f"{name} is far too large; make it smaller than {most_pixels / 1e6:.0f} megapixels") from None
    except MemoryError:
        raise ValueError(f"{name} needs more memory than there is; make it smaller") from None
    except Exception as error:  # Pillow raises any on files that are not as their format wants them
        if "MAX_TEXT" in str(error):
            raise ValueError(f"{name} holds too much text beside its pixels; save it without metadata") from None
        raise ValueError(f"{name} cannot be read to its end ({reason_of(error)}); save it again") from None
    raise ValueError(
        f"{name} has {width * height / 1e6:.0f} megapixels; make it smaller than {most_pixels / 1e6:.0f} megapixels"
    )


def _read(path: str | Path, name: str) -> bytes:
    """Return the bytes of a picture's file, or raise ValueError with one sentence."""
    file = expand(path)
    try:
        if file.is_dir():
            raise InputError(f"{name} is a folder; name a picture in it")
        if not file.exists():
            raise InputError(f"there is no file {name}; check the path")
        if not os.access(file, os.R_OK):
            raise InputError(f"{name} may not be read; change its permissions")
    except OSError as error:
        raise InputError(f"{name} cannot be read ({reason_of(error)}); check the path") from None
    return read_file(path, "")


def _name_of(source: object) -> str:
    return show_name(source) if isinstance(source, str | Path) else "the picture"


def _upright(picture: Image.Image) -> Image.Image:
    """Return a picture turned as its EXIF orientation says, without what says so."""
    picture.load()
    try:
        orientation = picture.getexif().get(_ORIENTATION)
    except Exception:  # damaged EXIF data says nothing
        orientation = None
    method = _UPRIGHT.get(orientation) if isinstance(orientation, int) else None
    if method is None:
        return picture
    turned = picture.transpose(method)
    for key in ("exif", "Raw profile type exif", "XML:com.adobe.xmp", "xmp"):
        turned.info.pop(key, None)
    return turned


def _scale_clear_grey(picture: Image.Image) -> None:
    """Scale the grey that a PNG of 2 or 4 bits calls transparent as Pillow scales its pixels: to 8 bits."""
    clear = picture.info.get("transparency")
    if isinstance(picture, ImageFile.ImageFile) and isinstance(clear, int) and picture.tile:
        picture.info["transparency"] = clear * {"L;2": 85, "L;4": 17}.get(str(picture.tile[0][3]), 1)


def to_image(picture: Image.Image) -> Tensor:
    """Turn a picture into an image: float32 (1, 3, h, w) in [0, 1]."""
    pixels = np.array(to_rgb(picture))
    return torch.from_numpy(pixels).permute(2, 0, 1).unsqueeze(0).float() / 255


def to_levels(pixels: Tensor) -> Tensor:
    """Return values in [0, 1] as the 256 levels of a picture file: uint8, of the same shape."""
    return (pixels.detach().clamp(0, 1) * 255).round().to(torch.uint8)


def round_to_levels(pixels: Tensor) -> Tensor:
    """Return values in [0, 1] rounded to the 256 levels of a picture file: float32 in [0, 1], of the same shape.

    Computed pixels differ in their last digits with the processor and its number of threads. If they are float64, the
    rounded ones do not differ.
    """
    return to_levels(pixels).float() / 255


def to_picture(image: Tensor) -> Image.Image:
    """Turn the first image of a batch (n, 3, h, w) into an 8-bit RGB picture."""
    pixels = to_levels(image[0]).cpu()
    return Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy())


def to_png(image: Tensor) -> bytes:
    """Encode the first image of a batch (n, 3, h, w) as a PNG file: fast, and therefore a little larger."""
    buffer = io.BytesIO()
    to_picture(image).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def centre_view(
    picture: Image.Image, resize: int, size: tuple[int, int], interpolation: str = "bilinear"
) -> Image.Image:
    """Return a classifier's view: the picture is resized until it covers a box, and the box is cropped at its centre.

    Nothing is ever padded. The crop has `size` (h, w); `resize` is the shorter side of what is covered, in the shape
    of the crop. For a square crop, the picture's shorter side is therefore resized to `resize`.
    """
    mode = tv.InterpolationMode(interpolation)
    covering = covering_size((picture.height, picture.width), resize, size)
    resized = tv.resize(picture, list(covering), interpolation=mode, antialias=True)  # pyright: ignore[reportArgumentType]
    return tv.center_crop(resized, list(size))  # pyright: ignore[reportArgumentType, reportReturnType]


def covering_size(picture_size: tuple[int, int], resize: int, size: tuple[int, int]) -> tuple[int, int]:
    """Return (h, w) to which a picture is resized so that it covers a crop; see `centre_view`."""
    height, width = picture_size
    margin = max(1.0, resize / min(size))
    covered_height, covered_width = (max(side, round(side * margin)) for side in size)
    if height * covered_width <= width * covered_height:
        return covered_height, max(covered_width, int(covered_height * width / height))
    return max(covered_height, int(covered_width * height / width)), covered_width


def view_extent(picture_size: tuple[int, int], resize: int, size: tuple[int, int]) -> tuple[float, float]:
    """Return the shares (0 … 1) of a picture's height and width that `centre_view` shows."""
    covering = covering_size(picture_size, resize, size)
    return size[0] / covering[0], size[1] / covering[1]


def check_image(image: Tensor) -> None:
    """Raise ValueError unless `image` is floating point (n, 3, h, w); its values are not checked."""
    if image.ndim != 4 or image.shape[1] != 3 or not image.is_floating_point():
        raise ValueError(
            f"the image is {image.dtype} of shape {tuple(image.shape)}; give floats of shape (n, 3, h, w) in [0, 1]"
        )


def digest(*tensors: Tensor) -> str:
    """Return the sha256 (hex) of the shapes, dtypes and bytes of tensors: equal digests mean equal contents."""
    state = hashlib.sha256()
    for tensor in tensors:
        array = tensor.detach().cpu().contiguous().numpy()
        state.update(f"{array.shape}{array.dtype}".encode())
        state.update(array.tobytes())
    return state.hexdigest()
