"""Idea 8: every number is that of a stored run, aggregated here once more, and the sentence names the right methods."""

import gzip
import json
import re
from collections import Counter

import pytest

from masking.benchmarks.storage.exchange import SHIPPED
from masking.lessons import IDEAS, load_text, stored_facts
from masking.lessons.ideas.trust import BACKGROUND, NETWORKS, OBJECT
from masking.lessons.parts import Chart, Note, RowsTable
from masking.lessons.stored import difference
from masking.methods import METHODS

IDEA = IDEAS["trust"]
ENGLISH, GERMAN = load_text(), load_text("de")


def rows_of(name: str) -> list[dict]:
    columns = json.loads(gzip.decompress((SHIPPED / f"{name}.json.gz").read_bytes()))["columns"]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def errors_of(network: str) -> dict[tuple[str, str], float]:
    """The distance of each accuracy from the best one, by hidden part and method."""
    rows = rows_of(f"reliance-{network}")
    errors = {}
    for part, method in {(row["hidden"], row["method"]) for row in rows}:
        group = [row for row in rows if (row["hidden"], row["method"]) == (part, method)]
        errors[part, method] = abs(sum(row["right"] for row in group) / len(group) - group[0]["possible"])
    return errors


def part_of(at: str, kind: type, text=ENGLISH):
    return next(part for part in IDEA.draw(at, stored_facts(IDEA, at), text).parts if isinstance(part, kind))


@pytest.mark.parametrize("at", NETWORKS)
def test_stored_facts_are_the_computed_ones(at):
    assert not difference(stored_facts(IDEA, at), json.loads(json.dumps(IDEA.compute(at, lambda _: None))))


@pytest.mark.parametrize("at", NETWORKS)
def test_bars_are_the_errors_of_the_stored_run(at):
    errors, facts = errors_of(at), stored_facts(IDEA, at)
    chart = part_of(at, Chart)
    titles = {series.name.partition(" (")[0]: series for series in chart.series}
    for (part, method), error in errors.items():
        series = titles[METHODS[method].title]
        column = series.x.index(ENGLISH(f"trust.tests.{part}"))
        assert series.y[column] == pytest.approx(error, abs=1e-4)
        assert series.low[column] - 1e-9 <= series.y[column] <= series.high[column] + 1e-9
        assert facts["errors"][part][method]["value"] == pytest.approx(error, abs=1e-4)
    assert len(titles) * len(chart.series[0].x) == len(errors)


@pytest.mark.parametrize("at", NETWORKS)
def test_the_verdict_names_the_method_with_the_smallest_larger_error(at):
    errors = errors_of(at)
    largest = {method: max(e for (_, name), e in errors.items() if name == method) for _, method in errors}
    screen = IDEA.draw(at, stored_facts(IDEA, at), ENGLISH)
    best = stored_facts(IDEA, at)["best"]
    assert largest[best] == min(largest.values())
    assert screen.answer == ("" if "cannot be told apart" in screen.verdict else best)
    assert f"{METHODS[best].title} comes closest to it" in screen.verdict
    assert f"is {100 * largest[best]:.1f} points" in screen.verdict
    assert f"up to {100 * max(largest.values()):.1f} points" in screen.verdict
    marked = [series.name for series in part_of(at, Chart).series if "closest here" in series.name]
    assert marked == [f"{METHODS[best].title} (closest here)"]
    assert IDEA.takes(best)


def test_who_is_best_differs_between_networks_or_cannot_be_told_apart():
    as_good = [{stored_facts(IDEA, at)["best"], *stored_facts(IDEA, at)["as_good"]} for at in NETWORKS]
    assert set.intersection(*as_good) < set.union(*as_good)


def test_the_table_quotes_the_runs():
    cells = {row["Method"]: row["Measured"] for row in part_of(IDEA.control.start, RowsTable).rows}
    rows = rows_of("reliance-resnet")

    def share(method: str, part: str) -> str:
        right = [row["right"] for row in rows if (row["method"], row["hidden"]) == (method, part)]
        return re.sub(r"\.0 %$", " %", f"{100 * sum(right) / len(right):.1f} %")

    assert share("blackout", OBJECT) in cells["Blackout"]
    assert share("layer_masking", BACKGROUND) in cells["Layer masking"]
    answers = Counter(row["predicted"] for row in rows if (row["method"], row["hidden"]) == ("layer_masking", OBJECT))
    assert f"in {100 * answers.most_common(1)[0][1] / answers.total():.1f} %" in cells["Layer masking"]
    patches = [row for row in rows_of("patch-removal") if (row["method"], row["share"]) == ("greyout", 0.5)]
    assert f"{100 * sum(row['right'] for row in patches) / len(patches):.1f} %" in cells["Greyout"]


@pytest.mark.parametrize("at", NETWORKS)
def test_the_screen_names_the_run_and_its_command_and_links_to_it(at):
    run = json.loads(gzip.decompress((SHIPPED / f"reliance-{at}.json.gz").read_bytes()))["run"]
    notes = [part.text for part in IDEA.draw(at, stored_facts(IDEA, at), ENGLISH).parts if isinstance(part, Note)]
    assert any(run["id"] in note and "bench run reliance_error" in note for note in notes)
    assert IDEA.link(at).parameters == {"view": "run", "run": run["id"]}


def test_numbers_are_written_as_the_language_writes_them():
    at = IDEA.control.start
    assert not re.search(r"\d\.\d", IDEA.draw(at, stored_facts(IDEA, at), GERMAN).verdict)
