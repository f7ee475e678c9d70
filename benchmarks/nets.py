"""What trained networks get right, how long they learned, and what a student knows besides the labels in its masks.

    python benchmarks/nets.py FILE.safetensors … --data FOLDER --out benchmarks/results/nets.json

Files are those of `python -m masking train`. Accuracy is on all test pictures, as each file says. A student sees only
pictures that its teacher masked for a label, in the test too; the controls mask otherwise, and count what it then says:

- predicted label: masks for what the teacher predicts; the student names the true class.
- wrong label: masks for a random wrong class; the student names that wrong class, or the true one.
- noise image: masks of noise for a label; the student names that label.
- not masked: the student sees the plain picture; it names the true class.
"""

import json
import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from safetensors import safe_open
from torch import Tensor

from masking import Classifier, load_classifier
from masking.attribution import attribution_masks
from masking.attribution.controls import control
from masking.datasets.labelled import LABELLED, Part, Pictures
from masking.manifest import manifest
from masking.models.nib import is_nib

BATCH = 250
SEED = 0


def described(path: Path) -> dict[str, Any]:
    with safe_open(path, "pt") as file:
        return json.loads(file.metadata()["classifier"])


def facts(path: Path) -> dict[str, Any]:
    """Of one file: what its header says, its size, and whether it is NIB."""
    about, classifier = described(path), load_classifier(str(path))
    nib = is_nib(classifier.network, classifier.input_size)
    accuracy = dict(about["accuracy"])
    tests = accuracy.pop("n")
    ((tested_on, share),) = accuracy.items()
    kept = ("epochs", "steps", "batch", "learning_rate", "precision", "seed", "seconds", "device", "versions")
    return {
        "name": about["name"],
        "architecture": about["architecture"],
        "arguments": about["arguments"],
        "parameters": sum(weights.numel() for weights in classifier.network.parameters()),
        "training": {key: about["training"][key] for key in kept if key in about["training"]},
        "teacher": about.get("teacher"),
        "accuracy": share,
        "tested_on": tested_on,
        "tests": tests,
        "nib": bool(nib),
        "nib_error": nib.error,
        "weights": classifier.weights_digest,
    }


def batches(tests: Pictures, count: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Test pictures drawn at random, and their labels."""
    order = torch.randperm(len(tests), generator=torch.Generator().manual_seed(SEED))[:count]
    for chosen in order.split(BATCH):
        yield tests.floats(chosen), tests.labels[chosen]


def controls(student: Classifier, teacher: Classifier, asked: dict[str, Any], tests: Pictures, count: int) -> Any:
    """Shares, 0 … 1, of what the student says under each masking of the same pictures."""
    settings = {"attribution": asked["attribution"], "iterations": asked["iterations"]}
    right: dict[str, int] = {}

    def note(name: str, seen: Tensor, expected: Tensor) -> None:
        with torch.inference_mode():
            right[name] = right.get(name, 0) + int((student.network(seen).argmax(1) == expected).sum())

    for number, (images, labels) in enumerate(batches(tests, count)):
        note("not masked: the true class", student.normalise(images), labels)
        masks = attribution_masks(teacher, images, labels, **settings)
        note("true label: the true class", masks.normalised(masks.iterations), labels)
        for name in ("predicted_label", "wrong_label", "noise_image"):
            masks, expected = control(name, teacher, images, labels, SEED + number, **settings)
            seen = masks.normalised(masks.iterations)
            note(
                f"{name}: {'the true class' if name == 'predicted_label' else 'the class of the mask'}", seen, expected
            )
            if name == "wrong_label":
                note("wrong_label: the true class", seen, labels)
        with torch.inference_mode():
            teachers = int((teacher(images).argmax(1) == labels).sum())
        right["the teacher, not masked"] = right.get("the teacher, not masked", 0) + teachers
    return {name: hits / count for name, hits in right.items()}


def main(
    files: list[Path],
    data: Annotated[Path, typer.Option(help="folder of the test pictures")] = Path("data"),
    out: Annotated[Path, typer.Option()] = Path("benchmarks/results/nets.json"),
    count: Annotated[int, typer.Option(help="test pictures of the students' controls")] = 1000,
) -> None:
    found: list[dict[str, Any]] = []
    for path in files:
        row, about = facts(path), described(path)
        if about.get("teacher"):
            asked = about["teacher"]
            part = Part(data / about["data"]["test"], training=False, size=about["data"]["size"])
            tests = LABELLED[about["data"]["source"]](part)
            student, teacher = load_classifier(str(path)), load_classifier(asked["classifier"])
            row["controls"] = {"n": count, "seed": SEED, **controls(student, teacher, asked, tests, count)}
        found.append(row)
        minutes = row["training"]["seconds"] / 60
        print(f"{row['name']:<32}{row['parameters']:>10,}  {row['accuracy']:.1%}  {minutes:.1f} min")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, trained on one busy thread"
    out.write_text(json.dumps({"manifest": manifest(machine=machine), "networks": found}, indent=1) + "\n")


if __name__ == "__main__":
    typer.run(main)
