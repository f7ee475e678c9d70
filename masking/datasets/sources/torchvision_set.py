"""Data sets that torchvision knows: read where they lie, or fetched first if that is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torchvision

from masking.datasets.sources import SOURCES, Pictures, Source
from masking.datasets.sources.source import Item, opened
from masking.registry.params import param

_Kind = tuple[Callable[..., Any], Mapping[str, Any]]
_SETS: Mapping[str, _Kind] = {
    "cifar10": (torchvision.datasets.CIFAR10, {"train": False}),
    "cifar100": (torchvision.datasets.CIFAR100, {"train": False}),
    "imagenette": (torchvision.datasets.Imagenette, {"split": "val", "size": "320px"}),
    "imagenet": (torchvision.datasets.ImageNet, {"split": "val"}),
    "oxford-pets": (
        torchvision.datasets.OxfordIIITPet,
        {"split": "test", "target_types": ("category", "segmentation")},
    ),
}
"""How to open each, in its part for judging."""
_NEVER_FETCHED = {"imagenet"}


@SOURCES.register("torchvision")
@dataclass(frozen=True)
class TorchvisionSet(Source):
    """The part of a set that is meant for judging; Oxford's pets bring their outlines."""

    name: str = param("cifar10", "which set", choices=tuple(_SETS))
    root: str = param("data", "the folder that holds it, as torchvision wants it")
    download: bool = param(False, "fetch it first if it is not there", choices=(False, True))

    title = "Torchvision"
    meaning = "CIFAR, Imagenette, ImageNet's validation part, or Oxford's pets with their outlines."

    def open(self) -> Pictures:
        """See `Source`."""
        make, options = _SETS[self.name]
        fetch = {} if self.name in _NEVER_FETCHED else {"download": self._fetch(make, options)}
        try:
            items = make(self.root, **fetch, **options)
        except (RuntimeError, OSError):
            raise ValueError(
                f"{self.name} is not below {self.root!r}; "
                + ("get it from image-net.org" if self.name in _NEVER_FETCHED else "say download=yes to fetch it")
            ) from None
        pets = self.name == "oxford-pets"
        classes: list[Any] = list(items.classes)

        def item(index: int) -> Item:
            picture, target = items[index]
            label, outline = target if pets else (target, None)
            name: Any = classes[label]
            objects = None if outline is None else np.asarray(outline) != 2  # 1 = pet, 2 = background, 3 = rim
            return picture.convert("RGB"), name if isinstance(name, str) else name[0], objects

        return opened(len(items), item, {"set": self.name, "root": self.root, "files": len(items)}, objects=pets)

    def _fetch(self, make: Callable[..., Any], options: Mapping[str, Any]) -> bool:
        """Whether to fetch: only if that was asked for and it is not there, since some refuse to fetch twice."""
        if not self.download:
            return False
        try:
            make(self.root, download=False, **options)
        except (RuntimeError, OSError):
            return True
        return False
