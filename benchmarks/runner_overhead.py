"""The cost of the runner of experiments beside the work itself: time (goal: at most 1.10) and memory (goal: flat).

    python -m benchmarks.runner_overhead time
    python -m benchmarks.runner_overhead memory

`time` compares a run with the bare loop over the same batches, in turn in one process; both load classifier and images.
`memory` computes one run of many images and measures the resident memory after every 500. Each command renews its part
of the results. The clock "cpu" counts only the processor time of this process, for one thread on a busy machine.
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
"""Images between two measurements of the memory. After SETTLED images it should not grow."""

app = typer.Typer(add_completion=False)


def spec_of(count: int, block: int, **settings: Any) -> Spec:
    """Return the spec of patch removal on the bundled silhouettes, which need no download."""
    facts = {"experiment": "patch_removal", "settings": settings, "count": count, "block": block, "device": "cpu"}
    return spec_from(facts)


def compute_bare(spec: Spec) -> None:
    """Compute all shards of a spec in a bare loop."""
    loaded = load_spec(spec)
    for shard in range(loaded.shards):
        loaded.experiment.rows(loaded.classifier, loaded.read_shard(shard), lambda _: None)


def compute_run(spec: Spec, on_event: Any = lambda event, run: None) -> Run:
    """Compute a spec as a run in a store of its own. Raises ValueError if it does not finish."""
    with tempfile.TemporaryDirectory() as folder, Store(folder) as store:
        run = work_on(store, store.add(spec).id, on_event)
        if run.state != FINISHED:
            raise ValueError(f"the run is {run.state}: {run.error}")
        return run


def write(out: Path, command: str, threads: int, row: dict[str, Any]) -> None:
    """Renew the results of one command."""
    facts = manifest(hardware="CPU", cores=os.cpu_count(), threads=threads, load=os.getloadavg()[0])
    earlier = json.loads(out.read_text()) if out.exists() else {}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({**earlier, command: {"manifest": facts, **row}}, indent=1) + "\n")


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
    timed = []
    for number in range(rounds + 1):  # the first round only warms up
        spent = {}
        ways = {"bare": compute_bare, "run": compute_run}
        for way in sorted(ways, reverse=bool(number % 2)):
            start = now()
            ways[way](spec)
            spent[way] = now() - start
        timed.append(spent)
        print({way: round(value, 2) for way, value in spent.items()}, flush=True)
    ratios = [times["run"] / times["bare"] for times in timed[1:]]
    row = {"spec": json.loads(spec.to_json()), "clock": clock, "rounds": rounds}
    row |= {f"{way}_seconds": statistics.median(times[way] for times in timed[1:]) for way in ("bare", "run")}
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

    def measure_resident(event: str, run: Run) -> None:
        if event == "shard" and run.done_images % EVERY == 0:
            seen[run.done_images] = process.memory_info().rss / 2**20
            print(f"{run.done_images} images, {seen[run.done_images]:.0f} MiB", flush=True)

    compute_run(spec, measure_resident)
    row = {"spec": json.loads(spec.to_json()), "seconds": time.perf_counter() - start, "resident_mib": seen}
    if count > SETTLED:
        row |= {"last_over_settled": seen[count] / seen[SETTLED], "most_mib": max(seen.values())}
    write(out, "memory", threads, row)


if __name__ == "__main__":
    app()
