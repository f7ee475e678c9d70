"""CIFAR-10 and CIFAR-100 (Krizhevsky 2009): 60,000 pictures of 32 x 32 pixels, through torchvision."""

from dataclasses import dataclass, replace
from typing import ClassVar

from masking.datasets.sources import SOURCES, ImageSource, Source, TrainingPart
from masking.datasets.sources.labels import check_labels
from masking.datasets.sources.torchvision_set import SETS, open_set, source_of_set
from masking.registry.params import param


@dataclass(frozen=True)
class _Cifar(Source):
    root: str = param("data", "the folder that holds it, as torchvision wants it")
    download: bool = param(False, "fetch it first if it is not there", choices=(False, True))

    name: ClassVar[str]

    def open(self) -> ImageSource:
        """See `Source`. These are the test pictures."""
        return open_set(self.name, self.root, download=self.download)

    @classmethod
    def open_part(cls, part: TrainingPart) -> ImageSource:
        """See `Source`. `part.path` is the folder that torchvision wants."""
        data = replace(SETS[cls.name], options={"train": part.train})
        remedy = "put it there, or write download = true under [data]"
        items = data.open(part.path, download=part.download, remedy=remedy)
        check_labels(items.targets, items.classes, part.path)
        return source_of_set(items, {"set": cls.name, "files": len(items)}, data, items.targets)


@SOURCES.register("cifar10")
@dataclass(frozen=True)
class Cifar10(_Cifar):
    """Ten classes."""

    name = "cifar10"
    title = "CIFAR-10"
    meaning = "The test pictures of CIFAR-10: ten classes, 32 x 32 pixels."


@SOURCES.register("cifar100")
@dataclass(frozen=True)
class Cifar100(_Cifar):
    """A hundred classes."""

    name = "cifar100"
    title = "CIFAR-100"
    meaning = "The test pictures of CIFAR-100: a hundred classes, 32 x 32 pixels."
