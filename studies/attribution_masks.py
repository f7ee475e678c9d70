"""Accuracy on masked images (MIA) by attribution and iteration, with its four controls, on CIFAR-10 test pictures.

    python -m studies.attribution_masks FILE.safetensors … --data FOLDER

Files are those of `missingness train`, or bundled ones. Each gives tables 2 and 6 of Lee & Chang (2021); other files
give tables 3, 8 (depth) and 5 (ablation). MIA is not accuracy on unseen data: the mask is made for the true label.
Pictures are drawn evenly from all classes. Rows that the result file already holds are not computed again, so an
interrupted run continues where it stopped.

On networks without input bias, integrated gradients and DeepLIFT equal gradient × input; a few pictures show it.
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

from masking import ATTRIBUTIONS as REGISTRY
from masking import Classifier, attribute, attribution_masks, load_classifier
from masking.attribution import CONTROLS, run_control
from masking.measures import Estimate, mia
from masking.models.nib import is_nib
from masking.results.manifest import manifest
from masking.training.pictures import read_training_pictures

ATTRIBUTIONS = "gxsi,gxi,pgxi,pgxi_released,guided_backpropagation"
EQUALS, AS_GXI = ("integrated_gradients", "deeplift"), 5
"""Attributions that are gradient × input on networks without input bias, and the iterations that show it."""
CHUNK, BATCH = 256, 32
TRUTH = "true_label"
SEED = 0

Rows = list[dict[str, Any]]


@dataclass(frozen=True, eq=False)
class TestPictures:
    """Test pictures in [0, 1] (n, 3, h, w) and their labels (n,)."""

    images: Tensor
    labels: Tensor

    def chunks(self) -> Iterator[tuple[int, Tensor, Tensor]]:
        """Yield number, pictures and labels of chunks whose attributions fit into memory."""
        yield from zip(range(len(self.labels)), self.images.split(CHUNK), self.labels.split(CHUNK), strict=False)


def balanced(archive: Path, count: int) -> TestPictures:
    """Draw the same number of pictures of each class at random, in random order."""
    pictures = read_training_pictures("jpeg_archive", archive, train=False, size=32)
    order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(SEED))
    each = count // len(pictures.categories)
    of_class = [order[pictures.labels[order] == k][:each] for k in range(len(pictures.categories))]
    selected = torch.stack(of_class, 1).flatten()  # the classes alternate, so that any first part is balanced as well
    return TestPictures(pictures.floats(selected), pictures.labels[selected])


def rounded(estimates: list[Estimate]) -> list[list[float]]:
    """Return value and both ends of each estimate, to four digits."""
    return [[round(each.value, 4), round(each.low, 4), round(each.high, 4)] for each in estimates]


def curves(parts: list[tuple[Tensor, Tensor]], labels: Tensor) -> dict[str, Any]:
    """Return the results per iteration from chunks of logits (I + 1, n, classes) and expected classes."""
    logits = torch.cat([chunk for chunk, _ in parts], 1)
    expected = torch.cat([classes for _, classes in parts])
    row = {
        "n": len(expected),
        "mia": rounded([mia(step, expected) for step in logits]),
        "dead": [round(share, 4) for share in (logits == 0).all(-1).double().mean(1).tolist()],
    }
    if not torch.equal(expected, labels):
        row["called_by_true_label"] = rounded([mia(step, labels) for step in logits])
    return row


def measure_truth(classifier: Classifier, tests: TestPictures, attribution: str, iterations: int) -> dict[str, Any]:
    parts = []
    for _, images, labels in tests.chunks():
        masks = attribution_masks(classifier, images, labels, attribution, iterations, batch=BATCH)
        parts.append((masks.logits, labels))
    return {"attribution": attribution, "control": TRUTH, **curves(parts, tests.labels)}


def measure_control(
    classifier: Classifier, tests: TestPictures, name: str, attribution: str, iterations: int
) -> dict[str, Any]:
    parts = []
    settings = {"attribution": attribution, "iterations": iterations, "batch": BATCH}
    for number, images, labels in tests.chunks():
        seeds = [SEED + number * CHUNK + index for index in range(len(images))]
        masks, expected = run_control(name, classifier, images, labels, SEED, seeds, **settings)
        parts.append((masks.logits, expected))
    return {"attribution": attribution, "control": name, **curves(parts, tests.labels)}


def compare_with_gxi(classifier: Classifier, tests: TestPictures, name: str, count: int) -> dict[str, Any]:
    """Compare another attribution with gradient × input: its values, and the answers to the masked images."""
    images, labels = tests.images[:count], tests.labels[:count]
    gxi = attribute(classifier, images, labels, "gxi")
    furthest = (attribute(classifier, images, labels, name) - gxi).abs().max() / gxi.abs().max()
    by_gxi = attribution_masks(classifier, images, labels, "gxi", AS_GXI)
    by_name = attribution_masks(classifier, images, labels, name, AS_GXI)
    return {
        "attribution": name,
        "n": count,
        "furthest_over_largest": float(furthest),
        "mia": rounded(list(by_name.mia())),
        "mia_of_gxi": rounded(list(by_gxi.mia())),
        "same_answers": [
            round(share, 4) for share in (by_name.predicted == by_gxi.predicted).double().mean(1).tolist()
        ],
    }


def current(value: Any) -> Any:
    """Return today's name of an attribution that an older result file names; other values stay as they are."""
    return REGISTRY.renamed.get(value, value)


