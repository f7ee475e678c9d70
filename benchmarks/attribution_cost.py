"""The cost of attributions in forward passes: each one once, and ten iterations of the GxSI mask (goal: at most 22).

    python -m benchmarks.attribution_cost --out benchmarks/results/attribution_cost.json

NIB VGGs of the paper with random weights and 32 px images run in one process. A forward pass is timed right before each
call, and the median of the ratios is reported, so a changing load of the machine matters little. The clock "cpu" counts
only the processor time of this process; with one thread, that is the time on an idle machine. The forward pass records
no gradients.
"""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from masking import ATTRIBUTIONS, Classifier, attribution_masks
from masking.models import ARCHITECTURES
from masking.results.manifest import manifest

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
SIZE, CLASSES, ITERATIONS, GOAL = 32, 10, 10, 22
MASK = f"gxsi mask, {ITERATIONS} iterations"


def seconds(work: Callable[[], Any], device: str, clock: Callable[[], float]) -> float:
    start = clock()
    work()
    if device != "cpu":
        torch.cuda.synchronize(device)
    return clock() - start


def measure(name: str, batch: int, rounds: int, device: str, clock: str) -> list[dict[str, Any]]:
    torch.manual_seed(0)
    network = ARCHITECTURES[name](CLASSES)
    if device == "cpu":
        network.to(memory_format=torch.channels_last)  # as load_classifier does
    classifier = Classifier(name, network, [str(i) for i in range(CLASSES)], (SIZE, SIZE)).to(device)
    image = torch.rand(batch, 3, SIZE, SIZE, device=device)
    x, target = classifier.normalise(image), torch.arange(batch, device=device) % CLASSES

    def forward() -> None:
        with torch.inference_mode():
            classifier.network(x)

    ways: dict[str, Callable[[], Any]] = {
        way: lambda attribution=attribution: attribution.heat(classifier, x, target)
        for way, attribution in ((way, ATTRIBUTIONS[way](**PARAMETERS.get(way, {}))) for way in ATTRIBUTIONS)
    }
    ways[MASK] = lambda: attribution_masks(classifier, image, target, "gxsi", ITERATIONS)
    timed: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for number in range(rounds + 1):  # the first round only warms up
        for way, work in ways.items():
            pair = (seconds(forward, device, CLOCKS[clock]), seconds(work, device, CLOCKS[clock]))
            if number:
                timed[way].append(pair)
    # The median of all rounds, because a single pass can be interrupted.
    plain = statistics.median(forward for pairs in timed.values() for forward, _ in pairs)
    return [
        {
            "network": name,
            "batch": batch,
            "attribution": way,
            "forward_seconds": plain,
            "seconds": statistics.median(seconds for _, seconds in pairs),
            "over_forward": statistics.median(seconds / forward for forward, seconds in pairs),
            "least": min(seconds / forward for forward, seconds in pairs),
            "most": max(seconds / forward for forward, seconds in pairs),
        }
        for way, pairs in timed.items()
    ]


PARAMETERS: dict[str, dict[str, Any]] = {"occlusion": {"patch": 8}}
"""Sixteen patches at 32 px; the default makes four."""


def main(
    networks: Annotated[str, typer.Option()] = "nib_vgg13_6,nib_vgg16",
    batches: Annotated[str, typer.Option()] = "1,32",
    rounds: Annotated[int, typer.Option()] = 7,
    threads: Annotated[int, typer.Option()] = 1,
    device: Annotated[str, typer.Option()] = "cpu",
    clock: Annotated[str, typer.Option(help="wall; or cpu, for one thread on a busy machine")] = "cpu",
    out: Annotated[Path, typer.Option()] = Path("benchmarks/results/attribution_cost.json"),
) -> None:
    torch.set_num_threads(threads)
    if device != "cpu":
        clock = "wall"  # the processor waits while the GPU computes
    rows = []
    for name in networks.split(","):
        for batch in map(int, batches.split(",")):
            rows += measure(name, batch, rounds, device, clock)
            for row in rows[-len(ATTRIBUTIONS) - 1 :]:
                spread = f"{row['least']:.2f} … {row['most']:.2f}"
                print(f"{name:<14}{batch:>4}  {row['attribution']:<26}{row['over_forward']:>8.2f}  {spread}")
    worst = max(row["over_forward"] for row in rows if row["attribution"] == MASK)
    print(f"{MASK}: at most {worst:.1f} forward passes; the goal is {GOAL}")
    hardware = torch.cuda.get_device_name(device) if device != "cpu" else f"{platform.machine()} CPU"
    facts = manifest(
        hardware=hardware,
        cores=os.cpu_count(),
        threads=threads,
        load=os.getloadavg()[0],
        rounds=rounds,
        clock=clock,
        parameters=PARAMETERS,
        size=SIZE,
        goal=GOAL,
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"manifest": facts, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    typer.run(main)
