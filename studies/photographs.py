"""Accuracy and class entropy of every masking method on a folder of photographs named `wnid_*.jpg`.

    python -m studies.photographs DATA --out studies/results/photographs.json
    python -m studies.photographs DATA --classifier imagenet/efficientnet-lite0 --out photographs_lite.json

DATA holds imagenet_samples/, imagenet_classes.txt, imagenet_wnids.txt and weights/squeezenet1_1.pth. One random mask of
16 px patches per photograph (seed = its position in the list), the same for every method. With `--methods`, only these
are measured, and the rows of other methods in the file stay.

`calibrated` is left out: a head that was fitted to these photographs would be tested on them. `studies/calibration.py`
measures it with heads that have not seen the tested ones.
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
LEFT_OUT = "calibrated"


def main(
    data: Path,
    out: Annotated[Path, typer.Option()] = Path("studies/results/photographs.json"),
    shares: Annotated[str, typer.Option()] = "0,0.25,0.5,0.75",
    count: Annotated[int, typer.Option(help="number of photographs; 0 for all")] = 0,
    classifier: Annotated[str, typer.Option(help="a classifier with ImageNet's classes")] = SQUEEZENET,
    methods: Annotated[str, typer.Option(help="methods to measure; empty for all")] = "",
    threads: Annotated[int, typer.Option(help="threads of torch; 0 for its own choice")] = 0,
) -> None:
    if threads:
        torch.set_num_threads(threads)
    own = (data / "weights/squeezenet1_1.pth", data / "imagenet_classes.txt") if classifier == SQUEEZENET else ()
    network = load_classifier(classifier, *own, device="auto")
    wnids = (data / "imagenet_wnids.txt").read_text().split()
    files = sorted((data / "imagenet_samples").glob("*.jpg"))[: count or None]
    truth = torch.tensor([wnids.index(file.name.split("_")[0]) for file in files])
    images = torch.cat([network.prepare(file) for file in files])
    names = methods.split(",") if methods else [name for name in METHODS if name != LEFT_OUT]
    earlier = json.loads(out.read_text())["rows"] if methods and out.exists() else []
    rows = [row for row in earlier if row["method"] not in names]
    for share in map(float, shares.split(",")):
        masks = Mask(torch.cat([Mask.random_patches(224, share, 16, seed=i).keep for i in range(len(files))]))
        for name in names:
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
    rows.sort(key=lambda row: row["hidden"])
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    kept = sorted({row["method"] for row in rows} - set(names))
    facts = run_manifest(network, photographs=len(files), kept_from_earlier_runs=kept, machine=machine)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"manifest": facts, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    typer.run(main)
