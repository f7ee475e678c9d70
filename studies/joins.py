"""Rules of layer masking at joins and skips: accuracy under random masks, and bits that the shape of a hole leaks.

    python -m studies.joins DATA --out studies/results/joins.json

DATA holds weights/squeezenet1_1.pth, imagenet_samples/ and so on (see studies/photographs.py), and for CIFAR-10
weights/resnet20_cifar10.pth and cifar10_test_jpeg.npz. Every rule sees the same pictures with the same masks: random
patches of 1/14 of the side, or one visible patch of 1/4 or 1/14 of the side with everything else hidden.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import torch
import torchvision
import typer
from torch import Tensor

from masking import Classifier, Mask, layer_masked, load_classifier
from masking.datasets.silhouettes.render import World, render
from masking.image import open_picture, to_image
from masking.layers import Joins, Masked
from masking.measures.leakage import leaked_bits
from masking.measures.readout import read_out
from masking.models.cifar_resnet import cifar_resnet
from masking.results.manifest import manifest

BATCH, PLACES = 50, 196
RULES = {
    "default": Joins(),
    "skips: stride": Joins(skips="stride"),
    "sums: union": Joins(sums="union", concatenations="union"),
    "concatenations: union": Joins(concatenations="union"),
}
HIDDEN = {"25 %": 0.25, "50 %": 0.5, "75 %": 0.75, "90 %": 0.9, "all but 1/4": 4, "all but 1/14": 14}


class PictureSet(NamedTuple):
    """Pictures with their labels, and the classifier that knows these classes."""

    classifier: Classifier
    images: Tensor
    labels: Tensor


def photographs(data: Path, count: int) -> PictureSet:
    classifier = load_classifier(
        "squeezenet1_1", data / "weights/squeezenet1_1.pth", data / "imagenet_classes.txt", device="cpu"
    )
    wnids = (data / "imagenet_wnids.txt").read_text().split()
    files = sorted((data / "imagenet_samples").glob("*.jpg"))[:count]
    images = torch.cat([classifier.prepare(file) for file in files])
    return PictureSet(classifier, images, torch.tensor([wnids.index(file.name.split("_")[0]) for file in files]))


def cifar(data: Path, count: int) -> PictureSet:
    network = cifar_resnet()
    network.load_state_dict(torch.load(data / "weights/resnet20_cifar10.pth", weights_only=True))
    archive = np.load(data / "cifar10_test_jpeg.npz")
    selected = np.random.default_rng(0).permutation(len(archive["labels"]))[:count]
    spans = [slice(archive["offsets"][i], archive["offsets"][i + 1]) for i in selected]
    images = torch.cat([to_image(open_picture(archive["data"][span].tobytes())) for span in spans])
    classifier = Classifier("resnet20", network, tuple(archive["classes"].tolist()), input_size=(32, 32))
    return PictureSet(classifier, images, torch.from_numpy(archive["labels"][selected].astype(np.int64)))


def silhouettes(count: int) -> tuple[PictureSet, Mask]:
    scenes = render(World(), range(count))
    pictures = PictureSet(load_classifier("silhouettes/resnet", device="cpu"), scenes.images, scenes.labels)
    return pictures, Mask(~scenes.objects)


def masks(pictures: PictureSet, hidden: float) -> Mask:
    side, count = pictures.images.shape[-1], len(pictures.images)
    if hidden < 1:
        patch = max(2, side // 14)
        return Mask(torch.cat([Mask.random_patches(side, hidden, patch, seed=i).keep for i in range(count)]))
    visible = side // int(hidden)
    corners = np.random.default_rng(1).integers(0, side - visible, (count, 2))
    return Mask(torch.cat([~Mask.box(side, int(y), int(x), visible, visible).keep for y, x in corners]))


def logits(pictures: PictureSet, mask: Mask, joins: Joins) -> tuple[Tensor, float]:
    """Return the logits, and the share of images for which no visible cell was left."""
    engine = layer_masked(pictures.classifier.network, joins)
    parts, blind = [], 0
    nothing = engine(pictures.classifier.normalise(pictures.images[:1]), torch.zeros_like(mask.keep[:1]))
    for start in range(0, len(mask), BATCH):
        span = slice(start, start + BATCH)
        parts.append(engine(pictures.classifier.normalise(pictures.images[span]), mask.keep[span]))
        blind += int((parts[-1] - nothing).abs().amax(1).lt(1e-5).sum())
    return torch.cat(parts), blind / len(mask)


def rows(name: str, pictures: PictureSet) -> Iterator[dict[str, Any]]:
    for label, hidden in HIDDEN.items():
        mask = masks(pictures, hidden)
        for rule, joins in RULES.items():
            answers, blind = logits(pictures, mask, joins)
            accuracy = (answers.argmax(1) == pictures.labels).double().mean().item()
            yield {"pictures": name, "hidden": label, "rule": rule, "accuracy": accuracy, "blind": blind}


def leakage(scenes: PictureSet, objects: Mask, rule: str, joins: Joins) -> Iterator[dict[str, Any]]:
    """With the exact object hidden, and with a hole 8 pixels wider: bits of the answer and of all probabilities."""
    for label, mask in {"exact object": objects, "object and 8 pixels": objects.grow(8)}.items():
        answers, _ = logits(scenes, mask, joins)
        row: dict[str, Any] = {"pictures": "silhouettes", "hidden": label, "rule": rule}
        row["accuracy"] = (answers.argmax(1) == scenes.labels).double().mean().item()
        for name, predicted in {"bits": answers.argmax(1), "readable_bits": read_out(scenes.labels, answers)}.items():
            bits = leaked_bits(scenes.labels, predicted)
            row |= {name: bits.value, f"{name}_low": bits.low, f"{name}_high": bits.high}
        print(row, flush=True)
        yield row


def vanishing(joins: Joins, places: int) -> dict[str, int]:
    """Count the first places at which one visible 16 px patch leaves a ResNet-18 of 224 px nothing to see."""
    engine, keep = layer_masked(torchvision.models.resnet18(weights=None).eval(), joins), torch.zeros(1, 1, 224, 224)
    maps: dict[str, Any] = {}
    empty = 0
    for position in range(places):
        top, left = 16 * (position // 14), 16 * (position % 14)
        seen = keep.bool()
        seen[:, :, top : top + 16, left : left + 16] = True
        engine(torch.zeros(1, 3, 224, 224), seen, maps.__setitem__)
        last = maps["layer4_1_relu_1"]  # a plain tensor if everything has become visible
        empty += isinstance(last, Masked) and not last.keep.cells.any()
    return {"places": places, "empty": empty}


def main(
    data: Path,
    out: Annotated[Path, typer.Option()] = Path("studies/results/joins.json"),
    count: Annotated[int, typer.Option(help="photographs, CIFAR pictures and scenes at most")] = 2000,
    places: Annotated[int, typer.Option(help="places of the one visible patch, of 196")] = PLACES,
) -> None:
    results: list[dict[str, Any]] = []
    scenes, objects = silhouettes(count)
    with torch.inference_mode():
        for rule, joins in RULES.items():
            results.append(
                {"pictures": "none, ResNet-18", "hidden": "all but 16 x 16", "rule": rule, **vanishing(joins, places)}
            )
            print(results[-1], flush=True)
            results.extend(leakage(scenes, objects, rule, joins))
        for name, pictures in (
            ("CIFAR-10", cifar(data, count)),
            ("silhouettes", scenes),
            ("photographs", photographs(data, count)),
        ):
            for row in rows(name, pictures):
                results.append(row)
                print(row, flush=True)
    facts = manifest(count=count, device="cpu")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"manifest": facts, "rows": results}, indent=1) + "\n")


if __name__ == "__main__":
    typer.run(main)
