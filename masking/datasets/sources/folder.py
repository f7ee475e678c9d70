"""Pictures in folders named like their classes, with masks in a second folder if there are any.

Files may also be named `wnid_name.jpg`, as samples of ImageNet are.
"""

import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from torchvision.datasets.folder import IMG_EXTENSIONS

from masking.datasets.sources import SOURCES, ImageSource, LabelledPicture, Source, TrainingPart
from masking.datasets.sources.image_source import build_source
from masking.datasets.sources.labels import SourceLabels, wordnet_ids
from masking.datasets.sources.listing import Listing, file_line, ids_lines
from masking.datasets.sources.source import require_path
from masking.image import STORED_FORMATS, open_picture
from masking.masks.mask_file import read_object
from masking.models.categories import is_number
from masking.registry.params import param
from masking.runtime.door import show_name
from masking.runtime.file_bytes import read_file
from masking.runtime.paths import quote_name

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
SYSTEM_FOLDERS = {"__macosx", "@eadir", "$recycle.bin", "system volume information"}
"""Folders that systems leave beside pictures, in small letters; what lies in them is no picture of the set."""
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
        labels = [_class_of(path, folder, ids) for path in files]

        def item(index: int) -> LabelledPicture:
            return LabelledPicture(open_picture(files[index]), labels[index])

        def make_listing() -> Listing:
            return Listing((*(file_line(path, folder) for path in files), *ids_lines(ids)))

        facts = {"folder": str(folder), "files": len(files)}
        declared = SourceLabels(ids, _aliases(files), _numbers(labels))
        return build_source(len(files), item, facts, source_labels=declared, labels=labels, make_listing=make_listing)

    @classmethod
    def open_part(cls, part: TrainingPart) -> ImageSource:
        """See `Source`. Classes are the sub-folders in alphabetical order.

        Pictures follow class after class. Links to folders are followed and all formats that torchvision's
        `ImageFolder` takes are read, in its order.

        Raises:
            ValueError: there is no folder, or no picture in one of its sub-folders.
        """
        folder = require_folder(part.path)
        classes = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir() and not is_hidden(entry.name))
        of_class = [
            sorted(
                picture_files(folder / name, IMG_EXTENSIONS, follow_links=True),
                key=lambda path: (str(path.parent), path.name),
            )
            for name in classes
        ]
        if not classes or not all(of_class):
            raise ValueError(f"{show_name(folder)} needs one folder of pictures per class; sort them into folders")
        files = [path for files_of_class in of_class for path in files_of_class]
        labels = [label for label, files_of_class in enumerate(of_class) for _ in files_of_class]

        def item(index: int) -> LabelledPicture:
            return LabelledPicture(open_picture(files[index], formats=STORED_FORMATS), classes[labels[index]])

        facts = {"folder": str(folder), "files": len(files)}
        return build_source(len(files), item, facts, categories=classes, class_indices=labels)


def open_with_masks(images: str | Path, masks: str | Path) -> ImageSource:
    """Open pictures from one folder, each with a PNG mask of the same stem and size in another.

    `masking.masks.mask_file.read_object` says where a mask has the object: where it is opaque, white or above 0.
    Pictures may lie in sub-folders named like their classes, or their names may begin with a WordNet id. Masks lie in
    such sub-folders, too, or side by side.

    Raises:
        ValueError: no pictures, or a picture without a mask; when a picture is read, sizes that differ.
    """
    images, masks = require_folder(images), require_folder(masks, "folder of masks")
    pairs = [(path, _mask_of(path, images, masks)) for path in require_pictures(images)]

    def item(index: int) -> LabelledPicture:
        path, mask = pairs[index]
        picture, object_mask = open_picture(path), read_object(read_file(mask, "mask"), f"the mask {show_name(mask)}")
        if object_mask.shape != (picture.height, picture.width):
            sizes = "{}x{} but {} is {}x{}".format(*object_mask.shape, show_name(path), picture.height, picture.width)
            raise ValueError(f"the mask {show_name(mask)} is {sizes} (height x width); save it at that size")
        return LabelledPicture(picture, labels[index], object_mask)

    def make_listing() -> Listing:
        lines = (file_line(path, folder) for pair in pairs for path, folder in zip(pair, (images, masks), strict=True))
        return Listing((*lines, *ids_lines(ids)))

    ids = wordnet_ids(images)
    labels = [_class_of(path, images, ids) for path, _ in pairs]
    return build_source(
        len(pairs),
        item,
        {"photographs": str(images)},
        has_objects=True,
        source_labels=SourceLabels(ids, _aliases([path for path, _ in pairs]), _numbers(labels)),
        labels=labels,
        names=[str(path.relative_to(images)) for path, _ in pairs],
        make_listing=make_listing,
    )


