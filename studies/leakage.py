"""Shape leakage of every masking method on rendered scenes, and the reasons why it changes when the hole grows.

    python -m studies.leakage --out studies/results/leakage.json

There are four parts, each on the worlds of the bundled classifiers: the exact outline on many scenes; every other hole
on fewer scenes; the reliance error of every classifier; and, for layer masking and greyout, how much the area of the
hole reveals. Layer masking is also measured with the union rule at residual sums.
"""

import json
import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from masking import load_classifier
from masking.datasets.silhouettes.worlds import world_of
from masking.datasets.sources.object_scenes import rendered_scenes
from masking.leakage import Leakage, measure_leakage, supported_methods
from masking.masks.holes import HOLES
from masking.measures import leaked_bits
from masking.measures.leakage import plug_in_bits
from masking.measures.readout import read_out
from masking.methods import METHODS, Method
from masking.methods.layer_masking import LayerMasking
from masking.models.zoo import bundled
from masking.results.manifest import manifest

CLASSIFIER = "silhouettes/resnet"
BATCH = 64
PARTS_OF_AREA = 8
EXPLAINED = ("greyout", "layer_masking", "layer_masking_union")


def measure(name: str, scenes: int, holes: list[str], only: tuple[str, ...] = ()) -> Leakage:
    classifier = load_classifier(name)
    methods: dict[str, Method] = {method: METHODS[method]() for method in supported_methods(classifier)}
    if "layer_masking" in methods:
        methods["layer_masking_union"] = LayerMasking(sums="union")
    selected: Mapping[str, Method] = {m: method for m, method in methods.items() if m in only or not only}
    started = time.monotonic()
    leakage = measure_leakage(classifier, rendered_scenes(world_of(name), scenes), selected, holes, BATCH)
    print(
        f"{name}: {len(leakage)} scenes, {len(leakage.answers)} pairs, {time.monotonic() - started:.0f} s", flush=True
    )
    return leakage


def explain(leakage: Leakage) -> list[dict[str, Any]]:
    """How much the area of the hole reveals, by itself and through the classifier's probabilities."""
    rows = []
    for hole in leakage.holes:
        area = leakage.hidden[hole]
        powers = torch.stack([area**power for power in range(4)], 1)
        by_area = leaked_bits(leakage.truth, read_out(leakage.truth, area[:, None]))
        steps = torch.quantile(area, torch.linspace(0, 1, PARTS_OF_AREA + 1, dtype=area.dtype)[1:-1])
        size = torch.bucketize(area, steps)
        for method in leakage.methods:
            logits = leakage.answers[method, hole].logits.double()
            rest = logits - powers @ torch.linalg.lstsq(powers, logits).solution
            rows.append(
                {
                    "method": method,
                    "hole": hole,
                    "bits_of_the_area_alone": by_area.value,
                    "plug_in_bits": plug_in_bits(leakage.truth, leakage.answers[method, hole].predicted),
                    "bits": leakage.bits(method, hole).value,
                    "commonest_answer": float(leakage.answers[method, hole].predicted.bincount().max() / len(leakage)),
                    "readable_bits": leakage.readable(method, hole).value,
                    "readable_bits_without_the_area": leaked_bits(leakage.truth, read_out(leakage.truth, rest)).value,
                    "area_readable_bits": leaked_bits(size, read_out(size, logits)).value,
                }
            )
    return rows


def main(
    out: Annotated[Path, typer.Option()] = Path("studies/results/leakage.json"),
    scenes: Annotated[int, typer.Option(help="scenes with the exact outline")] = 2048,
    fewer: Annotated[int, typer.Option(help="scenes with each other hole, and per classifier")] = 768,
) -> None:
    exact = measure(CLASSIFIER, scenes, ["exact"])
    holes = measure(CLASSIFIER, fewer, list(HOLES))
    grown = [name for name, hole in HOLES.items() if hole.radius is not None]
    explained = explain(measure(CLASSIFIER, scenes, [*grown, "disc"], EXPLAINED))
    others = {
        name: exact if name == CLASSIFIER else measure(name, fewer, ["exact"])
        for name in bundled()
        if name.startswith("silhouettes/")
    }
    facts = manifest(
        exact=exact.manifest, holes=holes.manifest, machine=f"{platform.machine()}, {os.cpu_count()} cores"
    )
    result = {
        "manifest": facts,
        "exact": exact.rows,
        "holes": holes.rows,
        "transplanted": [
            {
                "method": method,
                "called_by_donor": vars(holes.moved(method)),
                "called_by_donor_without": vars(holes.moved(method, "exact")),
                "probability_gained": vars(holes.shift(method)),
            }
            for method in holes.methods
        ],
        "fewer_bits_of_layer_masking": {
            method: vars(exact.fewer_bits("layer_masking", than=method))
            for method in exact.methods
            if method != "layer_masking"
        },
        "why": explained,
        "reliance": [
            {"classifier": name, "right_answer": leakage.right_answer, **row}
            for name, leakage in others.items()
            for row in leakage.rows
        ],
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    typer.run(main)
