"""Sentences about explanations whose weights are known by hand."""

import pytest
import torch

from pages.lime.text import (
    agree,
    describe_weight,
    few,
    find_difference,
    findings,
    first_segment,
    judge_fit,
    position,
    rank,
    rank_segments,
    scale_limit,
)
from tests.pages.lime.explanations import explained


def test_places_are_thirds_of_the_picture():
    grid = torch.arange(9).view(3, 3)
    words = ["top left", "top", "top right", "left", "centre", "right", "bottom left", "bottom", "bottom right"]
    assert [position(grid, segment) for segment in range(9)] == words
    assert position(torch.zeros(7, 5), 0) == "centre"


def test_weights_are_ranked_by_size_not_by_sign():
    black, grey = explained("Black", 0.1, -0.3, 0.2, 0.05), explained("Grey", 0.1, 0.1, 0.1, 0.35)
    assert [rank(black, segment) for segment in range(4)] == [2, 0, 1, 3]
    assert rank_segments([black, grey])[:3] == [3, 1, 2]
    assert scale_limit([black, grey]) == pytest.approx(0.35, abs=1e-4)


def test_the_largest_difference_is_named():
    black, grey = explained("Black", 0.0, 0.2, 0.3, 0.1, noise=0.02), explained("Grey", 0.3, 0.2, 0.0, 0.1, noise=0.02)
    both = {"black": black, "grey": grey}
    segment, strong, weak = find_difference(both)
    assert segment in {0, 2}
    assert (strong, weak) == (("grey", "black") if segment == 0 else ("black", "grey"))
    assert first_segment(both) == segment
    assert describe_weight(both[strong], segment) == "matters most (+0.30)"
    text = findings(both)
    where = "top left" if segment == 0 else "bottom left"
    assert text.startswith(
        f"{strong.title()} says that the segment outlined in yellow ({segment}, {where}) matters most (+0.30); "
        f"{weak} says that it "
    )
    assert f"the segment outlined in white ({segment}, {where}) matters" in findings(both, selected=3)
    assert findings(both, selected=segment) == text
    assert any(f"it {verdict} (" in text for verdict in ("does not matter", "hardly matters"))
    assert text.endswith("only the way of hiding changed the explanation.")


def test_a_weight_against_says_so():
    assert describe_weight(explained("Black", 0.3, -0.2, 0.1, 0.0), 1) == (
        "matters second most (−0.20) and speaks against star"
    )


def test_noise_is_not_a_weight():
    noisy = explained("Noise", 0.3, 0.0, 0.0, 0.0, noise=0.15)
    silent = [segment for segment in (1, 2, 3) if "may be chance" in describe_weight(noisy, segment)]
    assert len(silent) >= 2  # each interval misses 0 once in twenty times
    assert describe_weight(explained("Exact", 0.3, 0.0, 0.1, 0.1), 1).startswith(("does not matter", "hardly matters"))


def test_methods_that_agree_are_said_to():
    alike = {name: explained(name, 0.1, 0.3, 0.1, 0.05, noise=0.05) for name in ("Black", "Grey")}
    assert find_difference(alike) is None
    assert first_segment(alike) == 1
    assert findings(alike).startswith("The methods agree")
    assert "the segment outlined in yellow (1, top right) matters most under each" in findings(alike)


def test_methods_that_put_different_segments_first_are_not_said_to_agree():
    blurred = {
        "black": explained("Black", 0.12, 0.1, 0.0, 0.0, noise=0.3, samples=60),
        "grey": explained("Grey", 0.1, 0.12, 0.0, 0.0, noise=0.3, samples=60, seed=2),
    }
    firsts = {rank_segments([explanation])[0] for explanation in blurred.values()}
    assert len(firsts) == 2
    assert find_difference(blurred) is None
    text = findings(blurred)
    assert "agree:" not in text.replace("They do not agree either:", "")
    assert "they put different segments first (rank correlation" in text
    assert f"the segment outlined in yellow ({first_segment(blurred)}, " in text


def test_methods_that_rank_the_rest_differently_are_not_said_to_agree():
    black = explained("Black", 0.3, 0.02, 0.01, 0.0, noise=0.05)
    grey = explained("Grey", 0.3, 0.0, 0.01, 0.02, noise=0.05, seed=3)
    assert rank_segments([black])[0] == rank_segments([grey])[0] == 0
    assert not agree([black, grey])
    assert agree([black, black])
    assert not agree([explained("Noise", 0.0, 0.0, 0.0, 0.0, noise=0.2, samples=40)] * 2)


def test_few_samples_get_a_sentence():
    assert few(16, 4) == ""
    assert few(15, 4) == "There are few samples for 4 segments: weights shrink towards 0 and intervals are wide."
    assert findings({"black": explained("Black", 0.1, 0.3, 0.1, 0.0, samples=15)}).endswith(few(15, 4))


def test_a_single_method_names_its_first_segment():
    alone = {"black": explained("Black", 0.1, 0.3, 0.1, 0.0)}
    assert (
        findings(alone) == "Black explains “star”: the segment outlined in yellow (1, top right) matters most (+0.30)."
    )
    assert findings({}) == ""


def test_the_fit_says_how_far_to_trust_the_colours():
    exact, noisy = explained("Black", 0.1, 0.3, 0.1, 0.0), explained("Grey", 0.0, 0.0, 0.0, 0.0, noise=0.2)
    text = judge_fit({"black": exact, "grey": noisy})
    assert "100 % under black and nothing under grey." in text
    assert noisy.r2_held_out <= 0
