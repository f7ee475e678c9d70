"""One plain training loop: a configuration file in, a classifier in one safetensors file out."""

import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
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

from masking.datasets.silhouettes.render import render
from masking.datasets.silhouettes.worlds import World
from masking.models.classifier import IMAGENET_MEAN, IMAGENET_STD
from masking.models.small_vit import SmallViT
from masking.runtime.device import pick_device
from masking.training.augmentation import augmented
from masking.training.batches import TEST_BATCH, batches_of
from masking.training.recipe import Recipe, read_recipe
from masking.training.teacher import Masking


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
    """The finished file, its accuracy on that many tests, what these were, and how long the training took in all."""

    path: Path
    accuracy: float
    tests: int
    tested_on: str
    seconds: float

    def __str__(self):
        return f"{self.path}: {self.accuracy:.1%} of {self.tests} {self.tested_on}, {self.seconds / 60:.1f} minutes"


def _normalised(images: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    centre, spread = (torch.tensor(values).view(3, 1, 1) for values in (mean, std))
    return (images - centre) / spread


def _on(device: torch.device, images: Tensor) -> Tensor:
    return images.to(device, memory_format=torch.channels_last)  # for speed


def share_right(network: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> tuple[float, int]:
    """The share of normalised images that the network gives the right label, 0 … 1, and how many there were."""
    device, right, count = next(network.parameters()).device, 0, 0
    network.eval()
    for images, labels in batches:
        with torch.inference_mode():
            right += int((network(_on(device, images)).argmax(1).cpu() == labels).sum())
        count += len(labels)
    return right / count, count


def fresh_accuracy(
    network: nn.Module,
    world: World,
    seeds: Iterable[int],
    hide: Callable[[Tensor, Tensor], Tensor] | None = None,
) -> float:
    """The share of scenes, one per seed, that the network gets right, 0 … 1.

    `hide(images, objects)` may repaint the images first; both are as in `Scenes`.
    """

    def seen() -> Iterator[tuple[Tensor, Tensor]]:
        numbers = list(seeds)
        for start in range(0, len(numbers), TEST_BATCH):
            scenes = render(world, numbers[start : start + TEST_BATCH])
            images = hide(scenes.images, scenes.objects) if hide else scenes.images
            yield _normalised(images, IMAGENET_MEAN, IMAGENET_STD), scenes.labels

    return share_right(network, seen())[0]


class _Run:
    """A training under way: what has to survive a kill is network, hint, optimiser, step and seconds."""

    def __init__(self, recipe: Recipe, device: torch.device):
        self.recipe, self.device, self.stream = recipe, device, batches_of(recipe)
        self.schedule = recipe.training.lasting(self.stream.batches)
        self.network = recipe.network(len(self.stream.categories)).to(device).to(memory_format=torch.channels_last)
        self.hint = recipe.hint(self.network)
        self.learners = nn.ModuleList([self.network, *([self.hint.to(device)] if self.hint else [])])
        self.optimizer = recipe.training.optimizer_of(self.learners.parameters())
        self.masked = Masking(recipe.teacher, self.stream.mean, self.stream.std, device) if recipe.teacher else None
        self.step, self.seconds = 0, 0.0

    def advance(self) -> tuple[float, float]:
        """One gradient step; returns loss and accuracy on its pictures."""
        batch, schedule = self.stream.batch(self.step), self.schedule
        images = augmented(batch.images, schedule, (self.recipe.seed, self.step))
        for group in self.optimizer.param_groups:
            group["lr"] = schedule.learning_rate_at(self.step)
        self.network.train()
        labels = batch.labels.to(self.device)
        with torch.random.fork_rng(devices=[self.device] if self.device.type == "cuda" else []):
            torch.manual_seed(self.recipe.seed * 2**40 + self.step)  # dropout is the same after a kill
            logits, hint_loss = self._answer(_on(self.device, self._seen(images, batch.labels)), batch.objects)
        loss = F.cross_entropy(logits.float(), labels, label_smoothing=schedule.label_smoothing)
        self.optimizer.zero_grad(set_to_none=True)
        (loss + schedule.object_hint * hint_loss).backward()
        if schedule.gradient_clip:
            nn.utils.clip_grad_norm_(self.learners.parameters(), schedule.gradient_clip)
        self.optimizer.step()
        self.step += 1
        return loss.item(), (logits.argmax(1) == labels).float().mean().item()

    def _seen(self, images: Tensor, labels: Tensor) -> Tensor:
        """What the network sees of images in [0, 1]: normalised, and masked for their labels if there is a teacher."""
        if self.masked:
            return self.masked(images, labels)
        return _normalised(images, self.stream.mean, self.stream.std)

    def _answer(self, seen: Tensor, objects: Tensor | None) -> tuple[Tensor, Tensor]:
        """Logits, and how badly the hint's drawings match."""
        with (
            torch.autocast(self.device.type, torch.bfloat16, enabled=self.schedule.precision == "bfloat16"),
            sdpa_kernel(SDPBackend.MATH),  # on a CPU the fused attention is slow to go backwards in bfloat16
        ):
            if self.hint is None or objects is None:
                return self.network(seen), torch.zeros((), device=self.device)
            logits, tokens = cast("SmallViT", self.network).with_tokens(seen)
            return logits, self.hint(tokens, objects.to(self.device))

    @property
    def tested_on(self) -> str:
        """What the test's pictures are called: masked for their own labels, they say more than others."""
        return f"masked {self.stream.tested_on}" if self.masked else self.stream.tested_on

    def test(self) -> tuple[float, int]:
        """Accuracy on what the network is tested on, and how many that are."""
        tests = self.stream.tests()
        return share_right(self.network, ((self._seen(each.images, each.labels), each.labels) for each in tests))

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
        except Exception:  # a damaged pickle raises whatever its bytes happen to say
            raise ValueError(f"the checkpoint {path} is damaged; delete it to begin again") from None
        if _compared(json.loads(state["recipe"])) != _compared(asdict(self.recipe)):
            raise ValueError(f"{path} belongs to a training with other settings; delete it or write elsewhere")
        self.learners.load_state_dict(state["learners"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]


def _compared(recipe: dict[str, Any]) -> str:
    """What must be as it was before a kill, as JSON: where the data lies need not be, since it may have been moved."""
    return json.dumps({**recipe, "data": recipe["data"] and _portable(recipe["data"])})


def _portable(data: dict[str, Any]) -> dict[str, Any]:
    """What `[data]` says that means the same elsewhere."""
    return {key: value for key, value in data.items() if key != "folder"}


def _write(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    write(fresh)
    fresh.replace(path)


def _header(run: _Run, accuracy: float, tests: int) -> dict[str, Any]:
    recipe, stream = run.recipe, run.stream
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
        "categories": list(stream.categories),
        "input_size": [stream.size, stream.size],
        "resize": stream.size,
        "mean": list(stream.mean),
        "std": list(stream.std),
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
    """Train the classifier a configuration describes and write it as safetensors.

    `data` is the folder of the stored pictures, where it is another than the configuration says; `changes` are what it
    shall say otherwise, as `read_recipe` takes them. `out` defaults to the
    configuration's name with the ending .safetensors in the working folder. A training that was killed goes on from its
    checkpoint, `out` with .partial appended, and ends as if it had not been. What `on_progress` raises ends the
    training, which is how to cancel one. ValueError for a bad configuration.
    """
    recipe = read_recipe(config_path, data, changes)
    path = Path(out) if out is not None else Path(Path(config_path).stem + ".safetensors")
    checkpoint = path.with_name(path.name + ".partial")
    run = _Run(recipe, pick_device(device))
    if checkpoint.exists():
        run.resume(checkpoint)
    path.parent.mkdir(parents=True, exist_ok=True)
    schedule, recent, clock = run.schedule, list[tuple[float, float]](), time.monotonic()
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
    accuracy, tests = run.test()
    weights = {name: weight.cpu().contiguous() for name, weight in run.network.state_dict().items()}
    content = save(weights, metadata={"classifier": json.dumps(_header(run, accuracy, tests))})
    _write(path, lambda fresh: fresh.write_bytes(content))
    checkpoint.unlink(missing_ok=True)
    return Trained(path, accuracy, tests, run.tested_on, run.seconds)
