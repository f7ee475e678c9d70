import pytest
import torch

from masking import METHODS, Mask, random_removal
from masking.inference.removal import Removal
from masking.methods import Fill

IMAGE = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))


class Watched(Fill):
    """Remembers the masks it was given."""

    title = "Watched"

    def __init__(self):
        self.batches = []

    def _logits(self, classifier, image, mask):
        self.batches.append(mask.keep)
        return classifier(torch.where(mask.keep, image, 0))


def test_a_removal_by_hand():
    removal = Removal(torch.tensor([2, 0, 2, 1]), 2, ("ant", "bee", "cow"))
    assert removal.agreement == 0.5
    assert removal.class_entropy == pytest.approx(1.5)
    assert removal.histogram() == [("cow", 2), ("ant", 1), ("bee", 1)]


def test_every_method_meets_the_same_masks(bundled):
    first, second = Watched(), Watched()
    random_removal(bundled, IMAGE, {"first": first, "second": second}, 0.5, 8, count=6, seed=4, batch=6)
    expected = Mask.random_patches(32, 0.5, 8, seed=4, count=6).keep
    assert torch.equal(first.batches[0], expected)
    assert torch.equal(second.batches[0], expected)


def test_it_is_reproducible_whatever_the_batch(bundled):
    arguments = (bundled, IMAGE, ("blackout", "layer_masking"), 0.5, 8)
    first, again = (random_removal(*arguments, count=9, seed=1, batch=batch) for batch in (9, 4))
    assert list(first) == ["blackout", "layer_masking"]
    for name, removal in first.items():
        assert torch.equal(removal.predicted, again[name].predicted)
        assert removal.original == int(bundled(IMAGE).argmax())
        assert removal.predicted.shape == (9,)


def test_predictions_are_those_of_the_method_alone(bundled):
    removal = random_removal(bundled, IMAGE, ["blackout"], 0.75, 8, count=5)["blackout"]
    alone = METHODS["blackout"]().logits(bundled, IMAGE, Mask.random_patches(32, 0.75, 8, count=5))
    assert torch.equal(removal.predicted, alone.argmax(1))


def test_nothing_removed_changes_nothing(bundled):
    removal = random_removal(bundled, IMAGE, ["blackout"], 0.0, 8, count=3)["blackout"]
    assert (removal.agreement, removal.class_entropy) == (1, 0)


def test_progress_is_reported_and_may_cancel(bundled):
    progress = []
    methods = ("blackout", "greyout")
    random_removal(bundled, IMAGE, methods, 0.5, 8, 5, batch=2, on_batch=lambda *step: progress.append(step))
    assert progress == [(name, done) for name in methods for done in (2, 4, 5)]

    def cancel(name, done):
        if done == 4:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        random_removal(bundled, IMAGE, methods, 0.5, 8, 5, batch=2, on_batch=cancel)


@pytest.mark.parametrize("count", [0, -1])
def test_no_masks_are_refused(bundled, count):
    with pytest.raises(ValueError, match=f"{count} masks were asked for"):
        random_removal(bundled, IMAGE, ["blackout"], count=count)
