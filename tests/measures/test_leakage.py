"""The estimator against predictors whose leakage is known, not estimated."""

import math

import numpy as np
import pytest
import torch
from scipy.optimize import brentq

from masking.measures.leakage import leaked_bits, leaked_bits_difference, plug_in_bits

CLASSES = 16
SCENES = 512
REPEATS = 40


def joint(right: float) -> np.ndarray:
    """P(true class, predicted class): right so often, any class otherwise."""
    return (right * np.eye(CLASSES) + (1 - right) / CLASSES) / CLASSES


def bits(shares: np.ndarray) -> float:
    """Mutual information by its definition."""
    total = 0.0
    for row, truth in enumerate(shares.sum(1)):
        for column, predicted in enumerate(shares.sum(0)):
            if shares[row, column]:
                total += shares[row, column] * math.log2(shares[row, column] / (truth * predicted))
    return total


def predictor(known: float) -> np.ndarray:
    """The predictor that leaks so many bits."""
    if known in {0, 4}:
        return joint(known / 4)
    return joint(brentq(lambda right: bits(joint(right)) - known, 0, 1))


def swapped() -> np.ndarray:
    """Never right, and yet it tells everything: each class is taken for its neighbour."""
    return np.roll(joint(1.0), 1, axis=1)


def one_sided() -> np.ndarray:
    """Says nothing, and says one class half of the time, another a quarter, …"""
    shares = 0.5 ** np.arange(1, CLASSES + 1)
    return np.outer(np.full(CLASSES, 1 / CLASSES), shares / shares.sum())


def half() -> np.ndarray:
    """Half of the classes are known for certain, the others are all alike."""
    shares = np.zeros((CLASSES, CLASSES))
    shares[:8, :8] = np.eye(8) / CLASSES
    shares[8:, 8:] = 1 / (8 * CLASSES)
    return shares


PREDICTORS = {
    "nothing": predictor(0),
    "nothing, one-sided": one_sided(),
    "little": predictor(0.05),
    "some": predictor(0.3),
    "one bit": predictor(1),
    "half of the classes": half(),
    "everything": predictor(4),
    "everything, never right": swapped(),
}