def require_folder(path: str | Path, what: str = "folder") -> Path:
    """Return a folder with `~` expanded. Raises ValueError with one sentence where there is none."""
    folder = require_path(path, what)
    if not folder.is_dir():
        raise ValueError(f"the {what} {quote_name(path)} is a file; give the folder that holds it")
    return folder


def picture_files(folder: Path, suffixes: Collection[str] = SUFFIXES, *, follow_links: bool = False) -> list[Path]:
    """Return the pictures below a folder by the endings of their names, in any case, sorted by their paths.

    Hidden files and folders, those that systems leave behind, and links to nothing are no pictures.

    Args:
        folder: the folder; its own name does not matter.
        suffixes: endings in small letters, with the dot.
        follow_links: whether linked folders are searched, too.
    """
    paths: list[Path] = []
    for parent, folders, names in os.walk(folder, followlinks=follow_links):
        folders[:] = [name for name in folders if not is_hidden(name)]
        candidates = (Path(parent, name) for name in names if not is_hidden(name))
        paths += [path for path in candidates if path.suffix.lower() in suffixes and path.is_file()]
    return sorted(paths, key=lambda path: path.relative_to(folder).parts)


def is_hidden(name: str) -> bool:
    """Return whether a file or folder is hidden, such as `._a.jpg`, or left by a system, such as `__MACOSX`."""
    return name.startswith(".") or name.lower() in SYSTEM_FOLDERS


def require_pictures(folder: Path) -> list[Path]:
    """Return the pictures below a folder, sorted. Raises ValueError with one sentence where there are none."""
    files = picture_files(folder)
    if not files:
        raise ValueError(f"there are no pictures below {show_name(folder)}; give a folder of PNG, JPEG or WEBP files")
    return files


def _class_of(path: Path, folder: Path, ids: tuple[str, ...]) -> str | None:
    if match := _WNID.fullmatch(path.stem):
        return match[1] if ids or is_number(match[2]) else match[2]
    return _folder_name(path, folder)


def _aliases(files: list[Path]) -> dict[str, tuple[str, ...]]:
    """Return the name of each WordNet id in files such as `n01440764_tench.jpg`, and the id of each name."""
    pairs = {match.groups() for path in files if (match := _WNID.fullmatch(path.stem)) and not is_number(match[2])}
    names: dict[str, set[str]] = {}
    for wordnet_id, name in pairs:
        names.setdefault(wordnet_id, set()).add(name)
        names.setdefault(name, set()).add(wordnet_id)
    return {name: tuple(others) for name, others in names.items() if len(others) == 1}


def _numbers(labels: list[str | None]) -> set[str]:
    """Return the labels of folders that are all called by numbers; none if any has another name."""
    names = {label for label in labels if label is not None}
    return names if all(map(is_number, names)) else set()


def _folder_name(path: Path, folder: Path) -> str | None:
    return path.parent.name if path.parent != folder else None


def _mask_of(path: Path, images: Path, masks: Path) -> Path:
    candidates = masks / path.relative_to(images).with_suffix(".png"), masks / f"{path.stem}.png"
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise ValueError(f"{show_name(path)} has no mask; save one as {show_name(candidates[0])}")
