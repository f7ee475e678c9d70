"""Hostile inputs through every door: each becomes a value or one sentence, in 5 s and 500 MB.

    python -m benchmarks.hardening.fuzz --inputs 15000 --out benchmarks/results/hardening_fuzz.json

The doors are the functions that read what comes from outside (`doors.py`), the command line in one process and in
processes of its own (`command_lines.py`), and pages with hostile links (`links.py`). Inputs are the same for the same
seed. A process reads them one after the other, with limited memory; one that ends or hangs is replaced and counted.
Prints the faults; `--out` writes the counts, with versions.
"""

import json
import multiprocessing
import os
import platform
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.hardening.outcome import MOST_MEGABYTES, MOST_SECONDS, InputOutcome, limit_memory, observe

COMMANDS, PROCESSES, LINKS = "command line", "command line, processes", "links of pages"
SHARES = {COMMANDS: 0.8, LINKS: 0.12, PROCESSES: 0.02}
"""How many inputs these doors get, as a share of the usual."""
HANGS = 90.0
"""Seconds after which an input hangs."""
Job = tuple[str, int]


@dataclass
class Counts:
    """What became of the inputs of a door."""

    inputs: int = 0
    values: int = 0
    sentences: int = 0
    faults: int = 0
    over_seconds: int = 0
    over_megabytes: int = 0
    most_seconds: float = 0.0
    most_megabytes: float = 0.0
    examples: list[str] = field(default_factory=list[str])


def read_one(job: Job, seed: int, folder: Path) -> InputOutcome:
    """Read one input in this process."""
    from benchmarks.hardening import command_lines, links
    from benchmarks.hardening.doors import DOORS

    name, number = job
    dice = random.Random(f"{seed} {name} {number}")  # noqa: S311, no secret
    if name in DOORS:
        data = DOORS[name].inputs(number, dice)
        return observe(lambda: DOORS[name].read(data, folder))
    if name == LINKS:
        script, parameters = links.link_of(dice)
        return observe(lambda: links.open_page(script, parameters))
    words = command_lines.words_of(number, dice)
    command_lines.write_wrong_files(folder, dice)
    run = command_lines.run_process if name == PROCESSES else command_lines.run_here
    outcome = observe(lambda: run(words, folder))
    command_lines.empty_store(folder)
    return outcome


def _serve(connection: Connection, seed: int, folder: str) -> None:
    """Read inputs as they come, in a folder of its own, until the connection ends."""
    import warnings

    import torch

    from benchmarks.hardening import command_lines
    from benchmarks.hardening.door import load_small

    os.environ |= {
        "MASKING_RUNS": f"{folder}/runs",
        "MASKING_UPLOADS": f"{folder}/uploads",
        "TORCH_HOME": f"{folder}/torch",
    }
    os.environ |= {"MASKING_SETTINGS": f"{folder}/empty.toml", "HF_HUB_OFFLINE": "1", "MPLBACKEND": "agg"}
    Path(folder, "empty.toml").touch()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    command_lines.fill_folder(Path(folder))
    load_small().network(torch.zeros(1, 3, 64, 64))
    limit_memory()
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        connection.send(asdict(read_one(job, seed, Path(folder))))


class InputReader:
    """A process that reads inputs; it is replaced when it hangs or ends."""

    def __init__(self, seed: int):
        self._seed = seed
        self._context = multiprocessing.get_context("spawn")
        self._start()

    def _start(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="fuzz-", ignore_cleanup_errors=True)
        self._connection, theirs = self._context.Pipe()
        self._process = self._context.Process(target=_serve, args=(theirs, self._seed, self._folder.name), daemon=True)
        self._process.start()
        theirs.close()

    def read(self, job: Job) -> InputOutcome:
        """Return what becomes of an input."""
        start = time.monotonic()
        try:
            self._connection.send(job)
            if self._connection.poll(HANGS):
                return InputOutcome(**self._connection.recv())
            words = f"it still ran after {HANGS:.0f} s"
        except (EOFError, OSError):
            self._process.join(5)
            words = f"the process ended with {self._process.exitcode}"
        self.close()
        self._start()
        return InputOutcome("fault", words, time.monotonic() - start, 0.0)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self._connection.close()
        self._folder.cleanup()


