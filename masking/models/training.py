"""One plain training loop: a configuration file in, a classifier in one safetensors file out."""

import dataclasses
import json
import math
import os
import platform
import time
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torchvision
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional as F

from masking.datasets.silhouettes import World, render
from masking.device import pick_device
from masking.models import ARCHITECTURES
from masking.params import check_params, param
from masking.registry import near_names

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

TRAINING_SEEDS_FROM = 2**32
"""Training renders scenes from this seed up; everything below is fresh to every bundled classifier."""

TEST_SEEDS_FROM = 2**31
"""The scenes that a trained classifier is tested on start here, away from those people look at first."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to learn; the `[training]` table of a configuration."""

    steps: int = param(1500, "gradient steps", low=1, high=10**7)
    batch: int = param(128, "scenes per step, all of them new", low=2, high=4096)
    learning_rate: float = param(0.2, "at its peak", low=0, high=10)
    momentum: float = param(0.9, "of stochastic gradient descent", low=0, high=1)
    weight_decay: float = param(5e-4, "on all weights", low=0, high=1)
    warmup: float = param(0.1, "share of the steps in which the learning rate rises", low=0, high=1)
    label_smoothing: float = param(0.05, "share of the target spread over all classes", low=0, high=1)
    brightness: float = param(0.15, "largest relative change of a picture's brightness", low=0, high=1)
    blur: float = param(0.3, "share of the pictures that are blurred a little", low=0, high=1)
    precision: str = param("float32", "of the arithmetic; weights are float32", choices=("float32", "bfloat16"))
    checkpoint_every: int = param(100, "steps", low=1, high=10**7)

    def __post_init__(self):
        check_params(self)

    def learning_rate_at(self, step: int) -> float:
        """Rising linearly over the warm-up, then falling to 0 along a cosine."""
        rise = self.warmup * self.steps
        if step < rise:
            return self.learning_rate * (step + 1) / (rise + 1)
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1.0, self.steps - rise)))


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


@dataclass(frozen=True)
class Progress:
    """One finished step: mean loss and training accuracy since the last checkpoint, and seconds still to go."""

    step: int
    steps: int
    loss: float
    accuracy: float
    seconds_left: float

    def __str__(self):
        minutes, seconds = divmod(round(self.seconds_left), 60)
        return (
            f"step {self.step}/{self.steps}  loss {self.loss:.3f}  accuracy {self.accuracy:.1%}  "
            f"{minutes}:{seconds:02d} left"
        )


@dataclass(frozen=True)
class Trained:
    """The finished file, its accuracy on `test_scenes` fresh scenes and how long the training took in all."""

    path: Path
    accuracy: float
    test_scenes: int
    seconds: float

    def __str__(self):
        return f"{self.path}: {self.accuracy:.1%} of {self.test_scenes} fresh scenes, {self.seconds / 60:.1f} minutes"


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


def _network_input(images: Tensor, device: torch.device) -> Tensor:
    """Images in [0, 1] as the network wants them: normalised, on its device, channels last for speed."""
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (MEAN, STD))
    return ((images - mean) / std).to(device, memory_format=torch.channels_last)


def _augmented(images: Tensor, schedule: Schedule, seed: tuple[int, int]) -> Tensor:
    """Some pictures a little blurred, all a little brighter or darker."""
    draws = torch.from_numpy(np.random.default_rng(seed).random((2, len(images), 1, 1, 1), dtype=np.float32))
    blurred = F.avg_pool2d(images, 3, stride=1, padding=1, count_include_pad=False)
    gain = 1 + schedule.brightness * (2 * draws[1] - 1)
    return (torch.where(draws[0] < schedule.blur, blurred, images) * gain).clamp(0, 1)


def fresh_accuracy(
    network: nn.Module,
    world: World,
    seeds: Iterable[int],
    hide: Callable[[Tensor, Tensor], Tensor] | None = None,
) -> float:
    """The share of scenes, one per seed, that the network gets right, 0 … 1.

    `hide(images, objects)` may repaint the images first; both are as in `Scenes`.
    """
    device = next(network.parameters()).device
    numbers, right = list(seeds), 0
    network.eval()
    for start in range(0, len(numbers), 128):
        scenes = render(world, numbers[start : start + 128])
        images = hide(scenes.images, scenes.objects) if hide else scenes.images
        with torch.inference_mode():
            right += int((network(_network_input(images, device)).argmax(1).cpu() == scenes.labels).sum())
    return right / len(numbers)


