import numpy as np
import pytest
import torch

from masking.measures import alignment, object_overlap

SEGMENTS = torch.tensor([[0, 0, 1, 1], [2, 2, 3, 3]])
OBJECT = torch.tensor([[1, 1, 1, 0], [0, 0, 0, 0]]).bool()
EXCESS = torch.tensor([1.25, 0.25, -0.75, -0.75])  # pixels beyond 3/8 of each segment's two


def test_it_is_the_papers_formula_written_out():
    weights = torch.randn(4, generator=torch.Generator().manual_seed(1))
    mask, labels = OBJECT.numpy().astype(float), SEGMENTS.numpy()
    g = np.array([(mask[labels == i] - mask.mean()).sum() for i in range(4)])
    w = weights.numpy()
    expected = (w * g).sum() / (np.sqrt((w**2).sum()) * np.sqrt((g**2).sum()) + 1e-8)
    assert alignment(weights, SEGMENTS, OBJECT) == pytest.approx(expected)


def test_best_worst_and_nothing():
    assert alignment(3 * EXCESS, SEGMENTS, OBJECT) == pytest.approx(1)
    assert alignment(-EXCESS, SEGMENTS, OBJECT) == pytest.approx(-1)
    assert alignment(torch.ones(4), SEGMENTS, OBJECT) == pytest.approx(0)
    assert alignment(torch.zeros(4), SEGMENTS, OBJECT) == 0
    assert alignment(EXCESS, SEGMENTS, torch.ones(2, 4).bool()) == 0


def test_overlap_by_hand():
    assert object_overlap(EXCESS, SEGMENTS, OBJECT, k=1) == pytest.approx(2 / 3)
    assert object_overlap(EXCESS, SEGMENTS, OBJECT, k=2) == pytest.approx(3 / 4)
    assert object_overlap(-EXCESS, SEGMENTS, OBJECT, k=2) == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((EXCESS, SEGMENTS, OBJECT.float()), "the object is torch.float32"),
        ((EXCESS, SEGMENTS, OBJECT[:, :3]), r"shape \(2, 3\); give a bool map of the segments' shape \(2, 4\)"),
        ((EXCESS[:3], SEGMENTS, OBJECT), r"there are 4 segments but \(3,\) coefficients"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, sentence):
    for measure in (alignment, lambda *given: object_overlap(*given, k=1)):
        with pytest.raises(ValueError, match=sentence):
            measure(*arguments)
    with pytest.raises(ValueError, match="the top 5 of 4 segments"):
        object_overlap(EXCESS, SEGMENTS, OBJECT, k=5)
