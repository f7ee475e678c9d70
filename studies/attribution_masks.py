"""Accuracy on masked images (MIA) by attribution and iteration, with its four controls, on CIFAR-10 test pictures.

    python studies/attribution_masks.py FILE.safetensors … --data FOLDER

Files are those of `missingness train`, the bundled ones among them. Each gets tables 2 and 6 of Lee & Chang
(2021), and with other files tables 3, 8 (depth) and 5 (ablation). MIA is no accuracy on unseen data: the mask is made
for the true label. Pictures are drawn evenly from all classes. What the result file already holds is not computed
again, so a run that was cut short goes on where it was.

On networks without input bias, integrated gradients and DeepLIFT are gradient × input; a few pictures show it.
"""

import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from safetensors import safe_open
from torch import Tensor

from masking import Classifier, attribute, attribution_masks, load_classifier
from masking.attribution import CONTROLS, control
from masking.measures import Estimate, mia
from masking.models.nib import is_nib
from masking.results.manifest import manifest
from masking.training.pictures import read_training_pictures

ATTRIBUTIONS = "gxsi,gxi,pgxi,pgxi_code,guided_backpropagation"
EQUALS, AS_GXI = ("integrated_gradients", "deeplift"), 5
"""Attributions that are gradient × input on networks without input bias, and the iterations that show it."""
CHUNK, BATCH = 256, 32
TRUTH = "true_label"
SEED = 0

Rows = list[dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Tests:
    """Test pictures in [0, 1] (n, 3, h, w) and their labels (n,)."""

    images: Tensor
    labels: Tensor

    def chunks(self) -> Iterator[tuple[int, Tensor, Tensor]]:
        """Number, pictures and labels of as many as memory holds the attributions of."""
        yield from zip(range(len(self.labels)), self.images.split(CHUNK), self.labels.split(CHUNK), strict=False)


def balanced(archive: Path, count: int) -> Tests:
    """As many pictures of each class, drawn at random, in random order."""
    pictures = read_training_pictures("jpeg_archive", archive, train=False, size=32)
    order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(SEED))
    each = count // len(pictures.categories)
    of_class = [order[pictures.labels[order] == k][:each] for k in range(len(pictures.categories))]
    chosen = torch.stack(of_class, 1).flatten()  # class after class, so that any first part is balanced as well
    return Tests(pictures.floats(chosen), pictures.labels[chosen])


def told(estimates: list[Estimate]) -> list[list[float]]:
    """Value and both ends of each, to four digits."""
    return [[round(one.value, 4), round(one.low, 4), round(one.high, 4)] for one in estimates]


def curves(parts: list[tuple[Tensor, Tensor]], labels: Tensor) -> dict[str, Any]:
    """What logits (I + 1, n, classes) and expected classes, chunk by chunk, say at each iteration."""
    logits = torch.cat([part for part, _ in parts], 1)
    expected = torch.cat([classes for _, classes in parts])
    found = {
        "n": len(expected),
        "mia": told([mia(step, expected) for step in logits]),
        "dead": [round(share, 4) for share in (logits == 0).all(-1).double().mean(1).tolist()],
    }
    if not torch.equal(expected, labels):
        found["called_by_true_label"] = told([mia(step, labels) for step in logits])
    return found


def truth(classifier: Classifier, tests: Tests, attribution: str, iterations: int) -> dict[str, Any]:
    parts = []
    for _, images, labels in tests.chunks():
        masks = attribution_masks(classifier, images, labels, attribution, iterations, batch=BATCH)
        parts.append((masks.logits, labels))
    return {"attribution": attribution, "control": TRUTH, **curves(parts, tests.labels)}


def controlled(classifier: Classifier, tests: Tests, name: str, attribution: str, iterations: int) -> dict[str, Any]:
    parts = []
    asked = {"attribution": attribution, "iterations": iterations, "batch": BATCH}
    for number, images, labels in tests.chunks():
        seeds = [SEED + number * CHUNK + place for place in range(len(images))]
        masks, expected = control(name, classifier, images, labels, SEED, seeds, **asked)
        parts.append((masks.logits, expected))
    return {"attribution": attribution, "control": name, **curves(parts, tests.labels)}


