"""What is said of explanations, on ones whose weights are known by hand."""

import pytest
import torch

from masking.attribution import LimeExplanation, LimeSettings
from pages.lime.text import agree, by_weight, carries, difference, few, limit, place, rank, reading, telling

QUADRANTS = torch.tensor([[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]])


def explained(title: str, *weights: float, noise: float = 0.0, samples: int = 400, seed: int = 1) -> LimeExplanation:
    """Of answers that are 0.3 and the weights of the segments present, but for noise."""
    generator = torch.Generator().manual_seed(seed)
    z = torch.rand(samples, 4, generator=generator) < 0.5
    z[0] = True
    answers = 0.3 + z.double() @ torch.tensor(weights, dtype=torch.double)
    answers = (answers + noise * torch.randn(samples, generator=generator)).clamp(0.01, 0.99)
    logits = torch.stack([answers, 1 - answers], 1).log().float()
    settings = LimeSettings(samples, alpha=1e-6)
    picture = torch.rand(1, 3, 4, 4, generator=generator)
    return LimeExplanation(picture, QUADRANTS, z, logits, 0, title.lower(), title, settings, ("star", "rest"), {})


def test_places_are_thirds_of_the_picture():
    grid = torch.arange(9).view(3, 3)
    words = ["top left", "top", "top right", "left", "centre", "right", "bottom left", "bottom", "bottom right"]
    assert [place(grid, segment) for segment in range(9)] == words
    assert place(torch.zeros(7, 5), 0) == "centre"


def test_weights_are_ranked_by_size_not_by_sign():
    one, other = explained("Black", 0.1, -0.3, 0.2, 0.05), explained("Grey", 0.1, 0.1, 0.1, 0.35)
    assert [rank(one, segment) for segment in range(4)] == [2, 0, 1, 3]
    assert by_weight([one, other])[:3] == [3, 1, 2]
    assert limit([one, other]) == pytest.approx(0.35, abs=1e-4)


def test_what_differs_most_is_told():
    black, grey = explained("Black", 0.0, 0.2, 0.3, 0.1, noise=0.02), explained("Grey", 0.3, 0.2, 0.0, 0.1, noise=0.02)
    both = {"black": black, "grey": grey}
    segment, strong, weak = difference(both)
    assert segment in {0, 2}
    assert (strong, weak) == (("grey", "black") if segment == 0 else ("black", "grey"))
    assert telling(both) == segment
    assert carries(both[strong], segment) == "carries the largest weight (+0.30)"
    text = reading(both)
    where = "top left" if segment == 0 else "bottom left"
    assert text.startswith(
        f"Under {strong}, segment {segment} ({where}) carries the largest weight (+0.30); under {weak}"
    )
    assert "it carries n" in text  # none, or next to none


def test_a_weight_against_says_so():
    assert carries(explained("Black", 0.3, -0.2, 0.1, 0.0), 1) == (
        "carries the second largest weight (−0.20) and speaks against star"
    )


def test_noise_is_no_weight():
    noisy = explained("Noise", 0.3, 0.0, 0.0, 0.0, noise=0.15)
    silent = [segment for segment in (1, 2, 3) if "no more than chance" in carries(noisy, segment)]
    assert len(silent) >= 2  # each interval misses 0 once in twenty times
    assert carries(explained("Exact", 0.3, 0.0, 0.1, 0.1), 1).startswith("carries n")


def test_methods_that_agree_are_said_to():
    alike = {name: explained(name, 0.1, 0.3, 0.1, 0.05, noise=0.05) for name in ("Black", "Grey")}
    assert difference(alike) is None
    assert telling(alike) == 1
    assert reading(alike).startswith("The methods agree")
    assert "segment 1 (top right) first" in reading(alike)


def test_methods_that_put_different_segments_first_are_not_said_to_agree():
    blurred = {
        "black": explained("Black", 0.12, 0.1, 0.0, 0.0, noise=0.3, samples=60),
        "grey": explained("Grey", 0.1, 0.12, 0.0, 0.0, noise=0.3, samples=60, seed=2),
    }
    firsts = {by_weight([one])[0] for one in blurred.values()}
    assert len(firsts) == 2
    assert difference(blurred) is None
    text = reading(blurred)
    assert "agree:" not in text.replace("nor do they agree:", "")
    assert "they put different segments first (rank correlation" in text
    assert f"segment {telling(blurred)} (" in text  # the one that is outlined


def test_methods_that_rank_the_rest_differently_are_not_said_to_agree():
    one = explained("Black", 0.3, 0.02, 0.01, 0.0, noise=0.05)
    other = explained("Grey", 0.3, 0.0, 0.01, 0.02, noise=0.05, seed=3)
    assert by_weight([one])[0] == by_weight([other])[0] == 0
    assert not agree([one, other])
    assert agree([one, one])
    assert not agree([explained("Noise", 0.0, 0.0, 0.0, 0.0, noise=0.2, samples=40)] * 2)


def test_few_samples_are_told():
    assert few(16, 4) == ""
    assert few(15, 4) == "Few samples for 4 segments: weights are shrunk, intervals wide."
    assert reading({"black": explained("Black", 0.1, 0.3, 0.1, 0.0, samples=15)}).endswith(few(15, 4))


def test_one_method_alone_names_its_first():
    alone = {"black": explained("Black", 0.1, 0.3, 0.1, 0.0)}
    assert reading(alone) == "Under black, segment 1 (top right) carries the largest weight (+0.30) for star."
    assert reading({}) == ""
