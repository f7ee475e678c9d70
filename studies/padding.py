"""Layers or padding: `neighbour_fill`, layer masking's padding used once on the picture, beside layer masking itself.

    python -m studies.padding DATA --out studies/results/padding.json

DATA holds what `studies/photographs.py` and `studies/joins.py` read. SqueezeNet 1.1 sees 250 photographs with patches
of 16 px, a ResNet-20 sees 1,000 test pictures of CIFAR-10 with patches of 2 px. Every method gets the same masks, and
`neighbour_fill` is compared with layer masking on the same pictures. LIME explains a sample of the pictures. The same
methods on `imagenet/efficientnet-lite0` and on rendered scenes are part of `studies/calibration.py`, which measures
shape leakage too.

The file is written after every step, and the same command goes on where an earlier one ended; `--again` starts anew.
"""

import sys
from pathlib import Path
from typing import Annotated

import torch
import typer

sys.path.insert(0, str(Path(__file__).parent))
from paired.comparison import StudyMethods
from paired.pictures import SQUEEZENET, cifar, photographs
from paired.results import StudyFile
from paired.steps import measure_lime, measure_removal

METHODS = StudyMethods(
    ("blackout", "greyout", "neighbour_fill", "layer_masking"), compared_with={"neighbour_fill": "layer_masking"}
)
SEEDS = dict.fromkeys(METHODS.names, 1)
SQUEEZENET_PATCH, RESNET_PATCH = 16, 2


def main(
    data: Path,
    out: Annotated[Path, typer.Option()] = Path("studies/results/padding.json"),
    count: Annotated[int, typer.Option(help="photographs at most")] = 250,
    small: Annotated[int, typer.Option(help="CIFAR pictures at most")] = 1000,
    explained: Annotated[int, typer.Option(help="photographs that LIME explains")] = 30,
    small_explained: Annotated[int, typer.Option(help="CIFAR pictures that LIME explains")] = 60,
    samples: Annotated[int, typer.Option(help="forward passes of each explanation")] = 200,
    again: Annotated[bool, typer.Option(help="measure anew what the file has")] = False,
) -> None:
    torch.set_num_threads(1)
    file = StudyFile(out, again)
    pictures = cifar(data, small)
    measure_removal(file, pictures, METHODS, RESNET_PATCH)
    measure_lime(file, pictures, METHODS, small_explained, SEEDS, samples)
    pictures = photographs(data, SQUEEZENET, count)
    measure_removal(file, pictures, METHODS, SQUEEZENET_PATCH)
    measure_lime(file, pictures, METHODS, explained, SEEDS, samples)


if __name__ == "__main__":
    typer.run(main)