def accuracy(path: str) -> dict[str, Any]:
    """Return the accuracy on all test pictures, as the file says."""
    with safe_open(path, "pt") as file:
        return json.loads(file.metadata()["classifier"])["accuracy"]


def main(
    files: list[str],
    data: Annotated[Path, typer.Option(help="folder of cifar10_test_jpeg.npz")] = Path("data"),
    out: Annotated[Path, typer.Option()] = Path("studies/results/attribution_masks.json"),
    count: Annotated[int, typer.Option(help="test pictures")] = 500,
    attributions: Annotated[str, typer.Option()] = ATTRIBUTIONS,
    iterations: Annotated[int, typer.Option(help="iterations for the true label")] = 19,
    control_attributions: Annotated[str, typer.Option()] = "gxsi",
    control_iterations: Annotated[int, typer.Option()] = 10,
    equal_count: Annotated[int, typer.Option(help="pictures for the comparison with IG and DeepLIFT")] = 30,
    device: Annotated[str, typer.Option()] = "cpu",
) -> None:
    archive = data / "cifar10_test_jpeg.npz"
    tests = balanced(archive, count)
    tests = TestPictures(tests.images.to(device), tests.labels)
    facts = {"machine": f"{platform.machine()}, {os.cpu_count()} cores", "threads": torch.get_num_threads()}
    result: dict[str, Any] = json.loads(out.read_text()) if out.exists() else {"networks": []}
    result = {"manifest": manifest(**facts, device=device, seed=SEED, batch=BATCH, data=archive.name), **result}

    for file in files:
        classifier = load_classifier(file, device=device)
        network = next((each for each in result["networks"] if each["weights"] == classifier.weights_digest), None)
        if network is None:
            nib = is_nib(classifier.network, classifier.input_size)
            network = {
                "name": classifier.name,
                "weights": classifier.weights_digest,
                "parameters": sum(weights.numel() for weights in classifier.network.parameters()),
                "nib": bool(nib),
                "accuracy": accuracy(file),
                "curves": [],
                "as_gxi": [],
            }
            result["networks"].append(network)
        for kept, key, work in pieces(classifier, tests, network, attributions, control_attributions, equal_count):
            if any(all(current(row[name]) == value for name, value in key.items()) for row in network[kept]):
                continue
            start = time.monotonic()
            row = work(iterations if key.get("control") == TRUTH else control_iterations)
            network[kept].append({**row, "seconds": round(time.monotonic() - start, 1)})
            out.write_text(json.dumps(result, indent=1) + "\n")
            values = " ".join(f"{100 * value:.1f}" for value, *_ in row["mia"][:11])
            print(f"{classifier.name:<28}{' '.join(map(str, key.values())):<42}{values}", flush=True)


Piece = tuple[str, dict[str, Any], Callable[[int], dict[str, Any]]]


def pieces(
    classifier: Classifier,
    tests: TestPictures,
    network: dict[str, Any],
    attributions: str,
    controls: str,
    equal_count: int,
) -> Iterator[Piece]:
    """Yield the list that a row belongs to, the key of the row, and a function of the iterations that computes it."""
    n = len(tests.labels)
    for name in filter(None, attributions.split(",")):
        yield (
            "curves",
            {"attribution": name, "control": TRUTH, "n": n},
            lambda count, name=name: measure_truth(classifier, tests, name, count),
        )
    for name in filter(None, controls.split(",")):
        for kind in CONTROLS:
            yield (
                "curves",
                {"attribution": name, "control": kind, "n": n},
                lambda count, name=name, kind=kind: measure_control(classifier, tests, kind, name, count),
            )
    if network["nib"] and equal_count:
        for name in EQUALS:
            key = {"attribution": name, "n": equal_count}
            yield "as_gxi", key, lambda _, name=name: compare_with_gxi(classifier, tests, name, equal_count)


if __name__ == "__main__":
    typer.run(main)
