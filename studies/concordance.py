"""Concordance of photographs: do similarities survive when both pictures are shrunk and the rest is missing?

    python -m studies.concordance DATA/imagenet_samples --network imagenet/efficientnet-lite0
    python -m studies.concordance DATA/imagenet_samples --network squeezenet1_1 \
        --weights DATA/weights/squeezenet1_1.pth --categories DATA/imagenet_classes.txt

The mean of |cos(f_s(a), f_s(b)) − cos(f(a), f(b))| over random pairs of pictures a and b, where f is the input of the
last layer, and f_s that of the picture shrunk into the top left corner (Balasubramanian & Feizi 2023). The sides are
32, 64, 128 and 200 of 224 pixels. All networks write to one file, which keeps what others measured.
"""

from pathlib import Path
from typing import Annotated

import torch
import typer

from studies.shape_bias import measure, write

METHODS = "blackout,greyout,layer_masking"


def main(
    images: Annotated[Path, typer.Argument(help="folder of pictures")],
    out: Annotated[Path, typer.Option()] = Path("studies/results/concordance.json"),
    network: Annotated[str, typer.Option()] = "imagenet/efficientnet-lite0",
    weights: Annotated[str | None, typer.Option()] = None,
    categories: Annotated[str | None, typer.Option()] = None,
    methods: Annotated[str, typer.Option()] = METHODS,
    count: Annotated[int, typer.Option(help="the most pictures")] = 48,
) -> None:
    torch.set_num_threads(1)
    spec = {
        "experiment": "concordance",
        "settings": {"methods": methods.split(",")},
        "data": {"source": "folder", "settings": {"path": str(images)}},
        "classifier": {"name": network, "weights": weights, "categories": categories},
        "count": count,
        "block": 16,
        "device": "cpu",
    }
    result = measure(spec, {"concordance_error"})
    write(out, network, result, f"python -m studies.concordance … --network {network} --count {count}")


if __name__ == "__main__":
    typer.run(main)
