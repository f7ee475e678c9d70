"""The base of every kind of source: settings that open to an `ImageSource`."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from masking.datasets.sources.image_source import ImageSource
from masking.registry.params import check_params
from masking.runtime.paths import expand, quote_name


@dataclass(frozen=True)
class TrainingPart:
    """The pictures that a training uses.

    Attributes:
        path: file or folder.
        train: the pictures to learn from; False: those to test on. A file or folder of its own needs no such choice.
        download: fetch what is missing.
    """

    path: Path
    train: bool = True
    download: bool = False


class Source:
    """A kind of source; subclasses are frozen dataclasses of `param` fields."""

    title: ClassVar[str]
    meaning: ClassVar[str]

    def __post_init__(self):
        check_params(self)

    def open(self) -> ImageSource:
        """Check that the source is there and open it; pictures are decoded later.

        Raises:
            ValueError: it cannot be used; one sentence.
        """
        raise NotImplementedError

    @classmethod
    def open_part(cls, part: TrainingPart) -> ImageSource:
        """Open pictures for a training: every picture has a class, and `categories` lists the classes.

        Raises:
            ValueError: the part cannot be used, or this kind of source has no classes of its own; one sentence.
        """
        raise ValueError(
            f"{cls.title} has no classes to learn at {part.path}; choose folder, jpeg_archive, cifar10 or cifar100"
        )


def require_path(path: str | Path, what: str) -> Path:
    """Return a path with `~` expanded. Raises ValueError with one sentence where nothing is there."""
    expanded = expand(path)
    if not str(path) or not expanded.exists():
        raise ValueError(f"the {what} {quote_name(str(path))} does not exist; give its path")
    return expanded
