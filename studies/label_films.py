"""Masks made for a class that the picture does not show: how often does the network then answer with that class?

    python -m studies.label_films --pictures 1 --drawn 40 --nearest 8
    python -m studies.label_films --summary assets/lessons/label_films.json
    python -m studies.label_films --networks cifar10/nib-vgg16-slim --out label_films_cifar.json

Every network comes with the project, and so do the pictures: the gallery's photographs or its drawn scenes. For each
picture, masks are made for the classes that the network finds nearest and for others drawn at random (seed 0), or for
all classes where there are few. The same is done for pure noise, for untrained copies of the network, and for other
attributions. A mask succeeds at an iteration if the answer to the masked picture is the class that it is made for.
Rows that the result file already holds are not computed again, so an interrupted run continues where it stopped.
"""

import json
import os
import platform
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from torch import Tensor

from masking import Classifier, attribution_masks, load_classifier
from masking.attribution.controls import noise_image, untrained
from masking.datasets.gallery import open_sample, samples
from masking.models.class_groups import group_members
from masking.models.class_names import short_names
from masking.models.nib import is_nib
from masking.models.packaged_networks import LITE
from masking.models.picture_kinds import PictureKind
from masking.results.manifest import manifest

NETWORKS = f"{LITE},cifar10/nib-vgg16-slim,silhouettes/nib-vgg"
ATTRIBUTION = "gxsi"
OTHERS = "gxi,gradient,random"
SEED, SEEDS = 0, 3
"""Seed of the drawn classes; number of noise images and of untrained networks."""
FEW = 20
"""A network with at most so many classes is asked for all of them."""
BATCH = 4
CHOSEN = 2
"""Labels of each picture that the summary names."""
COMMAND = "python -m studies.label_films"

Row = dict[str, Any]


def pictures_for(classifier: Classifier) -> list[str]:
    """Return the names of the gallery's pictures of the kind that the network was trained on."""
    kind = PictureKind.DRAWN if classifier.name.startswith("silhouettes") else PictureKind.PHOTOGRAPH
    return [name for name, sample in samples().items() if sample.kind is kind]


def drawn_classes(classifier: Classifier, count: int) -> list[int]:
    """Return so many classes at random, or all of a network with few classes."""
    classes = len(classifier.categories)
    if classes <= FEW:
        return list(range(classes))
    return torch.randperm(classes, generator=torch.Generator().manual_seed(SEED))[:count].tolist()


def films(
    classifier: Classifier, images: Tensor, labels: list[int], attribution: str, iterations: int
) -> Iterator[tuple[int, list[bool], list[float]]]:
    """Yield for each label whether its masks succeed at each iteration, and the probability of the label there."""
    many = images.expand(len(labels), -1, -1, -1)
    for part, targets in zip(many.split(BATCH), torch.tensor(labels).split(BATCH), strict=True):
        masks = attribution_masks(classifier, part, targets, attribution, iterations, batch=BATCH)
        hits, probabilities = masks.hits().T.tolist(), masks.probability.T.tolist()
        yield from zip(targets.tolist(), hits, probabilities, strict=True)


def summary(results: list[tuple[int, list[bool], list[float]]]) -> Row:
    """Return how many of the labels are answered at each iteration, and at any of them."""
    hits = torch.tensor([hit for _, hit, _ in results])
    return {
        "labels": len(results),
        "hits": hits.sum(0).tolist(),
        "ever": int(hits[:, 1:].any(1).sum()),
    }


def measure_picture(classifier: Classifier, picture: str, nearest: int, random_classes: int, iterations: int) -> Row:
    """Measure the masks of one picture for many classes."""
    image = classifier.prepare(open_sample(picture))
    with torch.inference_mode():
        answer = classifier(image)[0].double().softmax(0).cpu()
    order = answer.argsort(descending=True).tolist()
    own = group_members(order[0], classifier.categories)
    near = [label for label in order if label not in own][:nearest]
    random = [label for label in drawn_classes(classifier, random_classes) if label not in own]
    labels = list(dict.fromkeys([order[0], *near, *random]))
    results = list(films(classifier, image, labels, ATTRIBUTION, iterations))
    names = short_names(classifier.categories)
    rows = []
    for label, hit, probability in results:
        steps = [step for step in range(1, iterations + 1) if hit[step]]
        best = max(steps, key=lambda step: probability[step], default=None)
        rows.append(
            {
                "class": names[label],
                "drawn": label in random,
                "before": round(probability[0], 5),
                "first": steps[0] if steps else None,
                "best": best,
                "probability": None if best is None else round(probability[best], 4),
            }
        )
    return {
        "answer": names[order[0]],
        "probability": round(float(answer[order[0]]), 4),
        "drawn": summary([each for each in results if each[0] in random]),
        "nearest": summary([each for each in results if each[0] in near]),
        "classes": rows,
    }