def as_gxi(classifier: Classifier, tests: Tests, name: str, count: int) -> dict[str, Any]:
    """How far another attribution is from gradient × input: its values, and what is said of the masked images."""
    images, labels = tests.images[:count], tests.labels[:count]
    gxi = attribute(classifier, images, labels, "gxi")
    furthest = (attribute(classifier, images, labels, name) - gxi).abs().max() / gxi.abs().max()
    ours = attribution_masks(classifier, images, labels, "gxi", AS_GXI)
    theirs = attribution_masks(classifier, images, labels, name, AS_GXI)
    return {
        "attribution": name,
        "n": count,
        "furthest_over_largest": float(furthest),
        "mia": told(list(theirs.mia())),
        "mia_of_gxi": told(list(ours.mia())),
        "same_answers": [round(same, 4) for same in (theirs.predicted == ours.predicted).double().mean(1).tolist()],
    }


def accuracy(path: str) -> dict[str, Any]:
    """On all test pictures, as the file says."""
    with safe_open(path, "pt") as file:
        return json.loads(file.metadata()["classifier"])["accuracy"]


def main(
    files: list[str],
    data: Annotated[Path, typer.Option(help="folder of cifar10_test_jpeg.npz")] = Path("data"),
    out: Annotated[Path, typer.Option()] = Path("studies/results/attribution_masks.json"),
    count: Annotated[int, typer.Option(help="test pictures")] = 500,
    attributions: Annotated[str, typer.Option()] = ATTRIBUTIONS,
    iterations: Annotated[int, typer.Option(help="of the true label")] = 19,
    control_attributions: Annotated[str, typer.Option()] = "gxsi",
    control_iterations: Annotated[int, typer.Option()] = 10,
    equal_count: Annotated[int, typer.Option(help="pictures that IG and DeepLIFT are compared on")] = 30,
    device: Annotated[str, typer.Option()] = "cpu",
) -> None:
    archive = data / "cifar10_test_jpeg.npz"
    tests = balanced(archive, count)
    tests = Tests(tests.images.to(device), tests.labels)
    facts = {"machine": f"{platform.machine()}, {os.cpu_count()} cores", "threads": torch.get_num_threads()}
    found: dict[str, Any] = json.loads(out.read_text()) if out.exists() else {"networks": []}
    found = {"manifest": manifest(**facts, device=device, seed=SEED, batch=BATCH, data=archive.name), **found}

    for file in files:
        classifier = load_classifier(file, device=device)
        network = next((one for one in found["networks"] if one["weights"] == classifier.weights_digest), None)
        if network is None:
            nib = is_nib(classifier.network, classifier.input_size)
            network = {
                "name": classifier.name,
                "weights": classifier.weights_digest,
                "parameters": sum(one.numel() for one in classifier.network.parameters()),
                "nib": bool(nib),
                "accuracy": accuracy(file),
                "curves": [],
                "as_gxi": [],
            }
            found["networks"].append(network)
        for kept, key, work in pieces(classifier, tests, network, attributions, control_attributions, equal_count):
            if any(all(one[name] == value for name, value in key.items()) for one in network[kept]):
                continue
            began = time.monotonic()
            row = work(iterations if key.get("control") == TRUTH else control_iterations)
            network[kept].append({**row, "seconds": round(time.monotonic() - began, 1)})
            out.write_text(json.dumps(found, indent=1) + "\n")
            values = " ".join(f"{100 * value:.1f}" for value, *_ in row["mia"][:11])
            print(f"{classifier.name:<28}{' '.join(map(str, key.values())):<42}{values}", flush=True)


Piece = tuple[str, dict[str, Any], Callable[[int], dict[str, Any]]]


def pieces(
    classifier: Classifier, tests: Tests, network: dict[str, Any], attributions: str, controls: str, equal_count: int
) -> Iterator[Piece]:
    """Where a measurement is kept, what tells it from others there, and how it is made of a count of iterations."""
    n = len(tests.labels)
    for name in filter(None, attributions.split(",")):
        yield (
            "curves",
            {"attribution": name, "control": TRUTH, "n": n},
            lambda count, name=name: truth(classifier, tests, name, count),
        )
    for name in filter(None, controls.split(",")):
        for kind in CONTROLS:
            yield (
                "curves",
                {"attribution": name, "control": kind, "n": n},
                lambda count, name=name, kind=kind: controlled(classifier, tests, kind, name, count),
            )
    if network["nib"] and equal_count:
        for name in EQUALS:
            key = {"attribution": name, "n": equal_count}
            yield "as_gxi", key, lambda _, name=name: as_gxi(classifier, tests, name, equal_count)


if __name__ == "__main__":
    typer.run(main)
