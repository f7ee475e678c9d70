"""Idea 8: what to trust. Each method's error where the truth is known, where each one fails, and a checklist."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from masking.benchmarks.analysis.statistics import differences, summarise
from masking.benchmarks.protocol.experiment import Experiment, Row
from masking.benchmarks.specification.spec import Spec, stored_spec
from masking.benchmarks.storage.run_file import Document, read_document
from masking.benchmarks.worker.launch import spec_line
from masking.lessons.calibration_table import calibration_parts
from masking.lessons.idea import IDEAS, Facts, Idea, Link, OnStep, ScreenControl
from masking.lessons.ideas.hiding import MASKS
from masking.lessons.parts import Chart, Note, Part, RowsTable, Screen, Series
from masking.lessons.stored import stored_facts
from masking.lessons.study_facts import study_facts
from masking.lessons.text import Text, join_words
from masking.methods import METHODS
from masking.runtime.assets import ASSETS

RUNS = ASSETS / "runs"
NETWORKS = ("resnet", "resnet-cutout", "resnet-background", "vit")
OBJECT, BACKGROUND = "object", "background"
"""Which part is hidden, as the experiment `reliance_error` calls it."""
PATCH_RUN, PATCH_SHARE = "patch-removal", 0.5
"""The run in which random patches are hidden, and the share that is quoted from it."""
HALF = "50"
"""The control of idea 1 at half of the photograph hidden."""
KINDS, PADDING = ("plain", "calibrated"), ("neighbour_fill", "layer_masking")
"""What the study of calibration compares, and what the study of padding does."""


class Trust(Idea):
    """Reliance errors of five networks whose truth is known, read from runs that come with the project."""

    name = "trust"
    number = 8
    control = ScreenControl(NETWORKS, NETWORKS[0])
    guesses = ("blackout", "greyout", "neighbour_fill", "layer_masking")
    other_answers = ("mean_colour", "token_dropping")
    """What can be the best method too, but not for the network that the screen begins with."""
    terms = (
        "reliance_error",
        "leakage",
        "confidence_interval",
        "token_dropping",
        "held_out",
        "class_entropy",
        "calibration",
        "mcal",
    )
    references = ("balasubramanian2023", "jain2022", "sridhar2026")

    def compute(self, key: str, on_step: OnStep) -> Facts:
        """Return the errors in a network's run with intervals, and what other runs say about each method."""
        del on_step
        spec, rows = _spec(f"reliance-{key}"), _rows(f"reliance-{key}")
        experiment = spec.make_experiment()
        summary = summarise(experiment, rows)
        errors = {
            part: {row["method"]: _ends(row) for row in summary if _is(row, "reliance_error", part)}
            for part in (OBJECT, BACKGROUND)
        }
        worst = {name: max(by[name]["value"] for by in errors.values() if by) for name in errors[OBJECT]}
        best = min(worst, key=worst.__getitem__)
        return {
            "run": read_run_file(f"reliance-{key}")["run"]["id"],
            "command": spec_line(spec),
            "classifier": spec.classifier.name,
            "scenes": spec.count,
            "classes": len(_spec_categories(f"reliance-{key}")),
            "possible": {row["hidden"]: row["possible"] for row in rows},
            "errors": errors,
            "worst": worst,
            "best": best,
            "as_good": _as_good(experiment, rows, best),
            "failures": _failures(),
            "calibration": study_facts()["calibration"].get(f"silhouettes/{key}"),
        }

    def draw(self, at: str, facts: Facts, text: Text) -> Screen:
        """Return errors by method, where each method fails, and a checklist; no guess is right where several may be."""
        best, worst = facts["best"], max(facts["worst"], key=facts["worst"].__getitem__)
        titles = {name: METHODS[name].title for name in facts["worst"]}
        values = {
            "best": titles[best],
            "error": _points(facts["worst"][best], text),
            "furthest": titles[worst],
            "largest": _points(facts["worst"][worst], text),
            "scenes": text.number(facts["scenes"], 0),
            "as_good": join_words([titles[name] for name in facts["as_good"]], text("trust.and")),
            **{part: text.percent(share, 1 if share < 1 else 0) for part, share in facts["possible"].items()},
        }
        both = BACKGROUND in facts["possible"]
        sentences = [text(f"trust.truth.{'both' if both else OBJECT}", **values), text("trust.verdict", **values)]
        if facts["as_good"]:
            sentences.append(text("trust.as_good", **values))
        source = text("trust.source", command=facts["command"], scenes=values["scenes"], run=facts["run"])
        parts = (
            _chart(facts, titles, text),
            RowsTable(_failure_rows(facts["failures"], text), text("trust.failures")),
            *calibration_parts(facts["calibration"], facts["classes"], study_facts()["commands"]["calibration"], text),
            Note(text("trust.checklist")),
            Note(source),
        )
        return Screen(parts, " ".join(sentences), "" if facts["as_good"] else best)

    def takes(self, guess: str) -> bool:
        """Return whether this can be a guess, or the answer for another network."""
        return guess in (*self.guesses, *self.other_answers)

    def tease(self, text: Text) -> tuple[Part, ...]:
        """Return why the truth is known, without answers."""
        return (Note(text("trust.tease")),)

    def link(self, at: str) -> Link:
        """Return the network's run on Benchmarks."""
        return Link("Benchmarks", {"view": "run", "run": read_run_file(f"reliance-{at}")["run"]["id"]})


