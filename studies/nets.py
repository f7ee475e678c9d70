"""Accuracy and training time of trained networks.

    python -m studies.nets FILE.safetensors … --out studies/results/nets.json

Files are those of `missingness train`. Accuracy is on all test pictures, as each file says. The test pictures of a
student are masked for their true labels; `missingness bench run student_teacher` measures what else it knows.
"""

import json
import os
import platform
from pathlib import Path
from typing import Annotated, Any

import typer
from safetensors import safe_open

from masking import load_classifier
from masking.models.nib import is_nib
from masking.results.manifest import manifest


def read_header(path: Path) -> dict[str, Any]:
    with safe_open(path, "pt") as file:
        return json.loads(file.metadata()["classifier"])


def facts(path: Path) -> dict[str, Any]:
    """Return the facts in the header of a file, its size, and whether it is NIB."""
    about, classifier = read_header(path), load_classifier(str(path))
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


def main(
    files: list[Path],
    out: Annotated[Path, typer.Option()] = Path("studies/results/nets.json"),
) -> None:
    rows: list[dict[str, Any]] = []
    for path in files:
        row = facts(path)
        rows.append(row)
        minutes = row["training"]["seconds"] / 60
        print(f"{row['name']:<32}{row['parameters']:>10,}  {row['accuracy']:.1%}  {minutes:.1f} min")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, trained on one busy thread"
    out.write_text(json.dumps({"manifest": manifest(machine=machine), "networks": rows}, indent=1) + "\n")


if __name__ == "__main__":
    typer.run(main)
