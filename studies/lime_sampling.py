"""How many forward passes LIME needs: independent samples, pairs, and balanced designs, from several seeds.

    python -m studies.lime_sampling measure DATA --network squeezenet1_1 --count 60 --out ANSWERS.jsonl
    python -m studies.lime_sampling measure DATA --network resnet20 --count 60 --out ANSWERS.jsonl
    python -m studies.lime_sampling report ANSWERS.jsonl --out studies/results/lime_sampling.json

DATA holds imagenet_samples/, imagenet_classes.txt, weights/squeezenet1_1.pth, weights/resnet20_cifar10.pth and
cifar10_test_jpeg.npz. `measure` appends one line for each photograph, seed and sampling: the probabilities of the
predicted class. Photographs come in random order and the same for every network. After an interruption, the same
command continues. The whole picture is the first answer and is not counted in the sizes.

Under one seed, the pairs of `paired` are the first half of the independent samples, each with its complement. So
their answers to these are the same and are computed once.

`report` compares the coefficients of two seeds at each size, and those of each seed with a fit to all answers of the
other seed. Means have a 95 % interval over photographs.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any, NamedTuple

import torch
import typer
from torch import Tensor

from masking import METHODS, SEGMENTATIONS, Classifier, load_classifier
from masking.attribution import LimeSettings, segment_image
from masking.attribution import lime_surrogate as surrogate
from masking.attribution.lime_designs import SAMPLINGS, draw_samples, sample_partners
from masking.attribution.lime_stability import certain_ranks
from masking.attribution.segment_answers import answer_samples
from masking.image import digest
from masking.measures import rank_correlation, top_overlap
from masking.measures.estimate import CONFIDENCE
from masking.measures.linearity import surrogate_fit
from masking.results.manifest import manifest, run_manifest
from studies import joins
from studies.paired.intervals import as_list, mean

PIXELS_PER_BATCH = 8 * 224**2
"""Small batches are the fastest on a processor: 8 photographs, or 64 small pictures."""
MOST_PER_BATCH = 64
TOP = 5
SHOWN_SIZES = (64, 128, 256, 512, 1024)
SHOWN = ("seeds_rank", "seeds_top")
FIT = {name: getattr(LimeSettings(), name) for name in ("kernel_width", "alpha")}
FEWER = 2
"""Pairs and balanced designs get this many times fewer samples than independent ones."""

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)


def read_photographs(network: str, data: Path, count: int) -> tuple[Classifier, Iterator[tuple[str, Tensor]]]:
    """Return a classifier, and names with images (1, 3, h, w) in random order."""
    if network == "resnet20":
        pictures = joins.cifar(data, count)
        return pictures.classifier, ((f"cifar10_test_{i}", pictures.images[i : i + 1]) for i in range(count))
    own = ()
    if network == "squeezenet1_1":
        own = (data / "weights/squeezenet1_1.pth", data / "imagenet_classes.txt")
    classifier = load_classifier(network, *own, device="cpu")
    files = sorted((data / "imagenet_samples").glob("*.jpg"))
    order = torch.randperm(len(files), generator=torch.Generator().manual_seed(0)).tolist()[:count]
    return classifier, ((files[index].name, classifier.prepare(files[index])) for index in order)


def answer(
    classifier: Classifier, image: Tensor, method: str, labels: Tensor, z: Tensor, target: int | None
) -> tuple[Tensor, int]:
    """Return the probability of a class, float64 (samples,), and the class: the predicted one of the first sample."""
    if not len(z):
        return torch.zeros(0, dtype=torch.double), target or 0
    batch = min(MOST_PER_BATCH, PIXELS_PER_BATCH // labels.numel())
    logits = torch.cat(list(answer_samples(classifier, image, METHODS[method](), labels, z, batch)))
    target = int(logits[0].argmax()) if target is None else target
    return logits.double().softmax(1)[:, target], target


def measure_photograph(
    classifier: Classifier, image: Tensor, method: str, labels: Tensor, seed: int, samples: int
) -> tuple[dict[str, Tensor], int]:
    """Return the answers (size + 1,) under each sampling, and the explained class."""
    segments, fewer = int(labels.max()) + 1, samples // FEWER
    sizes = {"independent": samples, "paired": fewer, "balanced": fewer}
    patterns = {name: draw_samples(size + 1, segments, seed, name) for name, size in sizes.items()}
    independent, target = answer(classifier, image, method, labels, patterns["independent"], None)
    complements, _ = answer(classifier, image, method, labels, patterns["paired"][2::2], target)
    paired = torch.empty(fewer + 1, dtype=torch.double)
    paired[0], paired[1::2], paired[2::2] = independent[0], independent[1 : 1 + len(complements)], complements
    balanced, _ = answer(classifier, image, method, labels, patterns["balanced"][1:], target)
    balanced = torch.cat([independent[:1], balanced])
    return dict(zip(sizes, (independent, paired, balanced), strict=True)), target


@app.command()
def measure(
    data: Path,
    out: Annotated[Path, typer.Option(help="one line of JSON for each photograph, seed and sampling")],
    network: Annotated[str, typer.Option(help="resnet20, or a classifier with ImageNet's classes")] = "squeezenet1_1",
    method: Annotated[str, typer.Option(help="masking method")] = "layer_masking",
    count: Annotated[int, typer.Option(help="number of photographs")] = 60,
    seeds: Annotated[int, typer.Option(help="explanations of each photograph under each sampling")] = 2,
    samples: Annotated[int, typer.Option(help="independent samples; of the others half as many")] = 1024,
) -> None:
    """Append the answers to every photograph that the file does not hold yet."""
    torch.set_num_threads(1)
    rows = read_rows(out)
    done = {(row["network"], row["method"], row["photograph"], row["seed"]) for row in rows}
    classifier, pictures = read_photographs(network, data, count)
    if not rows:
        write_rows(out, [{"manifest": run_manifest(classifier, samples=samples, slic=60)}])
    for name, image in pictures:
        labels = segment_image(SEGMENTATIONS["slic"](), image)
        for seed in range(seeds):
            if (network, method, name, seed) in done:
                continue
            start = time.process_time()
            unit = {"network": network, "method": method, "photograph": name, "seed": seed}
            unit |= {"segments": int(labels.max()) + 1, "labels": digest(labels), "weights": classifier.weights_digest}
            answers, target = measure_photograph(classifier, image, method, labels, seed, samples)
            rounded_answers = {name: [round(value, 6) for value in values.tolist()] for name, values in answers.items()}
            write_rows(
                out,
                [
                    {**unit, "sampling": sampling, "target": target, "probabilities": values}
                    for sampling, values in rounded_answers.items()
                ],
            )
            print(f"{network} {method} {name} {seed} {time.process_time() - start:.0f} s", flush=True)


class SeedAnswers(NamedTuple):
    """The answers to one photograph under one seed, (size + 1,) by sampling; the whole picture comes first."""

    seed: int
    segments: int
    answers: dict[str, Tensor]

    def add(self, sampling: str, probabilities: list[float]) -> None:
        self.answers[sampling] = torch.tensor(probabilities, dtype=torch.double)

    def size(self, sampling: str) -> int:
        return len(self.answers[sampling]) - 1

    def problem(self, sampling: str, size: int) -> tuple[Tensor, Tensor, Tensor, float]:
        """Return samples, weights, answers and the penalty, for a fit to so many samples and the whole picture."""
        z = draw_samples(size + 1, self.segments, self.seed, sampling)
        weights = surrogate.proximity(z, FIT["kernel_width"])
        return z, weights, self.answers[sampling][: size + 1], FIT["alpha"]

    def all_answers(self) -> tuple[Tensor, Tensor, Tensor, float]:
        """Return the fit's problem with every different sample of this seed."""
        steps = (slice(None), slice(2, None, 2), slice(1, None))  # the patterns of pairs are independent samples too
        parts = [
            tuple(column[step] for column in self.problem(sampling, self.size(sampling))[:3])
            for sampling, step in zip(SAMPLINGS, steps, strict=True)
        ]
        z, weights, answers = map(torch.cat, zip(*parts, strict=True))
        return z, weights, answers, FIT["alpha"]


