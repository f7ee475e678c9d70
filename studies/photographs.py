"""Accuracy and class entropy of every masking method on a folder of photographs named `wnid_*.jpg`.

    python -m studies.photographs DATA --out studies/results/photographs.json
    python -m studies.photographs DATA --classifier imagenet/efficientnet-lite0 --out photographs_lite.json

DATA holds imagenet_samples/, imagenet_classes.txt, imagenet_wnids.txt and weights/squeezenet1_1.pth. One random mask of
16 px patches per photograph (seed = its position in the list), the same for every method.
"""

import json
import os
import platform
from pathlib import Path
from typing import Annotated

import torch
import typer

from masking import METHODS, Mask, load_classifier
from masking.measures import class_entropy
from masking.results.manifest import run_manifest

BATCH = 25
SQUEEZENET = "squeezenet1_1"


def main(
    data: Path,
    out: Annotated[Path, typer.Option()] = Path("studies/results/photographs.json"),
    shares: Annotated[str, typer.Option()] = "0,0.25,0.5,0.75",
    count: Annotated[int, typer.Option(help="number of photographs; 0 for all")] = 0,
    classifier: Annotated[str, typer.Option(help="a classifier with ImageNet's classes")] = SQUEEZENET,
) -> None:
    own = (data / "weights/squeezenet1_1.pth", data / "imagenet_classes.txt") if classifier == SQUEEZENET else ()
    network = load_classifier(classifier, *own, device="auto")
    wnids = (data / "imagenet_wnids.txt").read_text().split()
    files = sorted((data / "imagenet_samples").glob("*.jpg"))[: count or None]
    truth = torch.tensor([wnids.index(file.name.split("_")[0]) for file in files])
    images = torch.cat([network.prepare(file) for file in files])
    rows = []
    for share in map(float, shares.split(",")):
        masks = Mask(torch.cat([Mask.random_patches(224, share, 16, seed=i).keep for i in range(len(files))]))
        for name in METHODS:
            method = METHODS[name]()
            if method.supports(network):
                continue  # the method gives a reason why it cannot run
            chunks = range(0, len(files), BATCH)
            logits = [method.logits(network, images[i : i + BATCH], masks[i : i + BATCH]) for i in chunks]
            predicted = torch.cat(logits).argmax(1).cpu()
            accuracy = (predicted == truth).double().mean().item()
            rows.append(
                {"hidden": share, "method": name, "accuracy": accuracy, "class_entropy_bits": class_entropy(predicted)}
            )
            print(rows[-1], flush=True)
    facts = run_manifest(network, photographs=len(files), machine=f"{platform.machine()}, {os.cpu_count()} cores")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"manifest": facts, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    typer.run(main)
