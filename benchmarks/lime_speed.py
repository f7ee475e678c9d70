"""The time of LIME: this library under greyout and layer masking, and the lime package, in turn in one process.

    python -m benchmarks.lime_speed --out benchmarks/results/lime_speed.json

One 224 px photograph gets 1,000 samples in about 50 superpixels, with random weights and one batch size for all. The
lime package runs twice: as its PyTorch tutorial shows it (network as torchvision makes it, pictures normalised one by
one, gradients recorded), and with the classifier of this library under `inference_mode`, so that only the packages
differ. On a GPU only this library runs.
"""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import skimage.data
import torch
import torchvision
import typer
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torchvision.transforms import functional as tv

from masking import SEGMENTATIONS, Classifier, lime
from masking.attribution import segment_image
from masking.results.manifest import manifest

TARGET = 0
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def package(
    picture: NDArray[Any], answer: Callable[[Any], Any], segments: Tensor, hidden: Any, samples: int, batch: int
) -> None:
    """Run the lime package on a picture (h, w, 3)."""
    from lime.lime_image import LimeImageExplainer

    LimeImageExplainer(random_state=0).explain_instance(
        picture,
        answer,
        labels=(TARGET,),
        top_labels=None,
        hide_color=hidden,
        num_samples=samples,
        batch_size=batch,
        segmentation_fn=lambda _: segments.numpy(),
        random_seed=0,
    )


def measure(name: str, samples: int, batch: int, rounds: int, device: str, clock: str) -> dict[str, Any]:
    torch.manual_seed(0)
    network = torchvision.models.get_model(name, weights=None).eval()
    plain = deepcopy(network)
    classifier = Classifier(name, network, [str(i) for i in range(1000)]).to(device)
    if device == "cpu":
        network.to(memory_format=torch.channels_last)  # as load_classifier does
    image = classifier.prepare(Image.fromarray(np.asarray(skimage.data.astronaut())))
    segments = segment_image(SEGMENTATIONS["slic"](count=60), image)
    floats = image[0].permute(1, 2, 0).cpu().numpy()
    bytes_ = (floats * 255).round().astype(np.uint8)
    mean, std = (values.flatten().tolist() for values in (classifier.mean, classifier.std))

    def tutorial(pictures: list[NDArray[Any]]) -> NDArray[Any]:
        images = torch.stack([tv.normalize(tv.to_tensor(picture), mean, std) for picture in pictures])
        return plain(images).softmax(1).detach().numpy()

    def same_classifier(pictures: list[NDArray[Any]]) -> NDArray[Any]:
        with torch.inference_mode():
            return classifier(torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)).softmax(1).numpy()

    ways: dict[str, Callable[[int], Any]] = {
        "greyout": lambda n: lime(classifier, image, "greyout", TARGET, segments, n, batch=batch),
        "layer_masking": lambda n: lime(classifier, image, "layer_masking", TARGET, segments, n, batch=batch),
    }
    if device == "cpu":
        grey = np.array(mean)
        ways |= {
            "lime_tutorial": lambda n: package(bytes_, tutorial, segments, (grey * 255).round(), n, batch),
            "lime_same_classifier": lambda n: package(floats, same_classifier, segments, grey, n, batch),
        }
    timed = [
        {way: seconds(lambda work=work, n=n: work(n), CLOCKS[clock]) for way, work in ways.items()}
        for n in (batch, *[samples] * rounds)
    ][1:]  # the first round only warms up
    row: dict[str, Any] = {"network": name, "segments": int(segments.max()) + 1, "samples": samples, "batch": batch}
    row |= {f"{way}_seconds": statistics.median(times[way] for times in timed) for way in ways}
    return row | {
        f"{way}_over_greyout": statistics.median(times[way] / times["greyout"] for times in timed) for way in ways
    }


def seconds(work: Callable[[], Any], clock: Callable[[], float]) -> float:
    start = clock()
    work()  # its results are on the CPU, so nothing is still running
    return clock() - start


def main(
    networks: Annotated[str, typer.Option()] = "squeezenet1_1,resnet18",
    samples: Annotated[int, typer.Option()] = 1000,
    batch: Annotated[int, typer.Option()] = 32,
    rounds: Annotated[int, typer.Option()] = 3,
    threads: Annotated[int, typer.Option()] = 2,
    device: Annotated[str, typer.Option()] = "cpu",
    clock: Annotated[str, typer.Option(help="wall; or cpu, for one thread on a busy machine")] = "wall",
    out: Annotated[Path, typer.Option()] = Path("benchmarks/results/lime_speed.json"),
) -> None:
    torch.set_num_threads(threads)
    rows = []
    for name in networks.split(","):
        rows.append(measure(name, samples, batch, rounds, device, clock))
        print({key: round(value, 2) if isinstance(value, float) else value for key, value in rows[-1].items()})
    hardware = torch.cuda.get_device_name(device) if device != "cpu" else f"{platform.machine()} CPU"
    facts = manifest(
        hardware=hardware, cores=os.cpu_count(), threads=threads, load=os.getloadavg()[0], rounds=rounds, clock=clock
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"manifest": facts, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    typer.run(main)
