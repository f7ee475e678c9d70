"""Mask-shape bias on photographs: is the class read off the hole? Balasubramanian & Feizi's A_obj / A_brk.

    python -m studies.shape_bias DATA/imagenet_samples MASKS --network imagenet/efficientnet-lite0
    python -m studies.shape_bias DATA/imagenet_samples MASKS --network squeezenet1_1 \
        --weights DATA/weights/squeezenet1_1.pth --categories DATA/imagenet_classes.txt
    python -m studies.shape_bias --network silhouettes/resnet --count 512

The first two need a folder of pictures and a folder of PNG masks of the same names, such as those of Pixel-ImageNet, or
those that `studies.object_masks` draws; the last renders scenes whose objects are known. Only pictures that the network
names correctly with nothing hidden count. The broken hole is the object's, shifted by half the picture in both
directions. All networks write to one file, which keeps what others measured.
"""

import json
import os
import platform
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from masking.benchmarks.analysis.statistics import differences, summarise
from masking.benchmarks.specification.loaded_spec import load_spec
from masking.benchmarks.specification.spec import spec_from
from masking.results.manifest import manifest

METHODS = "blackout,greyout,layer_masking"
HOLES = ("exact", "broken")
OUTCOMES = {"kept", "shape_ratio", "accuracy", "leakage"}


def measure(spec: dict[str, Any], outcomes: set[str]) -> dict[str, Any]:
    """Return the numbers of a run, their paired differences from the first method, and the facts about both."""
    loaded = load_spec(spec_from(spec))
    experiment = loaded.spec.make_experiment()
    rows = [row for shard in range(loaded.shards) for row in loaded.compute(shard, lambda _: None).rows]
    numbers = summarise(experiment, rows)
    paired = differences(experiment, rows) if len({row["method"] for row in rows}) > 1 else []
    return {
        "spec": json.loads(loaded.spec.model_dump_json()),
        "environment": dict(loaded.environment),
        "images": len(loaded.indices),
        "numbers": [row for row in numbers if row["outcome"] in outcomes],
        "differences": [row for row in paired if row["outcome"] in outcomes],
    }


def write(out: Path, name: str, result: dict[str, Any], command: str) -> None:
    """Put the result of a network into a file, beside those of others."""
    networks: dict[str, Any] = json.loads(out.read_text())["networks"] if out.exists() else {}
    about = manifest(command=command, machine=f"{platform.machine()}, {os.cpu_count()} cores", threads=1)
    networks[name] = {"manifest": about, **result}
    out.write_text(json.dumps({"networks": networks}, indent=1) + "\n")
    for row in result["numbers"]:
        print(*(value for value in row.values()), flush=True)


def main(
    images: Annotated[Path | None, typer.Argument(help="folder of pictures; without it, scenes are rendered")] = None,
    masks: Annotated[Path | None, typer.Argument(help="folder of masks")] = None,
    out: Annotated[Path, typer.Option()] = Path("studies/results/shape_bias.json"),
    network: Annotated[str, typer.Option()] = "imagenet/efficientnet-lite0",
    weights: Annotated[str | None, typer.Option()] = None,
    categories: Annotated[str | None, typer.Option()] = None,
    methods: Annotated[str, typer.Option()] = METHODS,
    count: Annotated[int, typer.Option(help="the most pictures")] = 250,
) -> None:
    torch.set_num_threads(1)
    data: dict[str, Any] = {"source": "silhouettes"}
    if images is not None:
        data = {"source": "masked_folder", "settings": {"path": str(images), "masks": str(masks or "")}}
    classifier = {"name": network, "weights": weights, "categories": categories}
    spec = {
        "experiment": "shape_leakage",
        "settings": {"methods": methods.split(","), "holes": list(HOLES)},
        "data": data,
        "classifier": classifier,
        "count": count,
        "block": 16,
        "device": "cpu",
    }
    result = measure(spec, OUTCOMES)
    write(out, network, result, f"python -m studies.shape_bias … --network {network} --count {count}")


if __name__ == "__main__":
    typer.run(main)
