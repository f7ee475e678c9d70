"""LIME under several masking methods: fit, faithfulness, agreement between seeds, alignment with the object.

    python -m studies.lime_quality photographs DATA --samples 200 --segments 50 --steps 8
    python -m studies.lime_quality photographs DATA --samples 200 --segments 50 --count 60 --seeds 1 --steps 0 \\
        --out studies/results/lime_held_out.json
    python -m studies.lime_quality scenes --samples 200 --segments 50 --seeds 1 --steps 0

DATA holds imagenet_samples/ (`wnid_*.jpg`), imagenet_classes.txt, imagenet_wnids.txt and weights/squeezenet1_1.pth. The
command `scenes` renders scenes with exact object masks instead. Every method explains the predicted class of every
picture, from `--seeds` seeds and in about `--segments` SLIC superpixels. Then every method judges the first explanation
by hiding segments, so that no method is judged only by itself. `--steps 0` leaves out the judges, `--seeds 1` the
agreement.

`r2` is computed on the answers that the fit has seen, `r2_held_out` on answers that were left out in turn.

Photographs are measured in random order, and the file is written after each. After an interruption, the same command
continues, and the file is a fair sample at any time. Means have a 95 % interval from resampled pictures, and so has the
paired difference to greyout.
"""

import json
import os
import platform
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any, NamedTuple

import torch
import typer
from torch import Tensor

from masking import SEGMENTATIONS, Classifier, LimeExplanation, lime, load_classifier
from masking.attribution import cross_evaluate, segment_image
from masking.datasets.silhouettes.worlds import world_of
from masking.datasets.sources.object_scenes import rendered_scenes
from masking.measures import alignment, rank_correlation, sign_agreement, top_overlap
from masking.results.manifest import run_manifest

METHODS = "blackout,greyout,mean_colour,layer_masking"
BASELINE = "greyout"
TOP = 5
RESAMPLES = 2000
SHOWN = ("r2", "alignment", "seeds_rank", "separation")
AGREEMENT: dict[str, Callable[[Tensor, Tensor], float]] = {
    "rank": rank_correlation,
    "top": lambda first, second: top_overlap(first, second, TOP),
    "sign": sign_agreement,
}

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)


class MeasuredPicture(NamedTuple):
    """A picture: name, image (1, 3, h, w), class, and its object, bool (h, w), if it is known."""

    name: str
    image: Tensor
    truth: int
    on_object: Tensor | None = None


def measure(
    classifier: Classifier, picture: MeasuredPicture, methods: list[str], settings: dict[str, Any]
) -> dict[str, Any]:
    """Return every measure on one picture, by method."""
    segments = segment_image(SEGMENTATIONS["slic"](count=settings["segments"]), picture.image)
    explained: dict[str, list[LimeExplanation]] = {name: [] for name in methods}
    target = int(classifier(picture.image).argmax())
    for name in methods:
        for seed in range(settings["seeds"]):
            explained[name].append(lime(classifier, picture.image, name, target, segments, settings["samples"], seed))
    rows: dict[str, dict[str, float]] = {}
    for name, explanations in explained.items():
        weights = [explanation.coefficients for explanation in explanations]
        row = {key: fmean(getattr(each, key) for each in explanations) for key in ("r2", "r2_held_out")}
        if picture.on_object is not None:
            row["alignment"] = fmean(alignment(each, segments, picture.on_object) for each in weights)
        for how, measure in AGREEMENT.items():
            if len(weights) > 1:
                row[f"seeds_{how}"] = fmean(measure(*pair) for pair in combinations(weights, 2))
            if name != BASELINE:
                row[f"{BASELINE}_{how}"] = measure(weights[0], explained[BASELINE][0].coefficients)
        rows[name] = row
    if settings["steps"]:
        crossed = cross_evaluate(
            classifier, {name: explanations[0] for name, explanations in explained.items()}, methods, settings["steps"]
        )
        for (name, referee), verdict in crossed.verdicts.items():
            for kind in ("deletion", "insertion", "separation"):
                rows[name][f"{kind}_by_{referee}"] = getattr(verdict, kind)
    facts = {"name": picture.name, "right": target == picture.truth, "segments": int(segments.max()) + 1}
    rounded = {name: {key: round(value, 5) for key, value in row.items()} for name, row in rows.items()}
    return facts | {"methods": rounded}


def summarise(pictures: list[dict[str, Any]], methods: list[str]) -> list[dict[str, Any]]:
    """Return means over pictures with their intervals, and the paired differences to the baseline."""
    resampled = torch.randint(len(pictures), (RESAMPLES, len(pictures)), generator=torch.Generator().manual_seed(0))

    def values(name: str, key: str) -> Tensor:
        return torch.tensor([picture["methods"][name][key] for picture in pictures], dtype=torch.double)

    def spread(column: Tensor) -> list[float]:
        ends = torch.quantile(column[resampled].mean(1), torch.tensor([0.025, 0.975], dtype=torch.double))
        return [round(float(value), 4) for value in (column.mean(), *ends)]

    rows = []
    for name in methods:
        for key in pictures[0]["methods"][name]:
            row: dict[str, Any] = {"method": name, "measure": key, "mean": spread(values(name, key))}
            if name != BASELINE and key in pictures[0]["methods"][BASELINE]:
                row[f"more_than_{BASELINE}"] = spread(values(name, key) - values(BASELINE, key))
            rows.append(row)
    return rows


