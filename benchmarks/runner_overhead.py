"""What the runner of benchmarks costs beside the work itself: time (goal: at most 1.10) and memory (goal: flat).

    python benchmarks/runner_overhead.py time
    python benchmarks/runner_overhead.py memory

time: a run against the bare loop over the same blocks, by turns in one process; both open the classifier and pictures.
memory: one run of many images, and the resident memory of its process after every 500. Each command renews its own
part of the results. The clock "cpu" counts only the processor time of this process, for one thread on a busy machine.
"""

import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import psutil
import torch
import typer

from masking.benchmarks.specification.loaded_spec import load_spec
from masking.benchmarks.specification.spec import Spec, spec_from
from masking.benchmarks.storage.run import FINISHED, Run
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.runner import work_on
from masking.results.manifest import manifest

OUT = Path("benchmarks/results/runner_overhead.json")
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
EVERY, SETTLED = 500, 1000
"""Images between two looks at the memory; from SETTLED on it should not grow."""

app = typer.Typer(add_completion=False)


def spec_of(count: int, block: int, **settings: Any) -> Spec:
    """Patch removal on the bundled silhouettes, which need no download."""
    facts = {"experiment": "patch_removal", "settings": settings, "count": count, "block": block, "device": "cpu"}
    return spec_from(facts)


def bare(spec: Spec) -> None:
    work = load_spec(spec)
    for shard in range(work.shards):
        work.experiment.rows(work.classifier, work.read_shard(shard), lambda _: None)


def computed(spec: Spec, tell: Any = lambda event, run: None) -> Run:
    """A run of it in a store of its own. Raises ValueError where it does not finish."""
    with tempfile.TemporaryDirectory() as folder, Store(folder) as store:
        run = work_on(store, store.add(spec).id, tell)
        if run.state != FINISHED:
            raise ValueError(f"the run is {run.state}: {run.error}")
        return run


def write(out: Path, part: str, threads: int, found: dict[str, Any]) -> None:
    """Renews one part of the results."""
    facts = manifest(hardware="CPU", cores=os.cpu_count(), threads=threads, load=os.getloadavg()[0])
    known = json.loads(out.read_text()) if out.exists() else {}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({**known, part: {"manifest": facts, **found}}, indent=1) + "\n")


@app.command("time")
def measure_time(
    count: Annotated[int, typer.Option()] = 192,
    block: Annotated[int, typer.Option()] = 16,
    rounds: Annotated[int, typer.Option()] = 7,
    threads: Annotated[int, typer.Option()] = 1,
    clock: Annotated[str, typer.Option(help="wall; or cpu, for one thread on a busy machine")] = "wall",
    out: Annotated[Path, typer.Option()] = OUT,
) -> None:
    torch.set_num_threads(threads)
    spec, now = spec_of(count, block), CLOCKS[clock]
    found = []
    for number in range(rounds + 1):  # the first only warms up
        spent = {}
        ways = {"bare": bare, "run": computed}
        for way in sorted(ways, reverse=bool(number % 2)):
            start = now()
            ways[way](spec)
            spent[way] = now() - start
        found.append(spent)
        print({way: round(value, 2) for way, value in spent.items()}, flush=True)
    ratios = [one["run"] / one["bare"] for one in found[1:]]
    row = {"spec": json.loads(spec.to_json()), "clock": clock, "rounds": rounds}
    row |= {f"{way}_seconds": statistics.median(one[way] for one in found[1:]) for way in ("bare", "run")}
    row |= {"run_over_bare": statistics.median(ratios), "least": min(ratios), "most": max(ratios)}
    print({key: round(row[key], 3) for key in ("run_over_bare", "least", "most")})
    write(out, "time", threads, row)


@app.command("memory")
def measure_memory(
    count: Annotated[int, typer.Option()] = 10_000,
    block: Annotated[int, typer.Option()] = 20,
    threads: Annotated[int, typer.Option()] = 1,
    out: Annotated[Path, typer.Option()] = OUT,
) -> None:
    torch.set_num_threads(threads)
    spec = spec_of(count, block, methods=["blackout"], shares=[0.5])
    process, start, seen = psutil.Process(), time.perf_counter(), {}

    def look(event: str, run: Run) -> None:
        if event == "shard" and run.done_images % EVERY == 0:
            seen[run.done_images] = process.memory_info().rss / 2**20
            print(f"{run.done_images} images, {seen[run.done_images]:.0f} MiB", flush=True)

    computed(spec, look)
    row = {"spec": json.loads(spec.to_json()), "seconds": time.perf_counter() - start, "resident_mib": seen}
    if count > SETTLED:
        row |= {"last_over_settled": seen[count] / seen[SETTLED], "most_mib": max(seen.values())}
    write(out, "memory", threads, row)


if __name__ == "__main__":
    app()
