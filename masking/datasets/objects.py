"""Scenes whose object is known to the pixel, from wherever: rendered, a folder of pictures and masks, torchvision.

Whoever offers `len()`, `read`, `right_answer` and `facts` can be measured by `masking.leakage`.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
import torchvision
from numpy.typing import NDArray
from PIL import Image
from torch.nn import functional as F

from masking.datasets.silhouettes.render import Scenes, render
from masking.datasets.silhouettes.worlds import World
from masking.datasets.sources.labels import UNKNOWN
from masking.image import open_picture
from masking.masks.mask import Mask
from masking.models.classifier import Classifier

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
RENDERED_SIDES = (48, 256)


class Objects(Protocol):
    """Scenes with known objects, read piece by piece."""

    def __len__(self) -> int: ...

    def read(self, classifier: Classifier, start: int, stop: int) -> Scenes:
        """Scenes start … stop−1 in the classifier's frame, labels as indices of its categories or `UNKNOWN`."""
        ...

    @property
    def right_answer(self) -> float | None:
        """Accuracy of the best classifier that sees everything but the object, 0 … 1; None where nobody knows."""
        ...

    @property
    def facts(self) -> Mapping[str, Any]:
        """Where they come from, for manifests."""
        ...


@dataclass(frozen=True)
class Rendered:
    """Scenes of a rendered world, one per seed from `first`."""

    world: World
    count: int
    first: int = 0

    def __post_init__(self):
        if self.count < 1 or self.first < 0:
            raise ValueError(f"{self.count} scenes from seed {self.first}: ask for 1 or more, from seed 0 or later")

    def __len__(self) -> int:
        return self.count

    def read(self, classifier: Classifier, start: int, stop: int) -> Scenes:
        """See `Objects`. Rendered at the classifier's own size where that is possible, else resized to it."""
        low, high = RENDERED_SIDES
        side = min(max(*classifier.input_size, low), high)
        scenes = render(replace(self.world, size=side), range(self.first + start, self.first + min(stop, self.count)))
        known = {name: index for index, name in enumerate(classifier.categories)}
        labels = torch.tensor([known.get(name, UNKNOWN) for name in self.world.classes])[scenes.labels]
        if (side, side) == classifier.input_size:
            return Scenes(scenes.images, scenes.objects, labels)
        images = F.interpolate(scenes.images, classifier.input_size, mode="bilinear", antialias=True)
        objects = F.interpolate(scenes.objects.float(), classifier.input_size, mode="bilinear", antialias=True) > 1e-4
        return Scenes(images.clamp(0, 1), objects, labels)

    @property
    def right_answer(self) -> float | None:
        """What the background alone can tell."""
        return self.world.expected_accuracy("background")

    @property
    def facts(self) -> Mapping[str, Any]:
        """World and seeds."""
        return {"world": asdict(self.world), "first_seed": self.first, "scenes": self.count}


Photograph = tuple[Image.Image, NDArray[np.bool_], str | None]
"""A picture, its object (h, w), and the name of its class if that is known."""


@dataclass(frozen=True, eq=False)
class Photographs:
    """Pictures with object masks; each is opened when it is needed."""

    open: Callable[[int], Photograph]
    count: int
    source: str

    def __len__(self) -> int:
        return self.count

    def read(self, classifier: Classifier, start: int, stop: int) -> Scenes:
        """See `Objects`. A pixel of the frame belongs to the object if anything of the object was mixed into it."""
        known = {name.lower(): index for index, name in enumerate(classifier.categories)}
        images, objects, labels = [], [], []
        for picture, outline, name in map(self.open, range(start, min(stop, self.count))):
            images.append(classifier.prepare(picture).cpu())
            cutout = Mask(~torch.from_numpy(outline)[None, None]).to_png()
            objects.append(~classifier.prepare_mask(cutout, outline.shape).keep)
            labels.append(known.get(name.replace("_", " ").lower(), UNKNOWN) if name else UNKNOWN)
        return Scenes(torch.cat(images), torch.cat(objects), torch.tensor(labels))

    @property
    def right_answer(self) -> float | None:
        """Nobody knows what the background of a photograph tells."""
        return None

    @property
    def facts(self) -> Mapping[str, Any]:
        """Which pictures."""
        return {"photographs": self.source, "scenes": self.count}


