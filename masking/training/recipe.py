"""What a configuration file says about a classifier: its network, what it learns from and how it learns."""

import dataclasses
import math
import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from masking.datasets.silhouettes.worlds import World
from masking.models import ARCHITECTURES
from masking.models.classifier import IMAGENET_MEAN, IMAGENET_STD
from masking.models.small_vit import SmallViT
from masking.registry import near_names
from masking.registry.params import check_params, param
from masking.training.augmentation import Augmentation
from masking.training.localisation_loss import LocalisationLoss
from masking.training.pictures import TrainingPictures, read_training_pictures


@dataclass(frozen=True)
class Schedule(Augmentation):
    """How long and how fast to learn; the `[training]` table of a configuration.

    `decay_at` are shares of the training, 0 … 1, at which the learning rate drops; without any, it follows a cosine.
    """

    steps: int = param(1500, "gradient steps", low=1, high=10**7)
    epochs: float = param(0.0, "passes through stored pictures; 0: `steps` says how long", low=0, high=10**5)
    batch: int = param(128, "pictures per step; rendered scenes are all new", low=2, high=4096)
    optimizer: str = param("sgd", "stochastic gradient descent or AdamW", choices=("sgd", "adamw"))
    learning_rate: float = param(0.2, "at its peak", low=0, high=10)
    momentum: float = param(0.9, "of stochastic gradient descent", low=0, high=1)
    nesterov: bool = param(True, "momentum that looks ahead")
    weight_decay: float = param(5e-4, "on all weights", low=0, high=1)
    warmup: float = param(0.1, "share of the steps in which the learning rate rises", low=0, high=1)
    decay_at: tuple[float, ...] = ()
    decay: float = param(0.1, "what the learning rate is multiplied with at `decay_at`", low=0, high=1)
    gradient_clip: float = param(0.0, "largest norm of a gradient; 0: any", low=0, high=10**6)
    label_smoothing: float = param(0.05, "share of the target spread over all classes", low=0, high=1)
    object_hint: float = param(
        0.0, "weight of a second task: each token draws the object in its patch", low=0, high=100
    )
    precision: str = param("float32", "of the arithmetic; weights are float32", choices=("float32", "bfloat16"))
    checkpoint_every: int = param(100, "steps", low=1, high=10**7)

    def __post_init__(self):
        super().__post_init__()
        if not all(0 < share < 1 for share in self.decay_at):
            raise ValueError(f"decay_at is {list(self.decay_at)}; give shares of the training between 0 and 1")

    def lasting(self, batches: int | None) -> "Schedule":
        """With `steps` counted, where one pass through the data has that many batches; None: it has no end.

        Raises:
            ValueError: `epochs` of data without end.
        """
        if not self.epochs:
            return self
        if batches is None:
            raise ValueError(f"epochs is {self.epochs:g}, but rendered scenes never end; give steps instead")
        return dataclasses.replace(self, steps=max(1, round(self.epochs * batches)))

    def learning_rate_at(self, step: int) -> float:
        """Rising linearly over the warm-up, then falling to 0 along a cosine, or in steps at `decay_at`."""
        rise = self.warmup * self.steps
        if step < rise:
            return self.learning_rate * (step + 1) / (rise + 1)
        if self.decay_at:
            return self.learning_rate * self.decay ** sum(step >= share * self.steps for share in self.decay_at)
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1.0, self.steps - rise)))

    def optimizer_of(self, weights: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """What moves the weights."""
        rate, decay, fused = self.learning_rate, self.weight_decay, True  # one pass over the weights, not four
        if self.optimizer == "adamw":
            betas = (0.9, 0.98)  # thousands of steps, not the hundreds of thousands that 0.999 is made for
            return torch.optim.AdamW(weights, rate, betas, weight_decay=decay)
        nesterov = self.nesterov and self.momentum > 0
        return torch.optim.SGD(weights, rate, self.momentum, weight_decay=decay, nesterov=nesterov, fused=fused)


@dataclass(frozen=True)
class TrainingData:
    """Stored pictures to learn from; the `[data]` table of a configuration.

    source: a name in `SOURCES`. folder: where it lies; `train` and `test` are the parts in it, which CIFAR does not
    need. mean, std: of the normalisation, RGB.
    """

    source: str
    folder: str = "data"
    train: str = ""
    test: str = ""
    size: int = param(32, "side of a picture", low=8, high=512, unit="pixels")
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD
    download: bool = param(False, "fetch what is not there")

    def __post_init__(self):
        check_params(self)
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0:
            raise ValueError(
                f"mean is {list(self.mean)} and std {list(self.std)}; give three numbers each, std above 0"
            )

    def pictures(self, *, training: bool) -> TrainingPictures:
        """The pictures to learn from, or to be tested on. KeyError and ValueError, one sentence, if there are none."""
        path = Path(self.folder).expanduser() / (self.train if training else self.test)
        return read_training_pictures(self.source, path, train=training, size=self.size, download=self.download)


@dataclass(frozen=True)
class Teacher:
    """Masks every picture for its true label before the student sees it; the `[teacher]` table.

    classifier: a bundled name or a .safetensors file.
    """

    classifier: str
    attribution: str = "gxsi"
    iterations: int = param(3, "of the attribution mask", low=0, high=200)

    def __post_init__(self):
        check_params(self)


@dataclass(frozen=True)
class Recipe:
    """Everything a configuration file says about a classifier; it learns from `data`, or else from its world."""

    name: str
    architecture: str
    family: str = "cnn"
    seed: int = 0
    test_scenes: int = 2000
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    world: World = field(default_factory=World)
    data: TrainingData | None = None
    teacher: Teacher | None = None
    training: Schedule = field(default_factory=Schedule)

    def network(self, classes: int | None = None) -> nn.Module:
        """The untrained network, the same for the same seed; it tells the world's classes apart, or that many.

        Raises:
            KeyError: there is no such architecture.
            ValueError: it does not take these arguments.
        """
        build = ARCHITECTURES[self.architecture]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            try:
                return build(len(self.world.classes) if classes is None else classes, **self.arguments)
            except TypeError as error:
                raise ValueError(f"[arguments] does not suit {self.architecture}: {error}; see its file") from None

    def hint(self, network: nn.Module) -> LocalisationLoss | None:
        """What the tokens of `network` draw with, the same for the same seed; None if the recipe asks for no hint.

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


def _filled(kind: type[Any], table: Mapping[str, Any], where: str) -> Any:
    known = [each.name for each in dataclasses.fields(kind)]
    for key in table:
        if key not in known:
            raise ValueError(f"{where} says {key!r}, which means nothing there; {near_names(key, known)}")
    for each in dataclasses.fields(kind):
        if each.name not in table and each.default is each.default_factory is dataclasses.MISSING:
            raise ValueError(f"{where} does not say {each.name!r}; add it")
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in table.items()})


def _change(table: dict[str, Any], change: str) -> None:
    """Put `key=value` or `table.key=value` into a configuration."""
    key, _, value = (part.strip() for part in change.partition("="))
    if not key or not value:
        raise ValueError(f"the change {change!r} has no key or no value; write for example training.epochs=3")
    try:
        said = tomllib.loads(f"said = {value}")["said"]
    except tomllib.TOMLDecodeError:
        said = value  # a word may go without quotes
    *tables, last = key.split(".")
    for name in tables:
        inner: Any = table.setdefault(name, {})
        if not hasattr(inner, "items"):
            raise ValueError(f"the change {change!r} takes {name} for a table, but it is a value; write {name}=…")
        table = inner
    table[last] = said


def read_recipe(
    config_path: str | os.PathLike[str],
    data: str | os.PathLike[str] | None = None,
    changes: Sequence[str] = (),
) -> Recipe:
    """Read a TOML configuration.

    `data`, if given, is where its stored pictures lie. `changes` are what it shall say otherwise, each `key=value` or
    `table.key=value` with a value as in TOML.

    Raises:
        ValueError: keys and values that mean nothing, or data for a recipe without; one sentence.
    """
    try:
        table = tomllib.loads(Path(config_path).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{config_path} is not valid TOML: {error}") from None
    for change in changes:
        _change(table, change)
    if "data" in table and "world" in table:
        raise ValueError(f"{config_path} has both [world] and [data]; keep what the network shall learn from")
    if data is not None and "data" not in table:
        raise ValueError(f"{config_path} learns from rendered scenes; leave out the folder of pictures {data}")
    if data is not None:
        table["data"]["folder"] = os.fspath(data)
    for key, kind in (("world", World), ("data", TrainingData), ("teacher", Teacher), ("training", Schedule)):
        if key in table:
            table[key] = _filled(kind, table[key], f"[{key}]")
    return _filled(Recipe, table, str(config_path))
