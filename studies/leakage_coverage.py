"""How often the interval of a leakage holds the true value, for predictors whose leakage is known.

    python -m studies.leakage_coverage --out studies/results/leakage_coverage.json

Each predictor is a table of probabilities, so its leakage follows from the definition. Labels are drawn from it again
and again, and the interval is computed each time: as the library does, and by the basic bootstrap alone, as it did up
to version 0.2. Cases that the result file already holds are not computed again.
"""

import json
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from numpy.typing import NDArray

from masking.measures.estimate import CONFIDENCE, Estimate
from masking.measures.leakage import leaked_bits
from masking.measures.leakage_interval import Redraws, estimated_predictor
from masking.measures.pair_information import Correction, count_pairs, information, number_labels
from masking.results.manifest import manifest

Shares = NDArray[np.float64]
COMMAND = "python -m studies.leakage_coverage"
ROUNDING = 1e-9


def right_so_often(classes: int, share: float) -> Shares:
    """Return P(true class, answer) of a predictor that is right so often and guesses otherwise."""
    return (share * np.eye(classes) + (1 - share) / classes) / classes


def mostly_one_answer(classes: int, often: float, share: float) -> Shares:
    """Return that of one that gives one answer so often; of the others, so many are right and the rest are guesses."""
    shares = (1 - often) * classes * right_so_often(classes, share)
    shares[:, 0] += often
    return shares / classes


def one_class_seen(classes: int, often: float) -> Shares:
    """Return that of one that names a part of the objects of one class, and gives one answer to all others."""
    shares = np.zeros((classes, classes))
    shares[:, 0] = 1 / classes
    shares[1, :2] += np.array([-1, 1]) * (1 - often)
    return shares


CASES: dict[str, tuple[Shares, int]] = {
    **{
        f"{often:.0%} one answer, of the others {share:.0%} right": (mostly_one_answer(16, often, share), 512)
        for often in (0.99, 0.97, 0.9)
        for share in (0, 0.5, 1)
    },
    "97% one answer, names only a part of one class": (one_class_seen(16, 0.97), 512),
    "97% one answer, of the others 100% right; 2,048 scenes": (mostly_one_answer(16, 0.97, 1), 2048),
    "97% one answer, of the others 100% right; 128 scenes": (mostly_one_answer(16, 0.97, 1), 128),
    **{f"{share:.0%} right, else a guess": (right_so_often(16, share), 512) for share in (0, 0.1, 0.3, 0.7, 0.95, 1)},
    "70% right, else a guess; 128 scenes": (right_so_often(16, 0.7), 128),
    **{f"2 classes, {share:.0%} right, else a guess": (right_so_often(2, share), 512) for share in (0, 0.05, 0.5, 1)},
    "2 classes, 97% one answer, of the others 100% right": (mostly_one_answer(2, 0.97, 1), 512),
    "100 classes, 50% right, else a guess; 1,000 scenes": (right_so_often(100, 0.5), 1000),
    "1,000 classes, 0% right, else a guess; 1,500 scenes": (right_so_often(1000, 0), 1500),
    "1,000 classes, 50% right, else a guess; 1,500 scenes": (right_so_often(1000, 0.5), 1500),
}
"""Predictors with the number of scenes, by a name for people; 16 classes and 512 scenes unless it says otherwise."""
LARGE = 1000
"""From so many classes on, a case is repeated a tenth as often."""


def by_bootstrap_alone(truth: torch.Tensor, predicted: torch.Tensor, resamples: int) -> Estimate:
    """Estimate the leakage with the interval of the basic bootstrap alone."""
    rows, columns = number_labels(truth, predicted)
    correct = Correction(count_pairs(rows, columns))
    value, most = correct(count_pairs(rows, columns)), np.log2(rows.max() + 1)
    redraws = Redraws(rows, columns, correct, resamples, seed=0)
    known = estimated_predictor(redraws, value)
    misses = redraws.estimates(known) - information(redraws.shares(known))
    above, below = np.quantile(misses, [(1 + CONFIDENCE) / 2, (1 - CONFIDENCE) / 2])
    value, low, high = (min(max(end, 0.0), most) for end in (value, value - float(above), value - float(below)))
    return Estimate(value, min(low, value), max(high, value))


INTERVALS: dict[str, Callable[[torch.Tensor, torch.Tensor, int], Estimate]] = {
    "interval": lambda truth, predicted, resamples: leaked_bits(truth, predicted, resamples=resamples),
    "bootstrap_alone": by_bootstrap_alone,
}


def measure(shares: Shares, scenes: int, repeats: int, resamples: int) -> dict[str, Any]:
    """Return true value, mean estimate, coverage and mean width of the intervals of many repetitions."""
    known, answers = information(shares), shares.shape[1]
    estimates: dict[str, list[Estimate]] = {name: [] for name in INTERVALS}
    for seed in range(repeats):
        cells = np.random.default_rng(seed).choice(shares.size, size=scenes, p=shares.ravel() / shares.sum())
        truth, predicted = torch.from_numpy(cells // answers), torch.from_numpy(cells % answers)
        for name, interval in INTERVALS.items():
            estimates[name].append(interval(truth, predicted, resamples))
    row: dict[str, Any] = {"bits": max(0.0, known), "scenes": scenes, "repeats": repeats}
    row["mean_estimate"] = float(np.mean([each.value for each in estimates["interval"]]))
    for name, several in estimates.items():
        row[name] = {
            "coverage": float(np.mean([each.low - ROUNDING <= known <= each.high + ROUNDING for each in several])),
            "above": float(np.mean([each.low - ROUNDING > known for each in several])),
            "below": float(np.mean([known > each.high + ROUNDING for each in several])),
            "mean_width": float(np.mean([each.high - each.low for each in several])),
        }
    return row


def main(
    out: Annotated[Path, typer.Option()] = Path("studies/results/leakage_coverage.json"),
    repeats: Annotated[int, typer.Option(help="repetitions of each case")] = 400,
    resamples: Annotated[int, typer.Option(help="tables that are drawn for each predictor")] = 200,
    only: Annotated[str, typer.Option(help="only the cases whose names have this in them")] = "",
) -> None:
    torch.set_num_threads(1)
    rows: dict[str, Any] = json.loads(out.read_text())["rows"] if out.exists() else {}
    about = manifest(
        command=COMMAND, repeats=repeats, resamples=resamples, machine=f"{platform.machine()}, {os.cpu_count()} cores"
    )
    for name, (shares, scenes) in CASES.items():
        if name in rows or only not in name:
            continue
        several = max(1, repeats // 10) if len(shares) >= LARGE else repeats
        rows[name] = {"classes": len(shares), **measure(shares, scenes, several, resamples)}
        out.write_text(json.dumps({"manifest": about, "rows": rows}, indent=1) + "\n")
        after, before = (rows[name][interval] for interval in INTERVALS)
        print(
            f"{name:<60}{rows[name]['bits']:.3f} bits  {after['coverage']:.1%} (width {after['mean_width']:.3f})  "
            f"before {before['coverage']:.1%} ({before['mean_width']:.3f})",
            flush=True,
        )


if __name__ == "__main__":
    typer.run(main)