IDEAS.register("trust")(Trust())


# --- the stored runs -------------------------------------------------------------------------------------------------


@cache
def read_run_file(name: str) -> Document:
    """Return a run that comes with the project."""
    return read_document(RUNS / f"{name}.json.gz")


def _spec(name: str) -> Spec:
    return stored_spec(json.dumps(read_run_file(name)["run"]["spec"]))


@cache
def _rows(name: str) -> tuple[Row, ...]:
    columns = read_run_file(name)["columns"]
    return tuple(dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))


def _is(row: Row, outcome: str, hidden: str) -> bool:
    return row["outcome"] == outcome and row["hidden"] == hidden


def _ends(row: Row) -> dict[str, float]:
    return {end: row[end] for end in ("value", "low", "high")}


def _as_good(experiment: Experiment, rows: Iterable[Row], best: str) -> list[str]:
    """Return the methods whose error on the same scenes is not surely larger than the best one's in either test."""
    paired = [row for row in differences(experiment, rows, against=best) if row["outcome"] == "reliance_error"]
    surely_worse = {row["method"] for row in paired if row["low"] > 0}
    return [name for name in dict.fromkeys(row["method"] for row in paired) if name not in surely_worse]


def _failures() -> dict[str, Any]:
    """Return what the runs say about the weakness of each method."""
    answers = [row for row in _rows("reliance-resnet") if row["method"] == "layer_masking" and row["hidden"] == OBJECT]
    ((named, count),) = Counter(row["predicted"] for row in answers).most_common(1)
    spec = _spec(PATCH_RUN)
    patches = {
        row["method"]: row["value"]
        for row in summarise(spec.make_experiment(), _rows(PATCH_RUN))
        if row["outcome"] == "accuracy" and row["share"] == PATCH_SHARE
    }
    return {
        "blackout": _share_right("reliance-resnet", "blackout", OBJECT),
        "greyout": patches["greyout"],
        "layer_masking_patches": patches["layer_masking"],
        "share": PATCH_SHARE,
        "photograph": _photograph(),
        "padding": study_facts()["padding"],
        "calibration": study_facts()["calibration"]["silhouettes/resnet"]["methods"],
        "layer_masking": _share_right("reliance-resnet", "layer_masking", BACKGROUND),
        "nothing": {"share": count / len(answers), "name": _spec_categories("reliance-resnet")[named]},
        "token_dropping": _share_right("reliance-vit", "token_dropping", BACKGROUND),
        "runs": {name: read_run_file(name)["run"]["id"] for name in ("reliance-resnet", "reliance-vit", PATCH_RUN)},
    }


