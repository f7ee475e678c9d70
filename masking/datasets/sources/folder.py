"""Pictures in folders named like their classes, with masks in a second folder if there are any.

Files may also be named `wnid_name.jpg`, as samples of ImageNet are.
"""

import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torchvision.datasets.folder import IMG_EXTENSIONS

from masking.datasets.sources import SOURCES, ImageSource, LabelledPicture, Source, TrainingPart
from masking.datasets.sources.image_source import build_source, decode_picture
from masking.datasets.sources.labels import wordnet_ids
from masking.datasets.sources.source import require_path
from masking.image import open_picture
from masking.registry.params import param

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
_WNID = re.compile(r"(n\d{8})_(.+)")


@SOURCES.register("folder")
@dataclass(frozen=True)
class Folder(Source):
    """The class of a picture is its WordNet id if its name begins with one, else its folder's name."""

    path: str = param("", "the folder")

    title = "Folder"
    meaning = "Pictures in sub-folders named like their classes, or files named wnid_name.jpg."

    def open(self) -> ImageSource:
        """See `Source`."""
        folder = require_folder(self.path)
        files = require_pictures(folder)
        ids = wordnet_ids(folder)

        def item(index: int) -> LabelledPicture:
            return LabelledPicture(open_picture(files[index]), _class_of(files[index], folder, ids))

        return build_source(len(files), item, {"folder": str(folder), "files": len(files)}, wordnet_ids=ids)

    @classmethod
    def open_part(cls, part: TrainingPart) -> ImageSource:
        """See `Source`. Classes are the sub-folders in alphabetical order; pixels are taken as stored.

        Pictures follow class after class. Links to folders are followed and all formats that torchvision's
        `ImageFolder` takes are read, in its order.

        Raises:
            ValueError: there is no folder, or no picture in one of its sub-folders.
        """
        folder = require_folder(part.path)
        classes = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())
        of_class = [
            sorted(
                picture_files(folder / name, IMG_EXTENSIONS, follow_links=True),
                key=lambda path: (str(path.parent), path.name),
            )
            for name in classes
        ]
        if not classes or not all(of_class):
            raise ValueError(f"{folder} needs one folder of pictures per class; sort them into folders")
        files = [path for files_of_class in of_class for path in files_of_class]
        labels = [label for label, files_of_class in enumerate(of_class) for _ in files_of_class]

        def item(index: int) -> LabelledPicture:
            picture = decode_picture(_read_file(files[index]), str(files[index]))
            return LabelledPicture(picture, classes[labels[index]])

        facts = {"folder": str(folder), "files": len(files)}
        return build_source(len(files), item, facts, categories=classes, labels=labels)


def open_with_masks(images: str | Path, masks: str | Path) -> ImageSource:
    """Open pictures from one folder, each with a PNG mask of the same stem and size in another; object = above 0.

    Pictures may lie in sub-folders named like their classes. Masks lie in such sub-folders, too, or side by side.

    Raises:
        ValueError: no pictures, or a picture without a mask; when a picture is read, sizes that differ.
    """
    images, masks = require_folder(images), require_folder(masks, "folder of masks")
    pairs = [(path, _mask_of(path, images, masks)) for path in require_pictures(images)]

    def item(index: int) -> LabelledPicture:
        path, mask = pairs[index]
        picture, object_mask = open_picture(path), _above_zero(mask)
        if object_mask.shape != (picture.height, picture.width):
            sizes = "{}x{} but {} is {}x{}".format(*object_mask.shape, path, picture.height, picture.width)
            raise ValueError(f"the mask {mask} is {sizes} (height x width); save it at that size")
        return LabelledPicture(picture, _folder_name(path, images), object_mask)

    return build_source(len(pairs), item, {"photographs": str(images)}, has_objects=True)


def require_folder(path: str | Path, what: str = "folder") -> Path:
    """Return a folder with `~` expanded. Raises ValueError with one sentence where there is none."""
    folder = require_path(path, what)
    if not folder.is_dir():
        raise ValueError(f"the {what} {str(path)!r} is a file; give the folder that holds it")
    return folder


def picture_files(folder: Path, suffixes: Collection[str] = SUFFIXES, *, follow_links: bool = False) -> list[Path]:
    """Return the files below a folder that end like pictures, sorted; `follow_links`: into linked folders, too."""
    walk = os.walk(folder, followlinks=follow_links)
    paths = (Path(parent, name) for parent, _, names in walk for name in names)
    return sorted(path for path in paths if path.suffix.lower() in suffixes)


def require_pictures(folder: Path) -> list[Path]:
    """Return the pictures below a folder, sorted. Raises ValueError with one sentence where there are none."""
    files = picture_files(folder)
    if not files:
        raise ValueError(f"there are no pictures below {folder}; give a folder of PNG, JPEG or WEBP files")
    return files


def _class_of(path: Path, folder: Path, ids: tuple[str, ...]) -> str | None:
    if match := _WNID.fullmatch(path.stem):
        return match[1] if ids else match[2]
    return _folder_name(path, folder)


def _folder_name(path: Path, folder: Path) -> str | None:
    return path.parent.name if path.parent != folder else None


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror or error}); check the file") from None


def _mask_of(path: Path, images: Path, masks: Path) -> Path:
    candidates = masks / path.relative_to(images).with_suffix(".png"), masks / f"{path.stem}.png"
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise ValueError(f"{path} has no mask; save one as {candidates[0]}")


def _above_zero(path: Path) -> NDArray[np.bool_]:
    """Return where a mask is not 0, bool (h, w). Indices of a palette count, its colours do not."""
    try:
        with Image.open(path, formats=("PNG",)) as picture:
            values = np.asarray(picture if picture.mode in {"1", "L", "P"} else picture.convert("L"))
    except (OSError, SyntaxError):
        raise ValueError(f"the mask {path} cannot be read; save it as a PNG of 8 bits") from None
    return values > 0
