"""Pictures with labels, from files: one file here is one kind of source that a training can name."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from masking.image import centre_view
from masking.registry import Registry


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures with labels: images uint8 (n, 3, size, size), labels int64 (n,), categories in index order."""

    images: Tensor
    labels: Tensor
    categories: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def floats(self, chosen: Tensor | slice) -> Tensor:
        """Some of the images, float32 in [0, 1]."""
        return self.images[chosen].float() / 255


@dataclass(frozen=True)
class Part:
    """Which pictures of a source are wanted.

    place: its file or folder. training: those to learn from, not those to be tested on. size: pixels of a side.
    download: fetch what is not there; never done unasked.
    """

    place: Path
    training: bool
    size: int
    download: bool = False


LABELLED: Registry[Callable[[Part], Pictures]] = Registry("source of pictures", "masking.datasets.labelled")
"""Readers by the name that a configuration calls them by; each raises ValueError with one sentence."""


def square(picture: Image.Image, size: int) -> np.ndarray:
    """A picture's middle as uint8 (3, size, size): resized by its shorter side, unless it has that size already."""
    view = picture.convert("RGB")
    if view.size != (size, size):
        view = centre_view(view, size, (size, size))
    return np.asarray(view).transpose(2, 0, 1)


def pictures(images: list[np.ndarray], labels: list[int], categories: list[str], place: Path) -> Pictures:
    """What a reader found; ValueError if that is nothing, or a label has no name."""
    if not images:
        raise ValueError(f"{place} holds no pictures; check the path")
    if not 0 <= min(labels) <= max(labels) < len(categories):
        raise ValueError(f"{place} has labels up to {max(labels)} but {len(categories)} class names; mend the file")
    return Pictures(torch.from_numpy(np.stack(images)), torch.tensor(labels), tuple(categories))