def shares(doors: dict[str, float], inputs: int) -> dict[str, int]:
    """Return how many inputs each door gets; together they are `inputs` or a few more."""
    total = sum(doors.values())
    return {name: -int(-inputs * share // total) for name, share in doors.items()}


def jobs(counts: dict[str, int]) -> Iterator[Job]:
    """Yield all inputs, door after door."""
    for name, count in counts.items():
        yield from ((name, number) for number in range(count))


def add(counts: Counts, job: Job, outcome: InputOutcome) -> str:
    """Count an outcome and return what is wrong with it; "" if nothing is."""
    counts.inputs += 1
    counts.values += outcome.kind == "value"
    counts.sentences += outcome.kind == "sentence"
    counts.most_seconds = max(counts.most_seconds, round(outcome.seconds, 2))
    counts.most_megabytes = max(counts.most_megabytes, round(outcome.megabytes))
    wrong: list[str] = []
    if outcome.kind == "fault":
        counts.faults += 1
        wrong.append(outcome.words)
    if outcome.seconds > MOST_SECONDS:
        counts.over_seconds += 1
        wrong.append(f"took {outcome.seconds:.1f} s")
    if outcome.megabytes > MOST_MEGABYTES:
        counts.over_megabytes += 1
        wrong.append(f"took {outcome.megabytes:.0f} MB")
    if not wrong:
        return ""
    words = f"{job[0]} {job[1]}: {'; '.join(wrong)}"
    counts.examples = [*counts.examples, words][:20]
    return words


def main(
    inputs: Annotated[int, typer.Option(help="Number of inputs, over all doors")] = 15_000,
    seed: Annotated[int, typer.Option(help="Seed of all inputs")] = 0,
    only: Annotated[str, typer.Option(help="The doors with this in their names")] = "",
    first: Annotated[int, typer.Option(help="The number of the first input of each door")] = 0,
    out: Annotated[Path | None, typer.Option(help="File for the counts, as JSON")] = None,
) -> None:
    """Read hostile inputs through every door, and say what became of them."""
    from benchmarks.hardening.doors import DOORS

    doors = {name: door.share for name, door in DOORS.items()} | SHARES
    doors = {name: share for name, share in doors.items() if only in name}
    counts: dict[str, Counts] = {name: Counts() for name in doors}
    start, reader = time.monotonic(), InputReader(seed)
    for name, number in jobs(shares(doors, inputs)):
        if not counts[name].inputs:
            typer.echo(f"{time.monotonic() - start:6.0f} s  {name}")
            _write(out, counts, seed, start)
        if words := add(counts[name], (name, number), reader.read((name, number + first))):
            typer.echo(words)
    reader.close()
    facts = _write(out, counts, seed, start)
    typer.echo(json.dumps({name: value for name, value in facts.items() if name != "doors"}, indent=1))


def _write(out: Path | None, counts: dict[str, Counts], seed: int, start: float) -> dict[str, Any]:
    """Write all counts so far to a file, if there is one, and return them."""
    total: Counter[str] = Counter()
    for each in counts.values():
        total.update({name: value for name, value in asdict(each).items() if isinstance(value, int)})
    facts: dict[str, Any] = {
        **{name: total[name] for name in ("inputs", "values", "sentences", "faults", "over_seconds", "over_megabytes")},
        "most_seconds": max(each.most_seconds for each in counts.values()),
        "most_megabytes": max(each.most_megabytes for each in counts.values()),
        "seed": seed,
        "minutes": round((time.monotonic() - start) / 60, 1),
        "limits": {"seconds": MOST_SECONDS, "megabytes": MOST_MEGABYTES},
        "doors": {name: asdict(each) for name, each in counts.items()},
        **_environment(),
    }
    if out is not None:
        out.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return facts


def _environment() -> dict[str, Any]:
    from masking.results.manifest import manifest

    return {"python": platform.python_version(), "cores": os.cpu_count(), "manifest": manifest()}


if __name__ == "__main__":
    typer.run(main)
