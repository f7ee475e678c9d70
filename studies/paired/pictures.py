"""Pictures of a study with the classifier that knows their classes: rendered scenes, photographs, CIFAR-10."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from masking import Classifier, Mask, load_classifier
from masking.datasets.silhouettes.render import render
from masking.datasets.silhouettes.worlds import world_of
from masking.image import open_picture, to_image
from masking.models.cifar_resnet import cifar_resnet
from masking.models.network_digest import network_digest

SQUEEZENET = "squeezenet1_1"
SCENES_AT_ONCE = 256


class StudyPictures(NamedTuple):
    """Images (n, 3, h, w) in [0, 1] with their classes (n,), their names, and the objects bool (n, 1, h, w) if known.

    `facts` say where they come from, for the manifest. `right_answer` is the accuracy of the best classifier that
    sees everything but the object, if it is known.
    """

    classifier: Classifier
    images: Tensor
    labels: Tensor
    names: tuple[str, ...]
    facts: Mapping[str, Any]
    objects: Tensor | None = None
    right_answer: float | None = None

    def first(self, count: int) -> "StudyPictures":
        """Return the first pictures."""
        objects = None if self.objects is None else self.objects[:count]
        return self._replace(
            images=self.images[:count], labels=self.labels[:count], names=self.names[:count], objects=objects
        )

    def sample(self, count: int) -> list[int]:
        """Return the positions of pictures drawn at random (seed 0), in order of drawing; fewer come first."""
        return torch.randperm(len(self.images), generator=torch.Generator().manual_seed(0))[:count].tolist()


def scenes(name: str, count: int, first: int = 0) -> StudyPictures:
    """Render scenes of the world that a bundled classifier was trained on."""
    world = world_of(name)
    spans = range(first, first + count, SCENES_AT_ONCE)
    parts = [render(world, range(start, min(start + SCENES_AT_ONCE, first + count))) for start in spans]
    images, objects, labels = (
        torch.cat([getattr(part, field) for part in parts]) for field in ("images", "objects", "labels")
    )
    names = tuple(map(str, range(first, first + count)))
    facts = {"pictures": "rendered scenes of its own world", "first": first}
    right = world.expected_accuracy("background")
    return StudyPictures(load_classifier(name, device="cpu"), images, labels, names, facts, objects, right)


def photographs(data: Path, name: str, count: int) -> StudyPictures:
    """Read the first photographs of `DATA/imagenet_samples` by name, as `studies.photographs` does."""
    own = (data / "weights/squeezenet1_1.pth", data / "imagenet_classes.txt") if name == SQUEEZENET else ()
    classifier = load_classifier(name, *own, device="cpu")
    wnids = (data / "imagenet_wnids.txt").read_text().split()
    files = sorted((data / "imagenet_samples").glob("*.jpg"))
    selected = files[:count]
    return StudyPictures(
        classifier,
        torch.cat([classifier.prepare(file) for file in selected]),
        torch.tensor([wnids.index(file.name.split("_")[0]) for file in selected]),
        tuple(file.name for file in selected),
        {"pictures": "imagenet_samples", "order": "by name"},
    )


def cifar(data: Path, count: int) -> StudyPictures:
    """Read test pictures of CIFAR-10 in random order (seed 0), with the ResNet-20 of `DATA/weights`."""
    network = cifar_resnet()
    network.load_state_dict(torch.load(data / "weights/resnet20_cifar10.pth", weights_only=True))
    archive = np.load(data / "cifar10_test_jpeg.npz")
    selected = np.random.default_rng(0).permutation(len(archive["labels"]))[:count]
    spans = [slice(archive["offsets"][i], archive["offsets"][i + 1]) for i in selected]
    classes = tuple(archive["classes"].tolist())
    return StudyPictures(
        Classifier("resnet20", network, classes, input_size=(32, 32), weights_digest=network_digest(network)),
        torch.cat([to_image(open_picture(archive["data"][span].tobytes())) for span in spans]),
        torch.from_numpy(archive["labels"][selected].astype(np.int64)),
        tuple(map(str, selected)),
        {"pictures": "cifar10_test_jpeg.npz", "order": "random, seed 0"},
    )


def imagenette(data: Path, name: str, part: str, per_class: int) -> StudyPictures:
    """Read so many pictures of each of ten ImageNet classes, from `part` "train" or "val", at random (seed 0)."""
    classifier = load_classifier(name, device="cpu")
    wnids = (data / "imagenet_wnids.txt").read_text().split()
    archive = np.load(data / f"imagenette128_{part}_jpeg.npz")
    labels, offsets = archive["labels"], archive["offsets"]
    order = np.random.default_rng(0).permutation(len(labels))
    selected = np.concatenate([order[labels[order] == label][:per_class] for label in range(len(archive["wnids"]))])
    files = [archive["data"][offsets[i] : offsets[i + 1]].tobytes() for i in selected]
    return StudyPictures(
        classifier,
        torch.cat([classifier.prepare(open_picture(file)) for file in files]),
        torch.tensor([wnids.index(str(archive["wnids"][labels[i]])) for i in selected]),
        tuple(f"{part} {i}" for i in selected),
        {"pictures": f"imagenette128_{part}_jpeg.npz", "order": "random in each class, seed 0"},
    )


def patch_masks(pictures: StudyPictures, share: float, patch: int) -> Mask:
    """Return one mask of random patches per picture; its seed is the position of the picture."""
    side = pictures.images.shape[-1]
    return Mask(torch.cat([Mask.random_patches(side, share, patch, seed=i).keep for i in range(len(pictures.images))]))
