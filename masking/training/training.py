"""One plain training loop: a configuration file becomes a classifier in one safetensors file."""

import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
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

from masking.models.small_vit import SmallViT
from masking.runtime.device import pick_device
from masking.runtime.output_files import check_output
from masking.runtime.time_left import TimeLeft
from masking.training.augmentation import augment
from masking.training.batches import make_batches
from masking.training.recipe import Recipe, read_recipe
from masking.training.teacher import TeacherMasks


@dataclass(frozen=True)
class Progress:
    """A finished step: mean loss and training accuracy since the last checkpoint, and the remaining seconds.

    The remaining seconds are None during the first steps.
    """

    step: int
    steps: int
    loss: float
    accuracy: float
    seconds_left: float | None

    def __str__(self):
        text = f"step {self.step}/{self.steps}  loss {self.loss:.3f}  accuracy {self.accuracy:.1%}"
        if self.seconds_left is None:
            return text
        minutes, seconds = divmod(round(self.seconds_left), 60)
        return f"{text}  {minutes}:{seconds:02d} left"


@dataclass(frozen=True)
class Trained:
    """A finished training: file, accuracy, number and kind of the test pictures, and total seconds."""

    path: Path
    accuracy: float
    tests: int
    tested_on: str
    seconds: float

    def __str__(self):
        return f"{self.path}: {self.accuracy:.1%} of {self.tests} {self.tested_on}, {self.seconds / 60:.1f} minutes"