def compare_seeds(seeds: list[SeedAnswers]) -> dict[str, float]:
    """Return every measure of one photograph, by name; means over its seeds."""
    measures: dict[str, float] = {}
    references = [surrogate.fit(*seed.all_answers()).coefficients for seed in seeds]
    unseen = [seed.problem("independent", seed.size("independent")) for seed in reversed(seeds)]
    for sampling in SAMPLINGS:
        for size in (size for size in SHOWN_SIZES if size <= seeds[0].size(sampling)):
            problems = [seed.problem(sampling, size) for seed in seeds]
            fits = [surrogate.fit(*problem) for problem in problems]
            first, second = (fit.coefficients for fit in fits)
            values = {
                "seeds_rank": [rank_correlation(first, second)],
                "seeds_top": [top_overlap(first, second, TOP)],
                "reference_rank": list(map(rank_correlation, (first, second), reversed(references))),
                "reference_top": [top_overlap(first, references[1], TOP), top_overlap(second, references[0], TOP)],
                "r2_unseen": [r2_of(fit, problem) for fit, problem in zip(fits, unseen, strict=True)],
                **claims_of(problems, sampling, size, references),
            }
            measures |= {f"{name}.{sampling}.{size}": fmean(each) for name, each in values.items()}
    return measures


def r2_of(fit: surrogate.Surrogate, problem: tuple[Tensor, Tensor, Tensor, float]) -> float:
    """Return the weighted R² of answers that were not fitted; the whole picture is left out.

    It is −1 at least, so that no photograph with nearly constant answers decides the mean.
    """
    z, weights, answers = (part[1:] for part in problem[:3])
    return max(surrogate_fit(answers, z.double() @ fit.coefficients + fit.intercept, weights), -1.0)


