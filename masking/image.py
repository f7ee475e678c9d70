"""Images: float32 (n, 3, h, w), RGB in [0, 1], never normalised; from files, bytes, PIL images, arrays or tensors."""

import hashlib
import io
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError
from torch import Tensor
from torchvision.transforms import functional as tv

from masking.colour_modes import picture_of_array, to_rgb

MAX_PIXELS = 40_000_000
"""The most pixels of a picture; larger ones are refused before decoding (a 9 KiB file can hold 81 megapixels)."""
FORMATS = ("PNG", "JPEG", "WEBP")
STORED_FORMATS = (*FORMATS, "BMP", "GIF", "PPM", "TIFF")
"""Formats in which data sets hold pictures."""
_DAMAGED = (OSError, SyntaxError, EOFError, ValueError, TypeError, LookupError, OverflowError, struct.error, zlib.error)
"""The errors that Pillow raises on files that are not as their format wants them."""
LONGEST = 100
"""The most that one side of a picture may be longer than the other; a view of it would be enlarged beyond memory."""

ImageInput = Tensor | Image.Image | NDArray[np.generic] | str | Path | bytes


def open_picture(
    source: Image.Image | NDArray[np.generic] | str | Path | bytes, name: str = "", formats: tuple[str, ...] = FORMATS
) -> Image.Image:
    """Decode a picture to 8-bit RGB: EXIF orientation applied, first frame, transparency on white, no metadata.

    Greys of 16 bits and floats are scaled to 8 bits, and CMYK is converted. Colour profiles are ignored.

    Args:
        source: a PIL image, an array (h, w) or (h, w, channels), a path, or the bytes of a PNG, JPEG or WEBP file.
        name: how errors call it; default its path.
        formats: the formats that are accepted.

    Raises:
        ValueError: not a picture of these formats, truncated, larger than MAX_PIXELS, one side more than LONGEST times
            as long as the other, or of an unknown range of values; one sentence.
    """
    name = name or _name_of(source)
    picture = to_rgb(decode_picture(source, name, formats), name)
    if max(picture.size) > LONGEST * min(picture.size):
        raise ValueError(f"{name} is {picture.width}x{picture.height}; crop it nearer to a square")
    return picture


def decode_picture(
    source: Image.Image | NDArray[np.generic] | str | Path | bytes, name: str = "", formats: tuple[str, ...] = FORMATS
) -> Image.Image:
    """Decode a picture in its own colour mode: EXIF orientation applied, first frame; see `open_picture`."""
    name = name or _name_of(source)
    if isinstance(source, Image.Image):
        return ImageOps.exif_transpose(source)
    if isinstance(source, np.ndarray):
        return picture_of_array(source, name)
    if not isinstance(source, str | Path | bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
        kind = type(source).__name__
        raise ValueError(f"a picture cannot be made of {kind}; give a path, bytes, a PIL image or an array")  # noqa: TRY004
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # MAX_PIXELS replaces Pillow's own limit; damaged EXIF data is ignored
            with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=formats) as picture:
                width, height = picture.size
                if width * height <= MAX_PIXELS:
                    _scale_clear_grey(picture)
                    picture.load()
                    return ImageOps.exif_transpose(picture)
    except FileNotFoundError:
        raise ValueError(f"there is no file {name}; check the path") from None
    except IsADirectoryError:
        raise ValueError(f"{name} is a folder; name a picture in it") from None
    except PermissionError:
        raise ValueError(f"{name} may not be read; change its permissions") from None
    except UnidentifiedImageError:
        *others, last = formats
        words = f"{', '.join(others)} or {last}" if others else last
        remedy = "one of these" if others else "one"
        raise ValueError(f"{name} is not a {words} picture; save it as {remedy}") from None
    except Image.DecompressionBombError:
        raise ValueError(f"{name} is far too large; make it smaller than {MAX_PIXELS / 1e6:.0f} megapixels") from None
    except _DAMAGED as error:
        if "MAX_TEXT" in str(error):
            raise ValueError(f"{name} holds too much text beside its pixels; save it without metadata") from None
        raise ValueError(f"{name} cannot be read to its end ({error}); save it again") from None
    raise ValueError(
        f"{name} has {width * height / 1e6:.0f} megapixels; make it smaller than {MAX_PIXELS / 1e6:.0f} megapixels"
    )


def _name_of(source: object) -> str:
    return str(source) if isinstance(source, str | Path) else "the picture"


def _scale_clear_grey(picture: Image.Image) -> None:
    """Scale the grey that a PNG of 2 or 4 bits calls transparent as Pillow scales its pixels: to 8 bits."""
    clear = picture.info.get("transparency")
    if isinstance(picture, ImageFile.ImageFile) and isinstance(clear, int) and picture.tile:
        picture.info["transparency"] = clear * {"L;2": 85, "L;4": 17}.get(str(picture.tile[0][3]), 1)


def to_image(picture: Image.Image) -> Tensor:
    """Turn a picture into an image: float32 (1, 3, h, w) in [0, 1]."""
    pixels = np.array(to_rgb(picture))
    return torch.from_numpy(pixels).permute(2, 0, 1).unsqueeze(0).float() / 255


def to_picture(image: Tensor) -> Image.Image:
    """Turn the first image of a batch (n, 3, h, w) into an 8-bit RGB picture."""
    pixels = (image[0].detach().cpu().clamp(0, 1) * 255).round().byte()
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
