"""Attribution masks of networks that were never trained: MIA over several draws of the random weights.

    python -m studies.untrained_masks --data FOLDER

An untrained network is one draw of its weights, and two draws can differ more than two pictures do. So each shape is
drawn with seeds 0, 1, 2, …; the result is the mean over the networks, the lowest and the highest of them, and the 95 %
interval over pictures of each one. The pictures are those of `studies.attribution_masks`. Rows that the result file
already holds are not computed again, so an interrupted run continues where it stopped.
"""

import json
import os
import platform
import time
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from masking import Classifier, attribution_masks
from masking.attribution import untrained
from masking.models import ARCHITECTURES
from masking.results.manifest import manifest
from studies.attribution_masks import BATCH, SEED, TestPictures, balanced, curves

SHAPES = (
    "nib_vgg16:width=0.25,head=512",
    "nib_vgg13_6:width=0.25,head=512",
    "nib_vgg13_4:width=0.25,head=512",
    "nib_vgg13_2:width=0.25,head=512",
    "nib_vgg13:width=0.25,head=512",
    "nib_vgg13_6:width=1.0,head=4096",
)
"""Architectures with their arguments: those of the trained networks in the results."""
MEAN, DEVIATION = (0.507, 0.487, 0.441), (0.267, 0.256, 0.276)
"""The normalisation of the trained networks (`assets/configs/cifar10-nib-vgg16-slim.toml`)."""
COMMAND = "python -m studies.untrained_masks"


def classifier_of(shape: str) -> Classifier:
    """Return a classifier of CIFAR-10's classes from an architecture with arguments, such as `nib_vgg16:width=0.25`.

    Its weights are laid out as those of `load_classifier`: a seed draws other weights in another memory layout.
    """
    name, _, arguments = shape.partition(":")
    options = {key: json.loads(value) for key, value in (each.split("=") for each in arguments.split(",") if each)}
    categories = [str(number) for number in range(10)]
    network = ARCHITECTURES[name](10, **options).eval().to(memory_format=torch.channels_last)
    return Classifier(shape, network, categories, (32, 32), MEAN, DEVIATION)


def measure(shape: str, seed: int, tests: TestPictures, attribution: str, iterations: int) -> dict[str, Any]:
    """Return the row of one network: MIA at each iteration for the true labels, with its interval over pictures."""
    classifier = untrained(classifier_of(shape), seed)
    parts = [
        (attribution_masks(classifier, images, labels, attribution, iterations, batch=BATCH).logits, labels)
        for _, images, labels in tests.chunks()
    ]
    return {"shape": shape, "attribution": attribution, "seed": seed, **curves(parts, tests.labels)}


def summarise(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return for each shape the mean over its networks, and the lowest and highest, at each iteration."""
    summary: list[dict[str, Any]] = []
    for shape, attribution, n in dict.fromkeys((row["shape"], row["attribution"], row["n"]) for row in rows):
        own = [row for row in rows if (row["shape"], row["attribution"], row["n"]) == (shape, attribution, n)]
        values = torch.tensor([[value for value, *_ in row["mia"]] for row in own], dtype=torch.float64)
        summary.append(
            {
                "shape": shape,
                "attribution": attribution,
                "n": n,
                "networks": len(own),
                "mean": [round(value, 4) for value in values.mean(0).tolist()],
                "lowest": values.amin(0).tolist(),
                "highest": values.amax(0).tolist(),
            }
        )
    return summary


def main(
    data: Annotated[Path, typer.Option(help="folder of cifar10_test_jpeg.npz")] = Path("data"),
    out: Annotated[Path, typer.Option()] = Path("studies/results/untrained_masks.json"),
    count: Annotated[int, typer.Option(help="test pictures")] = 1000,
    networks: Annotated[int, typer.Option(help="draws of the weights of each shape")] = 6,
    shapes: Annotated[str, typer.Option(help="architectures with arguments, separated by ;")] = ";".join(SHAPES),
    attribution: Annotated[str, typer.Option()] = "gxsi",
    iterations: Annotated[int, typer.Option()] = 10,
) -> None:
    torch.set_num_threads(1)
    tests = balanced(data / "cifar10_test_jpeg.npz", count)
    facts = {"machine": f"{platform.machine()}, {os.cpu_count()} cores", "threads": 1, "pictures_seed": SEED}
    rows: list[dict[str, Any]] = json.loads(out.read_text())["rows"] if out.exists() else []
    known = {(row["shape"], row["attribution"], row["seed"], row["n"]) for row in rows}
    for shape in shapes.split(";"):
        for seed in range(networks):
            if (shape, attribution, seed, len(tests.labels)) in known:
                continue
            started = time.monotonic()
            row = measure(shape, seed, tests, attribution, iterations)
            rows.append({**row, "seconds": round(time.monotonic() - started, 1)})
            about = manifest(**facts, data="cifar10_test_jpeg.npz", batch=BATCH, command=COMMAND)
            out.write_text(json.dumps({"manifest": about, "summary": summarise(rows), "rows": rows}, indent=1) + "\n")
            values = " ".join(f"{100 * value:.1f}" for value, *_ in row["mia"])
            print(f"{shape:<34}{seed:>3}  {values}  ({rows[-1]['seconds']} s)", flush=True)


if __name__ == "__main__":
    typer.run(main)