def _photograph() -> dict[str, int]:
    """Return how often idea 1 still names its photograph with half of it hidden, out of so many random choices."""
    facts = stored_facts(IDEAS["hiding"], HALF)
    return {"masks": MASKS} | {name: facts[name]["named"] for name in PADDING}


def _spec_categories(name: str) -> tuple[str, ...]:
    """Return the class names of the classifier of a run, which are those of its world."""
    return tuple(read_run_file(name)["run"]["environment"]["data"]["world"]["classes"])


def _share_right(name: str, method: str, hidden: str) -> float:
    right = [row["right"] for row in _rows(name) if row["method"] == method and row["hidden"] == hidden]
    return sum(right) / len(right)


# --- the figures -----------------------------------------------------------------------------------------------------


def _chart(facts: Facts, titles: Mapping[str, str], text: Text) -> Chart:
    """Return one group of bars for each test, one bar for each method; the best method is marked by its name."""
    tests = [part for part in (OBJECT, BACKGROUND) if facts["errors"][part]]
    series = tuple(
        Series(
            text("trust.best", method=title) if name == facts["best"] else title,
            tuple(text(f"trust.tests.{part}") for part in tests),
            tuple(facts["errors"][part][name]["value"] for part in tests),
            METHODS[name].style,
            tuple(facts["errors"][part][name]["low"] for part in tests),
            tuple(facts["errors"][part][name]["high"] for part in tests),
        )
        for name, title in titles.items()
    )
    return Chart("bars", series, "", text("trust.y_title"), text("trust.chart"), is_share=True)


def _failure_rows(failures: Mapping[str, Any], text: Text) -> list[dict[str, str]]:
    """Return one row for each method: where it fails, what was measured, and where that can be read."""
    shares = {
        name: text.percent(value, 1 if 0 < value < 1 else 0)
        for name, value in failures.items()
        if isinstance(value, float)
    }
    nothing, padding, measured = failures["nothing"], failures["padding"], failures["calibration"]
    values = {**shares, "share": text.percent(failures["share"]), "name": nothing["name"]}
    values["nothing"] = text.percent(nothing["share"], 1)
    photograph = failures["photograph"]
    values |= {"masks": photograph["masks"], "left": photograph["neighbour_fill"], "kept": photograph["layer_masking"]}
    values |= {"pictures": text.number(padding["pictures"], 0), "network": padding["network"]}
    values |= {f"padding_{name}": text.percent(padding[name][0], 1) for name in PADDING}
    values |= {f"read_{kind}": text.number(measured["blackout"]["readable_bits"][kind][0]) for kind in KINDS}
    values |= {f"bits_{name}": text.number(measured[name]["bits"]["plain"][0]) for name in PADDING}
    values |= {"calibrated": text.percent(measured["blackout"]["accuracy"]["calibrated"][0], 1)}
    runs = {name: text("trust.run", run=run) for name, run in failures["runs"].items()}
    sources = {
        "blackout": runs["reliance-resnet"],
        "greyout": runs[PATCH_RUN],
        "neighbour_fill": text("trust.padding", number=IDEAS["hiding"].number),
        "layer_masking": runs["reliance-resnet"],
        "token_dropping": runs["reliance-vit"],
        "calibrated": text("trust.study"),
    }
    return [
        {
            text("trust.columns.method"): METHODS[name].title,
            text("trust.columns.fails"): text(f"trust.fails.{name}", **values),
            text("trust.columns.measured"): text(f"trust.measured.{name}", **values),
            text("trust.columns.source"): source,
        }
        for name, source in sources.items()
    ]


def _points(share: float, text: Text) -> str:
    return text.number(100 * share, 1)