def measure_noise(classifier: Classifier, random_classes: int, iterations: int) -> Row:
    """Measure the masks of pure noise for drawn classes."""
    labels, results = drawn_classes(classifier, random_classes), []
    for seed in range(SEEDS):
        image = noise_image(classifier.input_size, seed)
        results += films(classifier, image, labels, ATTRIBUTION, iterations)
    return {"images": SEEDS, **summary(results)}


def measure_untrained(classifier: Classifier, picture: str, random_classes: int, iterations: int) -> Row:
    """Measure the masks that untrained copies of the network make and judge."""
    labels, results, image = drawn_classes(classifier, random_classes), [], classifier.prepare(open_sample(picture))
    for seed in range(SEEDS):
        results += films(untrained(classifier, seed), image, labels, ATTRIBUTION, iterations)
    return {"picture": picture, "networks": SEEDS, **summary(results)}


def measure_attribution(classifier: Classifier, picture: str, name: str, random_classes: int, iterations: int) -> Row:
    """Measure the masks of one picture with another attribution, for drawn classes."""
    image = classifier.prepare(open_sample(picture))
    with torch.inference_mode():
        own = group_members(int(classifier(image).argmax()), classifier.categories)
    labels = [label for label in drawn_classes(classifier, random_classes) if label not in own]
    return {"picture": picture, **summary(list(films(classifier, image, labels, name, iterations)))}


def shares(result: Row) -> Row:
    """Return for each network and picture how many of the drawn labels succeed, and which ones most clearly."""
    rows = []
    for network, kept in result["networks"].items():
        for picture, row in kept["pictures"].items():
            written = [each for each in row["classes"] if each["drawn"] and each["best"] is not None]
            best = sorted(written, key=lambda each: -each["probability"])
            labels = row["drawn"]["labels"]
            rows.append(
                {
                    "network": network,
                    "picture": picture,
                    "labels": labels,
                    "written": len(written),
                    "best": [each["class"] for each in best[:CHOSEN]],
                }
            )
    noise = {
        network: {"labels": kept["noise"]["labels"], "written": kept["noise"]["ever"]}
        for network, kept in result["networks"].items()
        if "noise" in kept
    }
    return {"command": COMMAND, "rows": rows, "noise": noise}


def main(
    networks: Annotated[str, typer.Option()] = NETWORKS,
    out: Annotated[Path, typer.Option()] = Path("studies/results/label_films.json"),
    nearest: Annotated[int, typer.Option(help="classes that the network finds nearest, for each picture")] = 2,
    random_classes: Annotated[int, typer.Option("--drawn", help="classes drawn at random, for each picture")] = 20,
    drawn_for_controls: Annotated[int, typer.Option(help="the first of them, for all else")] = 5,
    iterations: Annotated[int, typer.Option()] = 6,
    pictures: Annotated[int, typer.Option(help="number of pictures; 0 for all")] = 0,
    attributions: Annotated[str, typer.Option(help="other attributions, for the first picture")] = OTHERS,
    summary_file: Annotated[
        Path | None, typer.Option("--summary", help="also write the shares and the clearest labels of each picture")
    ] = None,
) -> None:
    facts = {"machine": f"{platform.machine()}, {os.cpu_count()} cores", "seed": SEED, "iterations": iterations}
    result: Row = json.loads(out.read_text()) if out.exists() else {"manifest": manifest(**facts), "networks": {}}

    def keep(rows: Row, key: str, compute: Callable[[], Row]) -> None:
        if key not in rows:
            rows[key] = compute()
            out.write_text(json.dumps(result, indent=1) + "\n")
            print(key, {name: value for name, value in rows[key].items() if name != "classes"}, flush=True)

    for name in networks.split(","):
        classifier = load_classifier(name, device="cpu")
        free = bool(is_nib(classifier.network, classifier.input_size))
        kept = result["networks"].setdefault(name, {"free_of_input_bias": free, "pictures": {}, "attributions": {}})
        names = pictures_for(classifier)[: pictures or None]
        for picture in names:
            keep(
                kept["pictures"],
                picture,
                partial(measure_picture, classifier, picture, nearest, random_classes, iterations),
            )
        first, few = names[0], drawn_for_controls
        keep(kept, "noise", partial(measure_noise, classifier, few, iterations))
        keep(kept, "untrained", partial(measure_untrained, classifier, first, few, iterations))
        for other in filter(None, attributions.split(",")):
            compute = partial(measure_attribution, classifier, first, other, few, iterations)
            keep(kept["attributions"], other, compute)
    if summary_file:
        summary_file.write_text(json.dumps(shares(result), indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    typer.run(main)
