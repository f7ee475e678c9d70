"""What a configuration file says about a classifier: its network, the world it lives in and how it learns."""

import dataclasses
import math
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from masking.datasets.worlds import World
from masking.models import ARCHITECTURES
from masking.models.augmentation import Augmentation
from masking.models.hint import ObjectHint
from masking.models.small_vit import SmallViT
from masking.params import param
from masking.registry import near_names


@dataclass(frozen=True)
class Schedule(Augmentation):
    """How long and how fast to learn; the `[training]` table of a configuration."""

    steps: int = param(1500, "gradient steps", low=1, high=10**7)
    batch: int = param(128, "scenes per step, all of them new", low=2, high=4096)
    optimizer: str = param("sgd", "stochastic gradient descent or AdamW", choices=("sgd", "adamw"))
    learning_rate: float = param(0.2, "at its peak", low=0, high=10)
    momentum: float = param(0.9, "of stochastic gradient descent", low=0, high=1)
    weight_decay: float = param(5e-4, "on all weights", low=0, high=1)
    warmup: float = param(0.1, "share of the steps in which the learning rate rises", low=0, high=1)
    label_smoothing: float = param(0.05, "share of the target spread over all classes", low=0, high=1)
    object_hint: float = param(
        0.0, "weight of a second task: each token draws the object in its patch", low=0, high=100
    )
    precision: str = param("float32", "of the arithmetic; weights are float32", choices=("float32", "bfloat16"))
    checkpoint_every: int = param(100, "steps", low=1, high=10**7)

    def learning_rate_at(self, step: int) -> float:
        """Rising linearly over the warm-up, then falling to 0 along a cosine."""
        rise = self.warmup * self.steps
        if step < rise:
            return self.learning_rate * (step + 1) / (rise + 1)
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1.0, self.steps - rise)))

    def optimizer_of(self, weights: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """What moves the weights."""
        rate, decay = self.learning_rate, self.weight_decay
        if self.optimizer == "adamw":
            betas = (0.9, 0.98)  # thousands of steps, not the hundreds of thousands that 0.999 is made for
            return torch.optim.AdamW(weights, rate, betas, weight_decay=decay)
        nesterov = self.momentum > 0
        return torch.optim.SGD(weights, rate, self.momentum, weight_decay=decay, nesterov=nesterov)


@dataclass(frozen=True)
class Recipe:
    """Everything a configuration file says about a classifier."""

    name: str
    architecture: str
    family: str = "cnn"
    seed: int = 0
    test_scenes: int = 2000
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    world: World = field(default_factory=World)
    training: Schedule = field(default_factory=Schedule)

    def network(self) -> nn.Module:
        """The untrained network, the same for the same seed."""
        build = ARCHITECTURES[self.architecture]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            return build(len(self.world.classes), **self.arguments)

    def hint(self, network: nn.Module) -> ObjectHint | None:
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
            return ObjectHint(cast("SmallViT", network).hidden_dim)


def _filled(kind: type[Any], table: Mapping[str, Any], where: str) -> Any:
    known = [each.name for each in dataclasses.fields(kind)]
    for key in table:
        if key not in known:
            raise ValueError(f"{where} says {key!r}, which means nothing there; {near_names(key, known)}")
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in table.items()})


def read_recipe(config_path: str | os.PathLike[str]) -> Recipe:
    """Read a TOML configuration; ValueError for keys and values that mean nothing."""
    try:
        table = tomllib.loads(Path(config_path).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{config_path} is not valid TOML: {error}") from None
    for key in ("name", "architecture"):
        if key not in table:
            raise ValueError(f"{config_path} does not say {key!r}; add it")
    table["world"] = _filled(World, table.get("world", {}), "[world]")
    table["training"] = _filled(Schedule, table.get("training", {}), "[training]")
    return _filled(Recipe, table, str(config_path))
