"""LIME of photographs under several masking methods: fit, faithfulness and agreement between seeds.

    python benchmarks/lime.py DATA --out benchmarks/results/lime.json

DATA holds imagenet_samples/ (`wnid_*.jpg`), imagenet_classes.txt, imagenet_wnids.txt and weights/squeezenet1_1.pth. The
predicted class of every photograph is explained under every method, from as many seeds as asked for, in about 60 SLIC
superpixels. The first explanation is then judged by hiding segments under every method, so that none brings its own
referee. Photographs come in a random order and the file is written after each: stopped and started again it goes on,
and what it holds is always a fair sample. Means come with a 95 % interval from resampled photographs, also for the
paired difference to greyout.
"""

import json
import os
import platform
import time
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any

import torch
import typer
from torch import Tensor

from masking import SEGMENTATIONS, Classifier, LimeExplanation, lime, load_classifier
from masking.attribution import cross_evaluate, cut
from masking.manifest import manifest
from masking.measures import rank_correlation, sign_agreement, top_overlap

METHODS = "blackout,greyout,mean_colour,layer_masking"
BASELINE = "greyout"
TOP = 5
RESAMPLES = 2000
AGREEMENT = {"rank": rank_correlation, "top": lambda one, other: top_overlap(one, other, TOP), "sign": sign_agreement}


def photograph(classifier: Classifier, file: Path, truth: int, methods: list[str], asked: dict[str, Any]) -> dict:
    """Everything measured on one photograph, by method."""
    image = classifier.prepare(file)
    segments = cut(SEGMENTATIONS["slic"](count=asked["segments"]), image)
    found: dict[str, list[LimeExplanation]] = {name: [] for name in methods}
    target = int(classifier(image).argmax())
    for name in methods:
        for seed in range(asked["seeds"]):
            found[name].append(lime(classifier, image, name, target, segments, asked["samples"], seed))
    crossed = cross_evaluate(classifier, {name: one[0] for name, one in found.items()}, methods, asked["steps"])
    measured: dict[str, dict[str, float]] = {}
    for name, explanations in found.items():
        pairs = list(combinations([one.coefficients for one in explanations], 2))
        row = {"r2": fmean(one.r2 for one in explanations)}
        row |= {f"seeds_{how}": fmean(measure(*pair) for pair in pairs) for how, measure in AGREEMENT.items()}
        if name != BASELINE:
            against = [one.coefficients for one in (explanations[0], found[BASELINE][0])]
            row |= {f"{BASELINE}_{how}": measure(*against) for how, measure in AGREEMENT.items()}
        for referee in methods:
            verdict = crossed.verdicts[name, referee]
            row |= {f"{kind}_by_{referee}": getattr(verdict, kind) for kind in ("deletion", "insertion", "separation")}
        measured[name] = {key: round(value, 5) for key, value in row.items()}
    facts = {"file": file.name, "right": target == truth, "segments": int(segments.max()) + 1}
    return facts | {"methods": measured}


def summary(photographs: list[dict[str, Any]], methods: list[str]) -> list[dict[str, Any]]:
    """Means over photographs with their intervals, and of the paired difference to the baseline."""
    drawn = torch.randint(len(photographs), (RESAMPLES, len(photographs)), generator=torch.Generator().manual_seed(0))

    def values(name: str, key: str) -> Tensor:
        return torch.tensor([one["methods"][name][key] for one in photographs], dtype=torch.double)

    def spread(column: Tensor) -> list[float]:
        ends = torch.quantile(column[drawn].mean(1), torch.tensor([0.025, 0.975], dtype=torch.double))
        return [round(float(value), 4) for value in (column.mean(), *ends)]

    rows = []
    for name in methods:
        for key in photographs[0]["methods"][name]:
            row: dict[str, Any] = {"method": name, "measure": key, "mean": spread(values(name, key))}
            if name != BASELINE and key in photographs[0]["methods"][BASELINE]:
                row["more_than_greyout"] = spread(values(name, key) - values(BASELINE, key))
            rows.append(row)
    return rows


def main(
    data: Path,
    out: Annotated[Path, typer.Option()] = Path("benchmarks/results/lime.json"),
    photographs: Annotated[int, typer.Option(help="how many; 0 for all")] = 0,
    samples: Annotated[int, typer.Option()] = 500,
    seeds: Annotated[int, typer.Option(help="explanations of each photograph under each method, 2 or more")] = 2,
    segments: Annotated[int, typer.Option()] = 60,
    steps: Annotated[int, typer.Option(help="points of an ablation curve")] = 11,
    methods: Annotated[str, typer.Option()] = METHODS,
    threads: Annotated[int, typer.Option()] = 2,
    device: Annotated[str, typer.Option()] = "auto",
) -> None:
    torch.set_num_threads(threads)
    classifier = load_classifier(
        "squeezenet1_1", data / "weights/squeezenet1_1.pth", data / "imagenet_classes.txt", device=device
    )
    wnids = (data / "imagenet_wnids.txt").read_text().split()
    files = sorted((data / "imagenet_samples").glob("*.jpg"))
    files = [files[place] for place in torch.randperm(len(files), generator=torch.Generator().manual_seed(0))]
    asked = {"samples": samples, "seeds": seeds, "segments": segments, "steps": steps, "methods": methods}
    known = json.loads(out.read_text()) if out.exists() else {}
    rows = known["photographs"] if known.get("asked") == asked else []
    names = methods.split(",")
    facts = manifest(
        classifier=classifier.name,
        weights=classifier.weights_digest,
        device=str(classifier.device),
        machine=f"{platform.machine()}, {os.cpu_count()} cores",
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    done = {row["file"] for row in rows}
    for file in files[: photographs or len(files)]:
        if file.name in done:
            continue
        start = time.monotonic()
        rows.append(photograph(classifier, file, wnids.index(file.name.split("_")[0]), names, asked))
        print(f"{len(rows)} {file.name} {time.monotonic() - start:.0f} s", flush=True)
        result = {"manifest": facts, "asked": asked, "rows": summary(rows, names), "photographs": rows}
        part = out.with_suffix(".part")
        part.write_text(json.dumps(result) + "\n")
        part.replace(out)  # a kill leaves the last whole file
    for row in summary(rows, names):
        if row["measure"].startswith(("r2", "seeds_rank", "separation")):
            print(row)


if __name__ == "__main__":
    typer.run(main)