def claims_of(
    problems: list[tuple[Tensor, Tensor, Tensor, float]], sampling: str, size: int, references: list[Tensor]
) -> dict[str, list[float]]:
    """Return how many of the strongest segments are certain, and whether another seed's reference says otherwise."""
    counts, wrong = list[float](), list[float]()
    partners = sample_partners(size + 1, sampling)
    for problem, reference in zip(problems, reversed(references), strict=True):
        coefficients = surrogate.fit(*problem).coefficients
        certain = certain_ranks(coefficients, *surrogate.covariance(*problem, partners), CONFIDENCE)
        order, true = (each.abs().argsort(descending=True)[:certain] for each in (coefficients, reference))
        agree = torch.equal(order, true) and bool((coefficients[order].sign() == reference[order].sign()).all())
        counts.append(certain)
        wrong.append(float(not agree))
    return {"certain": counts, "claims_wrong": wrong}


def summarise(rows: list[dict[str, float]]) -> list[dict[str, Any]]:
    """Return the mean of each measure over photographs with its interval, and paired differences.

    They say how much more it is than with as many independent samples, and than with the most of them.
    """
    columns = {name: torch.tensor([row[name] for row in rows], dtype=torch.double) for name in rows[0]}
    most = max(int(name.rpartition(".")[2]) for name in columns)
    summary: list[dict[str, Any]] = []
    for name, column in columns.items():
        measure, sampling, size = name.split(".")
        row: dict[str, Any] = {"measure": measure, "sampling": sampling, "samples": int(size)}
        row["mean"] = rounded(column)
        for other in {int(size), most} if sampling != "independent" else ():
            row[f"more_than_independent_{other}"] = rounded(column - columns[f"{measure}.independent.{other}"])
        summary.append(row)
    return summary


def rounded(column: Tensor) -> list[float]:
    """Return the mean of a column and the ends of its interval."""
    return [round(value, 4) for value in as_list(mean(column))]


def read_rows(file: Path) -> list[dict[str, Any]]:
    """Return all answers in a file; the line with its manifest is left out."""
    lines = file.read_text().splitlines() if file.exists() else []
    return [row for row in map(json.loads, lines) if "network" in row]


def write_rows(file: Path, rows: list[dict[str, Any]]) -> None:
    """Append rows in one go."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as stream:
        stream.write("".join(json.dumps(row) + "\n" for row in rows))


@app.command()
def report(
    answers: Path,
    out: Annotated[Path, typer.Option()] = Path("studies/results/lime_sampling.json"),
) -> None:
    """Compare explanations of two seeds, and write the means over photographs."""
    torch.set_num_threads(1)
    photographs: dict[tuple[str, str, str], list[SeedAnswers]] = {}
    for row in read_rows(answers):
        of = photographs.setdefault((row["network"], row["method"], row["photograph"]), [])
        if row["seed"] not in [seed.seed for seed in of]:
            of.append(SeedAnswers(row["seed"], row["segments"], {}))
        next(each for each in of if each.seed == row["seed"]).add(row["sampling"], row["probabilities"])
    measured: dict[tuple[str, str], list[dict[str, float]]] = {}
    for (network, method, _), seeds in photographs.items():
        if len(seeds) > 1:
            measured.setdefault((network, method), []).append(compare_seeds(seeds))
    results: list[dict[str, Any]] = [
        {"network": network, "method": method, "photographs": len(rows), "rows": summarise(rows)}
        for (network, method), rows in measured.items()
    ]
    facts = manifest(top=TOP, segmentation="slic, 60 segments asked for", **FIT)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"manifest": facts, "results": results}, indent=1) + "\n")
    for result in results:
        print(result["network"], result["method"], result["photographs"], "photographs")
        for row in result["rows"]:
            if row["measure"] in SHOWN:
                print("  ", row)


if __name__ == "__main__":
    app()
