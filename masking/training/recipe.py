"""The configuration file of a training: network, data, schedule and augmentation."""

import dataclasses
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from torch import nn

from masking.datasets.silhouettes.worlds import World
from masking.models import ARCHITECTURES
from masking.models.classifier import IMAGENET_MEAN, IMAGENET_STD
from masking.models.small_vit import SmallViT
from masking.registry.params import check_params, param
from masking.runtime.door import InputError, reason_of, show_name
from masking.runtime.file_bytes import MOST_TEXT, read_file
from masking.runtime.paths import expand, quote_name
from masking.runtime.text_files import check_numbers, parse_table, parse_toml
from masking.training.augmentation import Augmentation
from masking.training.localisation_loss import LocalisationLoss
from masking.training.pictures import TrainingPictures, read_training_pictures
from masking.training.tables import from_table


@dataclass(frozen=True)
class Schedule(Augmentation):
    """The schedule of a training; the `[training]` table of a configuration.

    `decay_at` lists shares of the training, 0 … 1, at which the learning rate drops. Without any, it follows a cosine.
    """

    steps: int = param(1500, "gradient steps", low=1, high=10**7)
    epochs: float = param(0.0, "passes through stored pictures; 0: `steps` gives the length", low=0, high=10**5)
    batch: int = param(128, "pictures per step", low=2, high=4096)
    optimizer: str = param("sgd", "stochastic gradient descent or AdamW", choices=("sgd", "adamw"))
    learning_rate: float = param(0.2, "largest learning rate", low=0, high=10)
    momentum: float = param(0.9, "momentum of stochastic gradient descent", low=0, high=1)
    nesterov: bool = param(True, "Nesterov momentum")
    weight_decay: float = param(5e-4, "weight decay of all weights", low=0, high=1)
    warmup: float = param(0.1, "share of the steps in which the learning rate rises", low=0, high=1)
    decay_at: tuple[float, ...] = ()
    decay: float = param(0.1, "factor of the learning rate at `decay_at`", low=0, high=1)
    gradient_clip: float = param(0.0, "largest norm of a gradient; 0: any", low=0, high=10**6)
    label_smoothing: float = param(0.05, "share of the target spread over all classes", low=0, high=1)
    object_hint: float = param(
        0.0, "weight of the localisation loss: each token predicts the object in its patch", low=0, high=100
    )
    precision: str = param(
        "float32", "precision of the arithmetic; weights are float32", choices=("float32", "bfloat16")
    )
    checkpoint_every: int = param(100, "steps between checkpoints", low=1, high=10**7)

    def __post_init__(self):
        super().__post_init__()
        if not all(0 < share < 1 for share in self.decay_at):
            raise ValueError(f"decay_at is {list(self.decay_at)}; give shares of the training between 0 and 1")

    def with_steps(self, batches: int | None) -> "Schedule":
        """Return the schedule with `steps` computed from `epochs`.

        Args:
            batches: batches per pass through the data; None if the data has no end.

        Raises:
            ValueError: `epochs` is set for data without end.
        """
        if not self.epochs:
            return self
        if batches is None:
            raise ValueError(f"epochs is {self.epochs:g}, but rendered scenes never end; give steps instead")
        return dataclasses.replace(self, steps=max(1, round(self.epochs * batches)))

    def learning_rate_at(self, step: int) -> float:
        """Return the rate of a step: a linear warm-up, then a cosine down to 0, or drops at `decay_at`."""
        rise = self.warmup * self.steps
        if step < rise:
            return self.learning_rate * (step + 1) / (rise + 1)
        if self.decay_at:
            return self.learning_rate * self.decay ** sum(step >= share * self.steps for share in self.decay_at)
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1.0, self.steps - rise)))

    def make_optimizer(self, weights: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """Return the optimizer of these weights."""
        rate, decay, fused = (
            self.learning_rate,
            self.weight_decay,
            True,
        )  # fused: one pass over the weights instead of four
        if self.optimizer == "adamw":
            betas = (0.9, 0.98)  # 0.999 is for hundreds of thousands of steps, here are thousands
            return torch.optim.AdamW(weights, rate, betas, weight_decay=decay)
        nesterov = self.nesterov and self.momentum > 0
        return torch.optim.SGD(weights, rate, self.momentum, weight_decay=decay, nesterov=nesterov, fused=fused)


@dataclass(frozen=True)
class TrainingData:
    """Stored pictures to learn from; the `[data]` table of a configuration.

    Attributes:
        source: a name in `SOURCES`.
        folder: the folder of the data.
        train: the training part in that folder; CIFAR does not need it.
        test: the test part in that folder; CIFAR does not need it.
        size: side of a picture in pixels.
        mean: mean of the normalisation, RGB.
        std: standard deviation of the normalisation, RGB.
        download: whether missing data is downloaded.
    """

    source: str
    folder: str = "data"
    train: str = ""
    test: str = ""
    size: int = param(32, "side of a picture", low=8, high=512, unit="pixels")
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD
    download: bool = param(False, "download missing data")

    def __post_init__(self):
        check_params(self)
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0:
            raise ValueError(
                f"mean is {list(self.mean)} and std {list(self.std)}; give three numbers each, std above 0"
            )

    def pictures(self, *, training: bool) -> TrainingPictures:
        """Return the training or the test pictures. Raises KeyError or ValueError if there are none."""
        path = expand(self.folder) / (self.train if training else self.test)
        return read_training_pictures(self.source, path, train=training, size=self.size, download=self.download)


@dataclass(frozen=True)
class Teacher:
    """A teacher that masks every picture for its true label before the student sees it; the `[teacher]` table.

    Attributes:
        classifier: a bundled name or a .safetensors file.
        attribution: a name in `ATTRIBUTIONS`.
        iterations: iterations of the attribution mask.
    """

    classifier: str
    attribution: str = "gxsi"
    iterations: int = param(3, "iterations of the attribution mask", low=0, high=200)

    def __post_init__(self):
        check_params(self)


@dataclass(frozen=True)
class Recipe:
    """A whole configuration file; the classifier learns from `data`, or from rendered scenes of `world`."""

    name: str
    architecture: str
    family: str = "cnn"
    seed: int = param(0, "seed of everything random", low=0, high=2**31 - 1)
    test_scenes: int = param(2000, "number of test scenes", low=1, high=10**7)
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    world: World = field(default_factory=World)
    data: TrainingData | None = None
    teacher: Teacher | None = None
    training: Schedule = field(default_factory=Schedule)

    def __post_init__(self):
        check_params(self)

    def make_network(self, classes: int | None = None) -> nn.Module:
        """Return the untrained network; the same seed gives the same weights.

        Args:
            classes: number of classes; default those of the world.

        Raises:
            KeyError: there is no such architecture.
            ValueError: the architecture does not take these arguments.
        """
        build = ARCHITECTURES[self.architecture]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            try:
                return build(len(self.world.classes) if classes is None else classes, **self.arguments)
            except (TypeError, RuntimeError, OverflowError, ZeroDivisionError) as error:
                reason = str(error).partition("\n")[0]
                raise ValueError(f"[arguments] does not suit {self.architecture} ({reason}); see its file") from None

    def make_localisation_loss(self, network: nn.Module) -> LocalisationLoss | None:
        """Return the localisation loss for `network`, or None if its weight is 0; the same seed gives the same weights.

        Raises:
            ValueError: the network has no tokens.
        """
        if not self.training.object_hint:
            return None
        if self.architecture != "small_vit":
            raise ValueError(f"object_hint is {self.training.object_hint} but only small_vit has tokens; set it to 0")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            return LocalisationLoss(cast("SmallViT", network).hidden_dim)


def _change(table: dict[str, Any], change: str) -> None:
    """Put `key=value` or `table.key=value` into a configuration."""
    key, _, value = (part.strip() for part in change.partition("="))
    if not key or not value:
        raise ValueError(f"the change {quote_name(change)} has no key or no value; write for example training.epochs=3")
    try:
        parsed = parse_toml(f"value = {value}")["value"]
    except (ValueError, KeyError, RecursionError):
        parsed = value  # a word needs no quotes
    try:
        check_numbers(parsed)
    except ValueError as error:
        raise InputError(f"the change {quote_name(change)} cannot be made ({reason_of(error)}); correct it") from None
    *tables, last = key.split(".")
    for name in tables:
        inner: Any = table.setdefault(name, {})
        if not hasattr(inner, "items"):
            raise ValueError(
                f"the change {quote_name(change)} treats {name} as a table, but it is a value; write {name}=…"
            )
        table = inner
    table[last] = parsed


def read_recipe(
    config_path: str | os.PathLike[str],
    data: str | os.PathLike[str] | None = None,
    changes: Sequence[str] = (),
) -> Recipe:
    """Return the recipe in a TOML configuration.

    Args:
        config_path: the TOML file.
        data: the folder of the stored pictures, if it differs from the file.
        changes: replacements, each `key=value` or `table.key=value` with a value as in TOML.

    Raises:
        ValueError: a key or value is unknown, or `data` is given for rendered scenes; one sentence.
    """
    name = show_name(os.fspath(config_path))
    table = parse_table(read_file(os.fspath(config_path), "recipe", MOST_TEXT), name, "TOML")
    for change in changes:
        _change(table, change)
    if "data" in table and "world" in table:
        raise ValueError(f"{name} has both [world] and [data]; keep only one of them")
    if data is not None and "data" not in table:
        raise ValueError(f"{name} learns from rendered scenes; leave out the folder of pictures {data}")
    if data is not None and isinstance(table["data"], dict):
        table["data"]["folder"] = os.fspath(data)
    for key, kind in (("world", World), ("data", TrainingData), ("teacher", Teacher), ("training", Schedule)):
        if key in table:
            table[key] = from_table(kind, table[key], f"[{key}]")
    return from_table(Recipe, table, name)
