"""Rows of one spec, computed with other threads, other instructions, another engine and in parts: how far they differ.

    python -m benchmarks.hardening.rows

Each way of computing is a process of its own. The first of each group is compared with the others: names and whole
numbers must be equal, and all other numbers within the tolerance of `masking.benchmarks.protocol.row_equality`.
Rendered scenes must be equal byte for byte.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from masking.benchmarks.protocol.row_equality import PROCESSORS, TOLERANCE, compare_rows, rows_digest
from masking.benchmarks.specification.spec import spec_from
from masking.benchmarks.storage.exchange import merge, write_run
from masking.benchmarks.storage.run import FINISHED
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.runner import work_on
from masking.datasets.silhouettes.render import render
from masking.datasets.silhouettes.worlds import WORLDS
from masking.results.manifest import manifest
from masking.runtime.threads import VARIABLE

OUT = Path("benchmarks/results/hardening_rows.json")
FILLS = ["blackout", "greyout", "noise", "random_colour", "blur", "inpaint", "layer_masking"]
SPECS: dict[str, dict[str, Any]] = {
    "patch_removal": {
        "settings": {"methods": FILLS, "orders": ["random", "most_salient_first"]},
        "count": 40,
    },
    "patch_removal of vit": {
        "experiment": "patch_removal",
        "settings": {"methods": ["greyout", "noise", "token_dropping"], "orders": ["random", "most_salient_first"]},
        "classifier": {"name": "silhouettes/vit"},
        "count": 24,
    },
    "shape_leakage": {"settings": {"methods": ["greyout", "noise", "layer_masking"]}, "count": 32},
    "reliance_error": {"settings": {"methods": ["greyout", "noise", "layer_masking"]}, "count": 32},
    "lime_ablation": {"settings": {"methods": ["greyout", "noise"], "judges": ["greyout"], "samples": 60}, "count": 16},
    "lime_agreement": {"settings": {"methods": ["greyout", "noise"], "samples": 60}, "count": 16},
    "mia": {"settings": {"attributions": ["gxsi", "random"], "iterations": 3}, "count": 24},
    "concordance": {"settings": {"methods": ["greyout", "noise"]}, "count": 16},
    "linearity": {"settings": {"methods": ["greyout", "noise"]}, "count": 8},
}
"""What is computed; the name is the experiment where none is given."""


@dataclass(frozen=True)
class Way:
    """One way to compute a spec: variables of its process (None: not set), the engine, and the number of parts."""

    variables: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    engine: str = "local"
    parts: int = 1


_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", VARIABLE)
_UNSET: dict[str, str | None] = dict.fromkeys(_THREADS)
GROUPS: dict[str, dict[str, Way]] = {
    "as a user may set OMP_NUM_THREADS": {
        "unset": Way(_UNSET),
        **{f"OMP_NUM_THREADS={count}": Way({**_UNSET, "OMP_NUM_THREADS": count}) for count in ("1", "2", "4")},
        "two parts, merged": Way({**_UNSET, "OMP_NUM_THREADS": "1"}, parts=2),
        "Ray on this machine": Way({**_UNSET, "OMP_NUM_THREADS": "1"}, engine="ray:address=local"),
    },
    "other threads": {
        f"{count} threads": Way({**_UNSET, VARIABLE: count, "OMP_NUM_THREADS": count}) for count in ("1", "2", "4")
    },
    "other instructions": {
        "the best": Way({**_UNSET, VARIABLE: "1"}),
        "none beyond SSE": Way(
            {**_UNSET, VARIABLE: "1", "ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41"}
        ),
    },
}

SHOWN = ("spec", "rows", "rows_not_identical", "differing", "beyond_tolerance", "largest_difference")

app = typer.Typer(add_completion=False)


@app.command(hidden=True)
def compute(specs: str, engine: str, parts: int, scenes: int) -> None:
    """Compute specs in this process, and print their rows, the processor and the digest of scenes as JSON."""
    computed = {name: _compute(values, engine, parts) for name, values in json.loads(specs).items()}
    print(json.dumps({"computed": computed, "scenes": _digest_scenes(scenes)}))


def _compute(values: dict[str, Any], engine: str, parts: int) -> dict[str, Any]:
    """Compute a spec, in parts if there are several; return its rows, their keys, and what computed them."""
    with tempfile.TemporaryDirectory() as folder, Store(folder) as store:
        runs = [store.add(spec_from(values), engine, f"{part}/{parts}") for part in range(1, parts + 1)]
        ended = [work_on(store, run.id) for run in runs]
        if wrong := [run.error or run.state for run in ended if run.state != FINISHED]:
            raise ValueError(wrong[0])
        run = ended[0]
        if parts > 1:
            files = [Path(folder) / f"{each.id}.json" for each in ended]
            for each, file in zip(ended, files, strict=True):
                write_run(store, each, file)
            run = merge(store, files)
        return {"rows": store.rows(run), "keys": run.keys, "processors": run.environment[PROCESSORS]}


def _digest_scenes(count: int) -> str:
    """Return the sha256 (hex) of the bytes of rendered scenes of every world."""
    state = hashlib.sha256()
    for name, world in WORLDS.items():
        for first in range(0, count, 32):
            for size in (128,) if name != "twins" else (96,):
                scenes = render(replace(world, size=size), range(first, min(count, first + 32)))
                state.update(scenes.images.numpy().tobytes() + scenes.objects.numpy().tobytes())
    return state.hexdigest()


def _start(specs: Mapping[str, dict[str, Any]], way: Way, scenes: int) -> dict[str, Any]:
    """Compute specs in a process of its own. Raises ValueError if that fails."""
    environment = {**os.environ, **way.variables, "OMP_WAIT_POLICY": "passive"}
    words = ["compute", json.dumps(specs), way.engine, str(way.parts), str(scenes)]
    process = subprocess.run(
        [sys.executable, "-m", "benchmarks.hardening.rows", *words],
        env={name: value for name, value in environment.items() if value is not None},
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode:
        raise ValueError(f"the rows could not be computed: {process.stderr[-800:]}")
    return json.loads(process.stdout.splitlines()[-1])


def _compare(spec: str, first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Return how the rows of a spec in two processes differ."""
    old, new = (each["computed"][spec] for each in (first, second))
    comparison = compare_rows(old["rows"], new["rows"], old["keys"])
    pairs = zip(old["rows"], new["rows"], strict=False)
    return {
        "spec": spec,
        "rows": comparison.rows,
        "rows_alone": comparison.alone,
        "rows_not_identical": sum(each != other for each, other in pairs),
        "differing": dict(comparison.differing),
        "beyond_tolerance": comparison.beyond,
        "largest_difference": comparison.largest,
        "equal_digests": rows_digest(old["rows"], old["keys"]) == rows_digest(new["rows"], new["keys"]),
        "processors": [old["processors"], new["processors"]],
    }