def _normalise(images: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    centre, spread = (torch.tensor(values).view(3, 1, 1) for values in (mean, std))
    return (images - centre) / spread


def _move(device: torch.device, images: Tensor) -> Tensor:
    return images.to(device, memory_format=torch.channels_last)  # for speed


def measure_accuracy(network: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> tuple[float, int]:
    """Return the share of normalised images that get the right label, 0 … 1, and the number of images."""
    device, right, count = next(network.parameters()).device, 0, 0
    network.eval()
    for images, labels in batches:
        with torch.inference_mode():
            right += int((network(_move(device, images)).argmax(1).cpu() == labels).sum())
        count += len(labels)
    return right / count, count


class _Run:
    """A running training; network, localisation loss, optimiser, step and seconds survive when it is killed."""

    def __init__(self, recipe: Recipe, device: torch.device):
        self.recipe, self.device, self.batches = recipe, device, make_batches(recipe)
        self.schedule = recipe.training.with_steps(self.batches.batches)
        self.network = (
            recipe.make_network(len(self.batches.categories)).to(device).to(memory_format=torch.channels_last)
        )
        self.localisation_loss = recipe.make_localisation_loss(self.network)
        self.learners = nn.ModuleList(
            [self.network, *([self.localisation_loss.to(device)] if self.localisation_loss else [])]
        )
        self.optimizer = recipe.training.make_optimizer(self.learners.parameters())
        self.teacher_masks = (
            TeacherMasks(recipe.teacher, self.batches.categories, self.batches.mean, self.batches.std, device)
            if recipe.teacher
            else None
        )
        self.step, self.seconds = 0, 0.0

    def advance(self) -> tuple[float, float]:
        """Take one gradient step; return loss and accuracy on its pictures."""
        batch, schedule = self.batches.batch(self.step), self.schedule
        images = augment(batch.images, schedule, (self.recipe.seed, self.step))
        for group in self.optimizer.param_groups:
            group["lr"] = schedule.learning_rate_at(self.step)
        self.network.train()
        labels = batch.labels.to(self.device)
        with torch.random.fork_rng(devices=[self.device] if self.device.type == "cuda" else []):
            torch.manual_seed(self.recipe.seed * 2**40 + self.step)  # dropout is the same after an interruption
            logits, localisation_loss = self._answer(
                _move(self.device, self._seen(images, batch.labels)), batch.objects
            )
        loss = F.cross_entropy(logits.float(), labels, label_smoothing=schedule.label_smoothing)
        self.optimizer.zero_grad(set_to_none=True)
        (loss + schedule.object_hint * localisation_loss).backward()
        if schedule.gradient_clip:
            nn.utils.clip_grad_norm_(self.learners.parameters(), schedule.gradient_clip)
        self.optimizer.step()
        self.step += 1
        return loss.item(), (logits.argmax(1) == labels).float().mean().item()

    def _seen(self, images: Tensor, labels: Tensor) -> Tensor:
        """Return images in [0, 1] as the network sees them: normalised, and masked by the teacher if there is one."""
        if self.teacher_masks:
            return self.teacher_masks(images, labels)
        return _normalise(images, self.batches.mean, self.batches.std)

    def _answer(self, seen: Tensor, objects: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the logits and the localisation loss."""
        with (
            torch.autocast(self.device.type, torch.bfloat16, enabled=self.schedule.precision == "bfloat16"),
            sdpa_kernel(SDPBackend.MATH),  # on a CPU the backward pass of fused attention is slow in bfloat16
        ):
            if self.localisation_loss is None or objects is None:
                return self.network(seen), torch.zeros((), device=self.device)
            logits, tokens = cast("SmallViT", self.network).with_tokens(seen)
            return logits, self.localisation_loss(tokens, objects.to(self.device))

    @property
    def tested_on(self) -> str:
        """The words for the test pictures; those that are masked for their own labels say so."""
        return f"masked {self.batches.tested_on}" if self.teacher_masks else self.batches.tested_on

    def test(self) -> tuple[float, int]:
        """Return the accuracy on the test pictures, and their number."""
        tests = self.batches.tests()
        return measure_accuracy(self.network, ((self._seen(each.images, each.labels), each.labels) for each in tests))

    def save(self, path: Path) -> None:
        state = {
            "recipe": json.dumps(asdict(self.recipe)),
            "learners": self.learners.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }
        _write(path, lambda fresh: torch.save(state, fresh))

    def resume(self, path: Path) -> None:
        try:
            state = torch.load(path, map_location=self.device, weights_only=True)
        except Exception:  # a damaged pickle raises any exception
            raise ValueError(f"the checkpoint {path} is damaged; delete it to start again") from None
        if _comparable(json.loads(state["recipe"])) != _comparable(asdict(self.recipe)):
            raise ValueError(f"{path} belongs to a training with other settings; delete it or write elsewhere")
        self.learners.load_state_dict(state["learners"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]


def _comparable(recipe: dict[str, Any]) -> str:
    """Return the settings that must not change before a resume, as JSON; the folder of the data may change."""
    return json.dumps({**recipe, "data": recipe["data"] and _portable(recipe["data"])})


def _portable(data: dict[str, Any]) -> dict[str, Any]:
    """Return the values of `[data]` that are the same on every machine."""
    return {key: value for key, value in data.items() if key != "folder"}


def _write(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file completely or not at all."""
    fresh = path.with_name(path.name + ".new")
    write(fresh)
    fresh.replace(path)


def _header(run: _Run, accuracy: float, tests: int) -> dict[str, Any]:
    recipe, batches = run.recipe, run.batches
    versions = {"python": platform.python_version(), "numpy": np.__version__}
    versions |= {"torch": torch.__version__, "torchvision": torchvision.__version__}
    source = {"world": asdict(recipe.world)}
    if recipe.data:
        source = {"data": _portable(asdict(recipe.data))}
    return {
        "schema": 1,
        "name": recipe.name,
        "architecture": recipe.architecture,
        "arguments": recipe.arguments,
        "categories": list(batches.categories),
        "input_size": [batches.size, batches.size],
        "resize": batches.size,
        "mean": list(batches.mean),
        "std": list(batches.std),
        "family": recipe.family,
        **source,
        **({"teacher": asdict(recipe.teacher)} if recipe.teacher else {}),
        "training": {
            "seed": recipe.seed,
            **asdict(run.schedule),
            "seconds": round(run.seconds),
            "device": run.device.type,
            "versions": versions,
        },
        "accuracy": {run.tested_on.replace(" ", "_"): accuracy, "n": tests},
    }


def train(
    config_path: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    *,
    data: str | os.PathLike[str] | None = None,
    changes: Sequence[str] = (),
    device: str = "auto",
) -> Trained:
    """Train the classifier of a configuration and write it as safetensors.

    A training that was interrupted continues from its checkpoint, `out` with .partial appended, and gives the same
    result as without the interruption.

    Args:
        config_path: the TOML file.
        out: the file to write; default the name of the configuration with .safetensors, in the working folder.
        on_progress: called after each step; an exception that it raises cancels the training.
        data: the folder of the stored pictures, if it differs from the configuration.
        changes: replacements of values, as `read_recipe` takes them.
        device: auto, cpu, cuda:0 or mps.

    Raises:
        ValueError: the configuration is not valid, or the checkpoint belongs to another one.
        KeyError: the configuration names something unknown.
    """
    recipe = read_recipe(config_path, data, changes)
    path = Path(out) if out is not None else Path(Path(config_path).stem + ".safetensors")
    checkpoint = path.with_name(path.name + ".partial")
    run = _Run(recipe, pick_device(device))
    if checkpoint.exists():
        run.resume(checkpoint)
    path.parent.mkdir(parents=True, exist_ok=True)
    check_output(path)
    schedule, recent, clock = run.schedule, list[tuple[float, float]](), time.monotonic()
    seconds_before, time_left = run.seconds, TimeLeft()
    while run.step < schedule.steps:
        recent.append(run.advance())
        run.seconds = seconds_before + time.monotonic() - clock
        if on_progress:
            loss, accuracy = (sum(column) / len(recent) for column in zip(*recent, strict=True))
            time_left.report(run.step / schedule.steps)
            on_progress(Progress(run.step, schedule.steps, loss, accuracy, time_left.seconds))
        if run.step % schedule.checkpoint_every == 0:
            run.save(checkpoint)
            recent.clear()
    accuracy, tests = run.test()
    weights = {name: weight.cpu().contiguous() for name, weight in run.network.state_dict().items()}
    content = save(weights, metadata={"classifier": json.dumps(_header(run, accuracy, tests))})
    _write(path, lambda fresh: fresh.write_bytes(content))
    checkpoint.unlink(missing_ok=True)
    return Trained(path, accuracy, tests, run.tested_on, run.seconds)
