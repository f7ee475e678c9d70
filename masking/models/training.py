"""One plain training loop: a configuration file in, a classifier in one safetensors file out."""

import json
import os
import platform
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
import torchvision
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from masking.datasets.silhouettes import render
from masking.datasets.worlds import World
from masking.device import pick_device
from masking.models.augmentation import augmented
from masking.models.classifier import IMAGENET_MEAN, IMAGENET_STD
from masking.models.recipe import Recipe, read_recipe
from masking.models.small_vit import SmallViT

TRAINING_SEEDS_FROM = 2**32
"""Training renders scenes from this seed up; everything below is fresh to every bundled classifier."""

TEST_SEEDS_FROM = 2**31
"""The scenes that a trained classifier is tested on start here, away from those people look at first."""


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


def _network_input(images: Tensor, device: torch.device) -> Tensor:
    """Images in [0, 1] as the network wants them: normalised, on its device, channels last for speed."""
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (IMAGENET_MEAN, IMAGENET_STD))
    return ((images - mean) / std).to(device, memory_format=torch.channels_last)


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
    """A training under way: what has to survive a kill is network, hint, optimiser, step and seconds."""

    def __init__(self, recipe: Recipe, device: torch.device):
        self.recipe, self.device = recipe, device
        self.network = recipe.network().to(device).to(memory_format=torch.channels_last)
        self.hint = recipe.hint(self.network)
        self.learners = nn.ModuleList([self.network, *([self.hint.to(device)] if self.hint else [])])
        self.optimizer = recipe.training.optimizer_of(self.learners.parameters())
        self.step, self.seconds = 0, 0.0

    def advance(self) -> tuple[float, float]:
        """One gradient step on scenes nobody has seen; returns loss and accuracy on them."""
        schedule, first = self.recipe.training, TRAINING_SEEDS_FROM + self.recipe.seed * 2**40
        start = first + self.step * schedule.batch
        scenes = render(self.recipe.world, range(start, start + schedule.batch))
        images = augmented(scenes.images, schedule, (self.recipe.seed, self.step))
        for group in self.optimizer.param_groups:
            group["lr"] = schedule.learning_rate_at(self.step)
        self.network.train()
        labels, hint_loss = scenes.labels.to(self.device), torch.zeros((), device=self.device)
        with (
            torch.autocast(self.device.type, torch.bfloat16, enabled=schedule.precision == "bfloat16"),
            sdpa_kernel(SDPBackend.MATH),  # on a CPU the fused attention is slow to go backwards in bfloat16
        ):
            if self.hint:
                logits, tokens = cast("SmallViT", self.network).with_tokens(_network_input(images, self.device))
                hint_loss = self.hint(tokens, scenes.objects.to(self.device))
            else:
                logits = self.network(_network_input(images, self.device))
        loss = F.cross_entropy(logits.float(), labels, label_smoothing=schedule.label_smoothing)
        self.optimizer.zero_grad(set_to_none=True)
        (loss + schedule.object_hint * hint_loss).backward()
        self.optimizer.step()
        self.step += 1
        return loss.item(), (logits.argmax(1) == labels).float().mean().item()

    def save(self, path: Path) -> None:
        state = {
            "recipe": json.dumps(asdict(self.recipe)),
            "learners": self.learners.state_dict(),
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
        self.learners.load_state_dict(state["learners"])
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
        "mean": list(IMAGENET_MEAN),
        "std": list(IMAGENET_STD),
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