@app.callback(invoke_without_command=True)
def measure(
    context: typer.Context,
    out: Path = OUT,
    share: Annotated[float, typer.Option(help="Share of the images of each spec.")] = 1.0,
    scenes: Annotated[int, typer.Option(help="Scenes of each world that every process renders.")] = 0,
    only: Annotated[list[str] | None, typer.Option(help="Names of specs; default all.")] = None,
    group: Annotated[list[str] | None, typer.Option(help="Names of groups; default all.")] = None,
) -> None:
    """Compute every spec in every way, and write how far the rows differ."""
    if context.invoked_subcommand is not None:
        return
    specs: dict[str, dict[str, Any]] = {}
    for name, values in SPECS.items():
        if only is None or name in only:
            specs[name] = {"experiment": name, "device": "cpu", "block": 8, **values}
            specs[name]["count"] = max(2, round(values["count"] * share))
    records: list[dict[str, Any]] = []
    for group_name, ways in GROUPS.items():
        if group is not None and group_name not in group:
            continue
        computed = {way: _start(specs, how, scenes) for way, how in ways.items()}
        (base_name, base), *others = computed.items()
        for way, other in others:
            facts = {"group": group_name, "first": base_name, "second": way}
            same = {"equal_scenes": base["scenes"] == other["scenes"]}
            records += [facts | _compare(name, base, other) | same for name in specs]
            for record in records[-len(specs) :]:
                print(way, json.dumps({name: record[name] for name in SHOWN}), flush=True)
    totals = {
        group_name: {
            "rows_compared": sum(record["rows"] for record in of_group),
            "rows_not_identical": sum(record["rows_not_identical"] for record in of_group),
            "values_differing_in_discrete_columns": sum(sum(record["differing"].values()) for record in of_group),
            "rows_beyond_tolerance": sum(record["beyond_tolerance"] for record in of_group),
            "largest_difference": max(record["largest_difference"] for record in of_group),
            "unequal_digests": sum(not record["equal_digests"] for record in of_group),
            "unequal_scenes": sum(not record["equal_scenes"] for record in of_group),
        }
        for group_name in GROUPS
        if (of_group := [record for record in records if record["group"] == group_name])
    }
    document = {"manifest": manifest(), "tolerance": TOLERANCE, "scenes_of_each_world": scenes, "totals": totals}
    out.write_text(json.dumps({**document, "records": records}, indent=1) + "\n")
    print(json.dumps(totals, indent=1))


if __name__ == "__main__":
    app()
