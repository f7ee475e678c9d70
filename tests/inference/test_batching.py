import pytest
import torch

from masking import METHODS, Mask
from masking.inference.batching import batched_logits, in_batches, iterate_logits
from masking.methods import Fill

IMAGE = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
MASKS = Mask.random_patches(32, 0.5, 8, count=10)


class Watched(Fill):
    """Remembers the masks it was given; runs out of memory above a batch size."""

    title = "Watched"

    def __init__(self, room=1000):
        self.room = room
        self.batches = []

    def _logits(self, classifier, image, mask):
        self.batches.append(mask.keep)
        if len(image) > self.room:
            raise torch.OutOfMemoryError("too many")
        return classifier(torch.where(mask.keep, image, 0))


@pytest.mark.parametrize(("fitting", "progress"), [(32, [1, 10]), (4, [1, 5, 9, 10])])
def test_the_first_mask_decides_how_many_fit_and_is_not_computed_again(monkeypatch, bundled, fitting, progress):
    masks, method, seen = Mask.random_patches(32, 0.5, 8, count=10), METHODS["layer_masking"](), []
    image = torch.rand(1, 3, 32, 32)
    monkeypatch.setattr(
        "masking.inference.batching.fitting_batch", lambda needed, device: fitting if needed > 10_000 else 0
    )
    logits = batched_logits(bundled, image, method, masks, on_batch=seen.append)
    assert seen == progress
    torch.testing.assert_close(logits, method.logits(bundled, image, masks))


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("full"), RuntimeError("DefaultCPUAllocator: can't allocate memory")]
)
def test_out_of_memory_halves_the_batch_on_any_device(error):
    spans = []

    def compute(span):
        spans.append((span.start, span.stop))
        if span.stop - span.start > 3:
            raise error
        return torch.arange(span.start, span.stop)

    assert torch.cat(list(in_batches(compute, 7, 8))).tolist() == list(range(7))
    assert spans == [(0, 7), (0, 4), (0, 2), (2, 4), (4, 6), (6, 7)]


@pytest.mark.parametrize("batch", [1, 4])
def test_other_errors_are_not_swallowed(batch):
    def compute(span):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="shapes"):
        list(in_batches(compute, 7, batch))


def test_batches_are_what_one_batch_is(bundled):
    progress = []
    method = Watched()
    logits = batched_logits(bundled, IMAGE, method, MASKS, 4, progress.append)
    assert progress == [4, 8, 10]
    assert torch.allclose(logits, Watched().logits(bundled, IMAGE, MASKS), atol=1e-5)


def test_out_of_memory_halves_the_batch_and_keeps_what_is_done(bundled):
    method, progress = Watched(room=3), []
    logits = batched_logits(bundled, IMAGE, method, MASKS, 8, progress.append)
    assert [len(batch) for batch in method.batches] == [8, 4, 2, 2, 2, 2, 2]
    assert progress == [2, 4, 6, 8, 10]
    assert torch.allclose(logits, Watched().logits(bundled, IMAGE, MASKS), atol=1e-5)


def test_memory_that_runs_out_later_costs_no_finished_batch(bundled):
    method, progress = Watched(), []

    def shrink(done):
        progress.append(done)
        method.room = 1

    batched_logits(bundled, IMAGE, method, MASKS, 4, shrink)
    assert progress == [4, 5, 6, 7, 8, 9, 10]
    assert [len(batch) for batch in method.batches[:4]] == [4, 4, 2, 1]


def test_not_even_one_fits(bundled):
    with pytest.raises(torch.OutOfMemoryError, match="too many"):
        batched_logits(bundled, IMAGE, Watched(room=0), MASKS, 8)


def test_every_image_meets_its_own_mask(bundled):
    images = torch.rand(5, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    method = METHODS["greyout"]()
    logits = batched_logits(bundled, images, method, MASKS[:5], 2)
    torch.testing.assert_close(logits, method.logits(bundled, images, MASKS[:5]))


def test_whole_images_need_no_mask(bundled):
    images = torch.rand(5, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    parts = list(iterate_logits(bundled, images, batch=2))
    assert [len(part) for part in parts] == [2, 2, 1]
    torch.testing.assert_close(torch.cat(parts), bundled(images))
