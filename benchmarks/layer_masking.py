"""The cost of layer masking over the plain forward pass: one process, interleaved runs, medians of paired ratios.

    python -m benchmarks.layer_masking --out benchmarks/results/layer_masking.json

Half of the 16 px patches of 224 px images are hidden, with a different mask per image. Weights are random, batch norm
is calibrated; `imagenet/efficientnet-lite0` has its own weights. "plain" is the same network in the same memory layout
(channels_last on a CPU) and precision.
"""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import torch
import torchvision
import typer
from torch import Tensor, nn

from masking import Mask, layer_masked
from masking.models.packaged_networks import LITE, packaged_classifier
from masking.results.manifest import manifest
from masking.runtime.memory import fitting_batch, peak_bytes

NETWORKS = "resnet18,resnet50,mobilenet_v2,squeezenet1_1,densenet121,efficientnet_b0"
SIZE = 224


def calibrated(name: str, device: torch.device, dtype: torch.dtype) -> nn.Module:
    if name == LITE:
        return packaged_classifier().network.to(device, dtype)
    torch.manual_seed(0)
    network = torchvision.models.get_model(name, weights=None).to(device)
    with torch.no_grad():
        network.train()
        network(torch.randn(4, 3, SIZE, SIZE, device=device))
    return network.eval().to(dtype).requires_grad_(False)


def masks(batch: int, seed: int, device: torch.device) -> Tensor:
    return Mask.random_patches(SIZE, 0.5, 16, seed, count=batch).keep.to(device)


def seconds(work: Callable[[], Any], device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize()
    start = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def measure(name: str, batch: int, repeats: int, device: torch.device, dtype: torch.dtype) -> dict[str, Any]:
    network = calibrated(name, device, dtype)
    nchw = torch.randn(batch, 3, SIZE, SIZE, device=device, dtype=dtype)
    x = nchw.contiguous(memory_format=torch.channels_last)
    run, repeated, full = layer_masked(network), masks(batch, 0, device), torch.ones(1, 1, SIZE, SIZE, dtype=torch.bool)
    fresh = iter([masks(batch, seed, device) for seed in range(1, repeats + 2)])
    ways: dict[str, Callable[[], Any]] = {
        "plain": lambda: network(x),
        "plain_nchw": lambda: network(nchw),
        "seen_mask": lambda: run(x, repeated),
        "new_mask": lambda: run(x, next(fresh)),
        "all_visible": lambda: run(x, full.to(device)),
    }
    with torch.inference_mode():
        for work in ways.values():
            work()
        rounds = [{way: seconds(work, device) for way, work in ways.items()} for _ in range(repeats)]
    ratios = {way: statistics.median(times[way] / times["plain"] for times in rounds) for way in ways}
    plain = statistics.median(times["plain"] for times in rounds)
    return {"network": name, "batch": batch, "plain_seconds": plain, "images_per_second": batch / plain, **ratios}


def many_masks(name: str, count: int, device: torch.device, dtype: torch.dtype) -> dict[str, Any]:
    """Time one image under many masks, as for LIME, beside as many plain forward passes, batch by batch in turn."""
    network = calibrated(name, device, dtype)
    image = torch.randn(1, 3, SIZE, SIZE, device=device, dtype=dtype)
    run, keep = layer_masked(network), masks(count, 0, device)
    with torch.inference_mode():
        _, needed = peak_bytes(lambda: run(image, keep[:1]))
        batch = fitting_batch(needed, device)
        images = image.expand(batch, -1, -1, -1).contiguous(memory_format=torch.channels_last)
        plain = masked = 0.0
        for start in range(0, count, batch):
            chunk = keep[start : start + batch]
            plain += seconds(lambda chunk=chunk: network(images[: len(chunk)]), device)
            masked += seconds(lambda chunk=chunk: run(images[: len(chunk)], chunk), device)
    return {"network": name, "masks": count, "batch": batch, "plain_seconds": plain, "new_mask": masked / plain}


def peak(name: str, batch: int, masked: bool) -> int:
    """Return by how much the memory of a separate process grows, in KiB, while it runs a network once."""
    code = f"import benchmarks.layer_masking as b; print(b.run_once({name!r}, {batch}, {masked}))"
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def run_once(name: str, batch: int, masked: bool) -> int:
    cpu = torch.device("cpu")
    network, x = calibrated(name, cpu, torch.float32), torch.randn(batch, 3, SIZE, SIZE)
    x = x.contiguous(memory_format=torch.channels_last)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    before = pages * resource.getpagesize() // 1024
    with torch.inference_mode():
        if masked:
            layer_masked(network)(x, masks(batch, 0, cpu))
        else:
            network(x)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


def main(
    networks: Annotated[str, typer.Option()] = NETWORKS,
    batches: Annotated[str, typer.Option()] = "1,8,32",
    repeats: Annotated[int, typer.Option()] = 15,
    device: Annotated[str, typer.Option()] = "cpu",
    dtype: Annotated[str, typer.Option()] = "float32",
    threads: Annotated[int, typer.Option()] = 2,
    memory: Annotated[bool, typer.Option()] = True,
    many: Annotated[str, typer.Option(help="networks to give 1,000 masks of one image")] = "resnet18,resnet50",
    out: Annotated[Path, typer.Option()] = Path("benchmarks/results/layer_masking.json"),
) -> None:
    torch.set_num_threads(threads)
    torch_device, precision = torch.device(device), getattr(torch, dtype)
    rows = []
    for name in networks.split(","):
        for batch in map(int, batches.split(",")):
            row = measure(name, batch, max(5, repeats // (4 if batch > 8 else 1)), torch_device, precision)
            if memory and torch_device.type == "cpu" and batch == 32:
                row["peak_memory"] = peak(name, batch, masked=True) / peak(name, batch, masked=False)
            rows.append(row)
            print(
                {key: round(value, 3) if isinstance(value, float) else value for key, value in row.items()}, flush=True
            )
    for name in filter(None, many.split(",")):
        rows.append(many_masks(name, 1000, torch_device, precision))
        print(rows[-1], flush=True)
    hardware = torch.cuda.get_device_name(torch_device) if torch_device.type == "cuda" else f"{platform.machine()} CPU"
    facts = manifest(hardware=hardware, cores=os.cpu_count(), threads=threads, dtype=dtype, load=os.getloadavg()[0])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"manifest": facts, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    typer.run(main)
