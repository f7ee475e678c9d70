"""K-LASSO on the command line: an explanation by a few segments."""

import json

import pytest

from masking import lime
from masking.attribution import lasso
from masking.segments import SEGMENTATIONS
from tests.commands.refusals import refused_in_one_line

LIME = ("lime", "picture.png", "--samples", 60, "--method", "greyout", "--segments", "grid:patch=32")


def test_it_keeps_what_the_library_keeps(run, files, bundled):
    document = json.loads(run(*LIME, "--most", 3, "--json")[1])
    expected = lime(bundled, files / "picture.png", "greyout", None, SEGMENTATIONS["grid"](patch=32), 60)
    sparse = expected.sparse(3)
    kept = sparse.nonzero().flatten().tolist()
    assert 1 <= len(kept) <= 3
    assert {row["segment"] for row in document["coefficients"]} == set(kept)
    for row in document["coefficients"]:
        assert row["coefficient"] == pytest.approx(float(sparse[row["segment"]]), abs=1e-4)
        assert row["low"] < row["coefficient"] < row["high"]
    assert document["most_segments"] == 3
    assert document["r2_held_out"] == pytest.approx(expected.r2_held_out, abs=1e-3)  # that of all segments


def test_the_table_holds_the_selected_segments_alone(run):
    *table, sentence = run(*LIME, "--most", 2)[1].splitlines()
    assert 1 <= len(table) <= 2
    assert f"K-LASSO selected {len(table)} segments" in sentence
    assert len(run(*LIME)[1].splitlines()) == 17


def test_the_other_segments_have_no_weight_in_any_export(bundled, photograph):
    whole = lime(bundled, photograph, "greyout", None, SEGMENTATIONS["grid"](patch=32), 60)
    few = whole.only(2)
    others = [segment for segment in range(16) if segment not in few.kept.tolist()]
    assert len(few.rows) == len(few.kept)
    assert not few.coefficients[others].any()
    assert not few.interval[others].any()
    assert not few.contributions(others[0]).any()
    kept = int(few.kept[0])
    assert few.contributions(kept).sum() == pytest.approx(float(few.coefficients[kept]))
    assert few.r2 < whole.r2
    assert "most_segments" not in whole.facts
    assert few.only(16).coefficients.tolist() == pytest.approx(whole.coefficients.tolist())


@pytest.mark.parametrize("most", [0, -2])
def test_too_few_segments_are_refused(run, most):
    refused_in_one_line(*run(*LIME, "--most", most), f"{most} segments explain nothing; choose 1 or more")


def test_without_scikit_learn_one_sentence_says_so_before_the_work(run, monkeypatch):
    monkeypatch.setattr(lasso, "find_spec", lambda name: None)
    refused_in_one_line(*run("lime", "gone.png", "--most", 3), "needs scikit-learn; `pip install scikit-learn`")