def measure_all(
    classifier: Classifier,
    names: list[str],
    read_picture: Callable[[str], MeasuredPicture],
    settings: dict[str, Any],
    out: Path,
) -> None:
    """Measure the named pictures that the file does not hold yet."""
    earlier = json.loads(out.read_text()) if out.exists() else {}
    rows: list[dict[str, Any]] = earlier["pictures"] if earlier.get("asked") == settings else []
    methods = settings["methods"].split(",")
    facts = run_manifest(classifier, machine=f"{platform.machine()}, {os.cpu_count()} cores")
    out.parent.mkdir(parents=True, exist_ok=True)
    done = {row["name"] for row in rows}
    for name in (name for name in names if name not in done):
        start = time.monotonic()
        rows.append(measure(classifier, read_picture(name), methods, settings))
        print(f"{len(rows)} {name} {time.monotonic() - start:.0f} s", flush=True)
        unfinished = out.with_suffix(".part")
        text = json.dumps({"manifest": facts, "asked": settings, "rows": summarise(rows, methods), "pictures": rows})
        unfinished.write_text(text + "\n")
        unfinished.replace(out)  # an interruption leaves the last complete file
    for row in summarise(rows, methods):
        if row["measure"].startswith(SHOWN):
            print(row)


Samples = Annotated[int, typer.Option(help="forward passes of each explanation")]
Seeds = Annotated[int, typer.Option(help="explanations of each picture under each method; 1 leaves out the agreement")]
Segments = Annotated[int, typer.Option(help="approximate number of superpixels")]
Steps = Annotated[int, typer.Option(help="points of an ablation curve; 0 leaves out the ablation")]
Methods = Annotated[str, typer.Option()]
Threads = Annotated[int, typer.Option()]
Device = Annotated[str, typer.Option()]


@app.command()
def photographs(
    data: Path,
    out: Annotated[Path, typer.Option()] = Path("studies/results/lime_quality.json"),
    count: Annotated[int, typer.Option(help="number of photographs; 0 for all")] = 0,
    samples: Samples = 500,
    seeds: Seeds = 2,
    segments: Segments = 60,
    steps: Steps = 11,
    methods: Methods = METHODS,
    threads: Threads = 2,
    device: Device = "auto",
) -> None:
    torch.set_num_threads(threads)
    classifier = load_classifier(
        "squeezenet1_1", data / "weights/squeezenet1_1.pth", data / "imagenet_classes.txt", device=device
    )
    wnids = (data / "imagenet_wnids.txt").read_text().split()
    files = {file.name: file for file in sorted((data / "imagenet_samples").glob("*.jpg"))}
    order = torch.randperm(len(files), generator=torch.Generator().manual_seed(0)).tolist()
    names = [list(files)[index] for index in order[: count or len(files)]]

    def read_picture(name: str) -> MeasuredPicture:
        return MeasuredPicture(name, classifier.prepare(files[name]), wnids.index(name.split("_", maxsplit=1)[0]))

    settings = {"samples": samples, "seeds": seeds, "segments": segments, "steps": steps, "methods": methods}
    measure_all(classifier, names, read_picture, settings, out)


@app.command()
def scenes(
    out: Annotated[Path, typer.Option()] = Path("studies/results/lime_scenes.json"),
    classifier: Annotated[str, typer.Option()] = "silhouettes/resnet",
    count: Annotated[int, typer.Option(help="number of scenes")] = 100,
    first: Annotated[int, typer.Option(help="seed of the first scene")] = 0,
    samples: Samples = 500,
    seeds: Seeds = 2,
    segments: Segments = 60,
    steps: Steps = 11,
    methods: Methods = METHODS,
    threads: Threads = 2,
    device: Device = "auto",
) -> None:
    torch.set_num_threads(threads)
    model = load_classifier(classifier, device=device)
    world = world_of(classifier)

    def read_picture(name: str) -> MeasuredPicture:
        scene = rendered_scenes(world, 1, int(name)).read(model, 0, 1)
        return MeasuredPicture(name, model.prepare(scene.images), int(scene.labels[0]), scene.objects[0, 0])

    settings = {"samples": samples, "seeds": seeds, "segments": segments, "steps": steps, "methods": methods}
    measure_all(
        model, [str(seed) for seed in range(first, first + count)], read_picture, settings | {"of": classifier}, out
    )


if __name__ == "__main__":
    app()