class _Run:
    """A training under way: what has to survive a kill is network, optimiser, step and seconds."""

    def __init__(self, recipe: Recipe, device: torch.device):
        self.recipe, self.device = recipe, device
        self.network = recipe.network().to(device).to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.SGD(
            self.network.parameters(),
            lr=recipe.training.learning_rate,
            momentum=recipe.training.momentum,
            weight_decay=recipe.training.weight_decay,
            nesterov=recipe.training.momentum > 0,
        )
        self.step, self.seconds = 0, 0.0

    def advance(self) -> tuple[float, float]:
        """One gradient step on scenes nobody has seen; returns loss and accuracy on them."""
        schedule, first = self.recipe.training, TRAINING_SEEDS_FROM + self.recipe.seed * 2**40
        start = first + self.step * schedule.batch
        scenes = render(self.recipe.world, range(start, start + schedule.batch))
        images = _augmented(scenes.images, schedule, (self.recipe.seed, self.step))
        labels = scenes.labels.to(self.device)
        for group in self.optimizer.param_groups:
            group["lr"] = schedule.learning_rate_at(self.step)
        self.network.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=schedule.precision == "bfloat16"):
            logits = self.network(_network_input(images, self.device))
        loss = F.cross_entropy(logits.float(), labels, label_smoothing=schedule.label_smoothing)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.step += 1
        return loss.item(), (logits.argmax(1) == labels).float().mean().item()

    def save(self, path: Path) -> None:
        state = {
            "recipe": json.dumps(asdict(self.recipe)),
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }
        fresh = path.with_name(path.name + ".new")
        torch.save(state, fresh)
        fresh.replace(path)

    def resume(self, path: Path) -> None:
        state = torch.load(path, map_location=self.device, weights_only=True)
        if state["recipe"] != json.dumps(asdict(self.recipe)):
            raise ValueError(f"{path} belongs to a training with other settings; delete it or write elsewhere")
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]


def _header(run: _Run, accuracy: float) -> dict[str, Any]:
    recipe, size = run.recipe, run.recipe.world.size
    versions = {"python": platform.python_version(), "numpy": np.__version__}
    versions |= {"torch": torch.__version__, "torchvision": torchvision.__version__}
    return {
        "schema": 1,
        "name": recipe.name,
        "architecture": recipe.architecture,
        "arguments": recipe.arguments,
        "categories": list(recipe.world.classes),
        "input_size": [size, size],
        "resize": size,
        "mean": list(MEAN),
        "std": list(STD),
        "family": recipe.family,
        "world": asdict(recipe.world),
        "training": {
            "seed": recipe.seed,
            **asdict(recipe.training),
            "seconds": round(run.seconds),
            "device": run.device.type,
            "versions": versions,
        },
        "accuracy": {"fresh_scenes": accuracy, "n": recipe.test_scenes},
    }


def train(
    config_path: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    *,
    device: str = "auto",
) -> Trained:
    """Train the classifier a configuration describes and write it as safetensors.

    `out` defaults to the configuration's name with the ending .safetensors in the working folder. A training that
    was killed goes on from its checkpoint, `out` with .partial appended, and ends as if it had not been. What
    `on_progress` raises ends the training, which is how to cancel one. ValueError for a bad configuration.
    """
    recipe = read_recipe(config_path)
    path = Path(out) if out is not None else Path(Path(config_path).stem + ".safetensors")
    checkpoint = path.with_name(path.name + ".partial")
    run = _Run(recipe, pick_device(device))
    if checkpoint.exists():
        run.resume(checkpoint)
    path.parent.mkdir(parents=True, exist_ok=True)
    schedule, recent, clock = recipe.training, list[tuple[float, float]](), time.monotonic()
    began, before = run.step, run.seconds
    while run.step < schedule.steps:
        recent.append(run.advance())
        run.seconds = before + time.monotonic() - clock
        if on_progress:
            loss, accuracy = (sum(column) / len(recent) for column in zip(*recent, strict=True))
            pace = (run.seconds - before) / (run.step - began)
            on_progress(Progress(run.step, schedule.steps, loss, accuracy, pace * (schedule.steps - run.step)))
        if run.step % schedule.checkpoint_every == 0:
            run.save(checkpoint)
            recent.clear()
    accuracy = fresh_accuracy(run.network, recipe.world, range(TEST_SEEDS_FROM, TEST_SEEDS_FROM + recipe.test_scenes))
    weights = {name: weight.cpu().contiguous() for name, weight in run.network.state_dict().items()}
    path.write_bytes(save(weights, metadata={"classifier": json.dumps(_header(run, accuracy))}))
    checkpoint.unlink(missing_ok=True)
    return Trained(path, accuracy, recipe.test_scenes, run.seconds)