def folder(images: str | Path, masks: str | Path) -> Photographs:
    """Pictures from a folder, each with a PNG mask of the same stem and size in another; object = above 0.

    Pictures may lie in sub-folders named like the classifier's categories; masks then too, or all side by side.

    Raises:
        ValueError: no pictures, or a picture without a mask; when opened, sizes that differ.
    """
    images, masks = Path(images).expanduser(), Path(masks).expanduser()
    found = sorted(path for path in images.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not found:
        raise ValueError(f"there are no pictures below {images}; give a folder of PNG, JPEG or WEBP files")
    pairs = [(path, _mask_of(path, images, masks)) for path in found]
    random.Random(0).shuffle(pairs)  # noqa: S311  whoever measures the first few meets all classes

    def read(index: int) -> Photograph:
        path, mask = pairs[index]
        picture, outline = open_picture(path), _above_zero(mask)
        if outline.shape != (picture.height, picture.width):
            sizes = "{}x{} but {} is {}x{}".format(*outline.shape, path, picture.height, picture.width)
            raise ValueError(f"the mask {mask} is {sizes} (height x width); save it at that size")
        return picture, outline, path.parent.name if path.parent != images else None

    return Photographs(read, len(pairs), str(images))


def _mask_of(path: Path, images: Path, masks: Path) -> Path:
    places = masks / path.relative_to(images).with_suffix(".png"), masks / f"{path.stem}.png"
    for place in places:
        if place.is_file():
            return place
    raise ValueError(f"{path} has no mask; save one as {places[0]}")


def _above_zero(path: Path) -> NDArray[np.bool_]:
    """Labels of a palette as they are: 0 is black in no palette that counts."""
    try:
        with Image.open(path, formats=("PNG",)) as picture:
            values = np.asarray(picture if picture.mode in {"1", "L", "P"} else picture.convert("L"))
    except (OSError, SyntaxError):
        raise ValueError(f"the mask {path} cannot be read; save it as a PNG of 8 bits") from None
    return values > 0


TORCHVISION: Mapping[str, tuple[Callable[..., Any], Mapping[str, Any], Callable[[Any], Photograph]]] = {
    "oxford-pets": (
        torchvision.datasets.OxfordIIITPet,
        {"split": "test", "target_types": ("segmentation",)},
        lambda item: (item[0], np.asarray(item[1]) != 2, None),  # 1 = pet, 2 = background, 3 = rim
    ),
    "voc": (
        torchvision.datasets.VOCSegmentation,
        {"image_set": "val"},
        lambda item: (item[0], np.asarray(item[1]) > 0, None),
    ),
}
"""torchvision's sets with object masks: how to open one, with which options, and how to read an item of it.

Their classes are none of ImageNet's, so the classifier's own answer to the whole picture stands for the truth.
"""


def from_torchvision(name: str, root: str | Path) -> Photographs:
    """A set of `TORCHVISION` that has been downloaded below `root`; nothing is fetched.

    Raises:
        ValueError: no such set, or it is not there.
    """
    if name not in TORCHVISION:
        raise ValueError(f"there is no set {name!r}; known are {', '.join(TORCHVISION)}")
    make, options, read = TORCHVISION[name]
    try:
        items: Sequence[Any] = make(str(root), download=False, **options)
    except (RuntimeError, OSError):
        raise ValueError(f"{name} is not below {root}; download it there with torchvision.datasets") from None
    return Photographs(lambda index: read(items[index]), len(items), name)