def scenes(shares: np.ndarray, count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    cells = np.random.default_rng(seed).choice(shares.size, size=count, p=shares.ravel() / shares.sum())
    return torch.from_numpy(cells // CLASSES), torch.from_numpy(cells % CLASSES)


@pytest.mark.parametrize("name", PREDICTORS)
def test_the_estimate_is_right_and_its_interval_covers(name):
    known = bits(PREDICTORS[name])
    estimates = [leaked_bits(*scenes(PREDICTORS[name], SCENES, seed), resamples=60) for seed in range(REPEATS)]
    assert np.mean([estimate.value for estimate in estimates]) == pytest.approx(known, abs=0.04)
    assert np.mean([estimate.low - 1e-9 <= known <= estimate.high + 1e-9 for estimate in estimates]) >= 0.85
    assert all(0 <= estimate.low <= estimate.value <= estimate.high <= 4 for estimate in estimates)
    assert np.mean([estimate.high - estimate.low for estimate in estimates]) < 0.4  # it still says something


def mostly_one_answer(share: float) -> np.ndarray:
    """One answer 97 % of the time; so many of the others are right, and the rest are guesses."""
    shares = 0.03 * CLASSES * joint(share)
    shares[:, 0] += 0.97
    return shares / CLASSES


@pytest.mark.parametrize("share", [0, 1])
def test_the_interval_covers_though_nearly_all_answers_are_the_same(share):
    """About 15 of 512 answers differ: too few to tell whether they are signs of their class or chance."""
    shares = mostly_one_answer(share)
    known = max(0.0, bits(shares))
    estimates = [leaked_bits(*scenes(shares, SCENES, seed), resamples=60) for seed in range(REPEATS)]
    assert np.mean([estimate.low - 1e-9 <= known <= estimate.high + 1e-9 for estimate in estimates]) >= 0.9
    assert np.mean([estimate.high - estimate.low for estimate in estimates]) < 0.2  # of 4 bits


def test_labels_that_a_shuffle_matches_may_leak_nothing():
    """Some ways to shuffle 0 0 1 1 keep all pairs together, so four scenes prove nothing."""
    few, many = torch.tensor([0, 0, 1, 1]), torch.tensor([0, 0, 1, 1] * 4)
    assert leaked_bits(few, few).low == 0
    assert leaked_bits(many, many).low > 0.2


def test_the_plug_in_estimate_would_not_do():
    """Were this test to fail, the correction would be superfluous."""
    silent = PREDICTORS["nothing"]
    assert np.mean([plug_in_bits(*scenes(silent, SCENES, seed)) for seed in range(20)]) > 0.3


def test_the_plug_in_estimate_by_hand():
    truth, predicted = torch.tensor([0, 0, 1, 1]), torch.tensor([5, 5, 5, 9])
    expected = 0.5 * math.log2(0.5 / (0.5 * 0.75)) + 0.25 * math.log2(0.25 / (0.5 * 0.75)) + 0.25 * math.log2(2)
    assert plug_in_bits(truth, predicted) == pytest.approx(expected)


def test_few_scenes_have_a_wide_interval():
    silent = PREDICTORS["nothing"]
    wide, narrow = (leaked_bits(*scenes(silent, count, 3)) for count in (96, 2048))
    assert wide.high > 5 * narrow.high
    assert narrow.high < 0.05


def test_it_is_seeded_and_blind_to_names_and_order():
    truth, predicted = scenes(PREDICTORS["some"], SCENES, 1)
    estimate = leaked_bits(truth, predicted)
    assert leaked_bits(truth, predicted) == estimate
    assert leaked_bits(truth, predicted, seed=1) != estimate
    assert leaked_bits(truth * 7 + 100, predicted + 3) == estimate
    order = torch.randperm(SCENES, generator=torch.Generator().manual_seed(0))
    assert leaked_bits(truth[order], predicted[order]).value == pytest.approx(estimate.value)


@pytest.mark.parametrize(
    ("truth", "predicted", "expected"),
    [
        ([3, 3, 3, 3], [1, 2, 1, 2], 0),  # one class: nothing to tell
        ([0, 1, 2, 3], [5, 5, 5, 5], 0),  # one answer: it tells nothing
        ([0, 1] * 40, [1, 0] * 40, 1),
    ],
)
def test_degenerate_tables(truth, predicted, expected):
    estimate = leaked_bits(torch.tensor(truth), torch.tensor(predicted))
    assert estimate.value == pytest.approx(expected, abs=0.01)
    assert estimate.low <= estimate.value <= estimate.high


def test_answers_that_never_came_may_only_be_rare():
    """One answer in every scene says less, the fewer scenes there were."""
    highs = []
    for count in (16, 128, 2048):
        estimate = leaked_bits(torch.arange(count) % CLASSES, torch.zeros(count, dtype=torch.long))
        assert (estimate.value, estimate.low) == (0, 0)
        highs.append(estimate.high)
    assert highs[0] > 1
    assert 0.05 < highs[1] < 0.4
    assert 0 < highs[2] < 0.05


def test_bits_grow_with_the_number_of_classes_seen():
    truth = torch.randint(1000, (1500,), generator=torch.Generator().manual_seed(0))
    seen = len(truth.unique())
    estimate = leaked_bits(truth, truth, resamples=20)
    assert estimate.value == pytest.approx(math.log2(seen), abs=0.3)
    assert estimate.high <= math.log2(seen)


def test_a_difference_is_paired():
    """Two methods that make the same answers differ by nothing, however much they leak."""
    truth, predicted = scenes(PREDICTORS["one bit"], SCENES, 2)
    same = leaked_bits_difference(truth, predicted, predicted)
    assert (same.value, same.low, same.high) == (0, 0, 0)
    silent = scenes(PREDICTORS["nothing"], SCENES, 9)[1]
    more = leaked_bits_difference(truth, predicted, silent)
    assert more.value == pytest.approx(1, abs=0.25)
    assert 0 < more.low < more.value < more.high
    less = leaked_bits_difference(truth, silent, predicted)
    assert less.value == pytest.approx(-more.value)


def test_the_interval_of_a_difference_covers():
    known = bits(PREDICTORS["some"])
    hits = 0
    for seed in range(40):
        truth, predicted = scenes(PREDICTORS["some"], 1024, seed)
        silent = scenes(PREDICTORS["nothing"], 1024, 1000 + seed)[1]
        hits += known in leaked_bits_difference(truth, predicted, silent, resamples=100)
    assert hits >= 0.85 * 40


@pytest.mark.parametrize(("truth", "predicted"), [([0, 1], [0]), ([[0, 1]], [[0, 1]])])
def test_one_prediction_for_each_scene(truth, predicted):
    with pytest.raises(ValueError, match="one prediction for each scene; these"):
        leaked_bits(torch.tensor(truth), torch.tensor(predicted))


@pytest.mark.parametrize("scenes", [0, 1])
def test_one_scene_cannot_tell(scenes):
    with pytest.raises(ValueError, match=rf"^{scenes} scene\(s\) cannot show leakage; give two or more"):
        leaked_bits(torch.zeros(scenes), torch.zeros(scenes))
