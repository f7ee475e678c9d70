"""Stored pictures, decoded once and kept in memory."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from masking.datasets.sources import SOURCES, TrainingPart
from masking.image import centre_view


@dataclass(frozen=True, eq=False)
class TrainingPictures:
    """Pictures with labels: images uint8 (n, 3, size, size), labels int64 (n,), categories in index order."""

    images: Tensor
    labels: Tensor
    categories: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def floats(self, indices: Tensor | slice) -> Tensor:
        """Return some of the images, float32 in [0, 1]."""
        return self.images[indices].float() / 255


def read_training_pictures(
    source: str, path: str | Path, *, train: bool, size: int, download: bool = False
) -> TrainingPictures:
    """Read the pictures that a training learns from, or is tested on.

    Args:
        source: a name in `SOURCES` whose kind has classes, such as "jpeg_archive" or "cifar10".
        path: file or folder.
        train: the part to learn from; False: the part to test on.
        size: side of a picture in pixels.
        download: fetch what is missing.

    Raises:
        KeyError: there is no such source.
        ValueError: the pictures cannot be used; one sentence.
    """
    image_source = SOURCES[source].open_part(TrainingPart(Path(path), train, download))
    images = [crop_square(image_source.item(index).picture, size) for index in range(len(image_source.class_indices))]
    return TrainingPictures(
        torch.from_numpy(np.stack(images)), torch.tensor(image_source.class_indices), image_source.categories
    )


def crop_square(picture: Image.Image, size: int) -> NDArray[np.uint8]:
    """Return a picture's middle as uint8 (3, size, size): shorter side resized, unless it has that size already."""
    view = picture.convert("RGB")
    if view.size != (size, size):
        view = centre_view(view, size, (size, size))
    return np.asarray(view).transpose(2, 0, 1)
